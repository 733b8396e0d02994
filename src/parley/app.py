"""The composition root: Settings in, a running server out. The only place that picks a backend."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import random
import signal
from collections.abc import Coroutine
from contextlib import suppress
from operator import attrgetter
from types import FrameType
from typing import Any

import msgspec
import structlog
import uvicorn

from parley.accounts import Desk, Guests, Keeper, User
from parley.accounts.events import AccountEvents, UserStatusChanged
from parley.accounts.people import People
from parley.accounts.watch import Watch
from parley.dialects import every_dialect
from parley.docs import schema_routes
from parley.engine import Application, Options, Server, Socket
from parley.kernel.clock import SystemClock
from parley.kernel.errors import Forbidden
from parley.kernel.ids import SystemIds
from parley.kernel.origins import Origins
from parley.lobby.events import LobbyEvents
from parley.lobby.history import History
from parley.lobby.kept import KeptHistory
from parley.lobby.lobby_memory import MemoryLobby
from parley.lobby.pairs import PairRooms, Participant, Surroundings
from parley.moderation import Blocks
from parley.ops.descriptors import SPARE
from parley.ops.edge import Edge
from parley.ops.listening import AddressTaken, listen, url
from parley.ops.logs import configure_logs
from parley.ops.schemas import ServerDraining, Stats, UserCountUpdate
from parley.ops.secrets import secret_key
from parley.realtime import AddressGate, Dispatcher, Hub, Window
from parley.realtime.dialect import tell
from parley.realtime.doorstep import Doorstep, before_the_door
from parley.realtime.ticker import Ticker
from parley.settings import Settings, SettingsError
from parley.storage import migrate, open_engine
from parley.web import rest_handlers, web_application

log = structlog.get_logger(__name__)

_BEAT_S = 0.25
_COUNT_EVERY_BEATS = 4
_SWEEP_EVERY_BEATS = 4
_WATCH_EVERY_BEATS = 8
_TIDY_EVERY_BEATS = 14_400
_RECONNECT_JITTER_MS = 5000
_CONNECTIONS_A_SOCKET = 4
"""A socket that polls takes two; a browser opens six for a page, and shares its address with others."""
_GUESTS_BLOCKS, _GUESTS_BLOCKS_S = 200, 3600.0
"""Of one address: as many as a whole school needs, and nothing to fill a disk with."""
_PAYLOAD_BYTES = 2048
"""What a client that polls may gather into one payload: a dozen candidates, of which a browser finds dozens at once,
and sixteen packets are all that is taken."""


class App:
    """Everything that makes up one server, wired together."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.draining = False
        clock, ids = SystemClock(), SystemIds()
        self._clock = clock
        self._started = clock.now()
        self._tasks: set[asyncio.Task[None]] = set()
        self._beats = 0
        self._told_count = (-1, -1)
        self._origins = origins = Origins(settings.cors_origin)
        proxies = tuple(ipaddress.ip_network(net, strict=False) for net in settings.trusted_proxies)

        self.database = open_engine(settings.database_url)
        secret = secret_key(settings)
        self.history = History(self.database, clock, retention_days=settings.history_retention_days)
        lobby = MemoryLobby(settings.patience_ms / 1000, random.SystemRandom())
        self.rooms = PairRooms(
            Surroundings(
                lobby=lobby,
                apart=lobby,
                clock=clock,
                ids=ids,
                cooldown=settings.skip_cooldown_ms / 1000,
                tell=_tell_participants,
                ended=self.history.record,
                congested=_congested,
            )
        )
        self._lobby = lobby
        self.blocks = Blocks(self.database, self.rooms, clock, ids)
        keepers: list[Keeper] = [KeptHistory(self.database), self.blocks]
        self.desk = Desk(settings, self.database, secret, clock, ids, keepers=keepers)
        guests_blocks = Window(_GUESTS_BLOCKS, _GUESTS_BLOCKS_S, clock)
        events = LobbyEvents(self.rooms, self.blocks, guests_blocks)
        accounts = AccountEvents(
            lambda connection, token: self.hub.authenticate(connection, token),
            self.desk.accounts.set_status,
        )
        self.dispatcher = Dispatcher(
            every_dialect(events, accounts),
            {
                "events": settings.limit_events,
                "chat": settings.limit_chat,
                "skip": settings.limit_skip,
                "candidates": settings.limit_candidates,
                "typing": settings.limit_typing,
            },
            clock,
        )
        self.hub = Hub(
            self.dispatcher,
            People(Guests(secret, clock, ids), self.desk.sessions, self.desk.tickets),
            events,
            clock,
            default_dialect=settings.default_dialect,
            per_person=settings.limit_sockets_per_user,
            token_grace=settings.token_grace_s,
            spawn=self._spawn,
        )
        self._let_accounts_tell_the_hub()
        self.gate = AddressGate(
            per_address=settings.limit_sockets_per_address,
            in_all=settings.max_sockets,
            handshakes=settings.limit_handshakes,
            clock=clock,
        )
        options = Options(
            ping_interval=settings.ping_interval_ms / 1000,
            ping_timeout=settings.ping_timeout_ms / 1000,
            connect_timeout=settings.connect_timeout_s,
            header_timeout=settings.header_timeout_s,
            max_message_bytes=settings.max_message_bytes,
            told_payload_bytes=_PAYLOAD_BYTES,
            max_outbound_packets=settings.max_outbound_packets,
            max_outbound_bytes=settings.max_outbound_bytes,
            recovery_window=settings.resume_ms / 1000,
            gate=self.gate,
            allow_origin=self._allow_origin,
            credential=lambda request: self.desk.cookies.of_handshake(request.headers),
            trusted_proxies=proxies,
        )
        self.server = Server({"/": self.hub}, options)
        self.doorstep = Doorstep(
            per_address=_CONNECTIONS_A_SOCKET * settings.limit_sockets_per_address,
            trusted_proxies=proxies,
            full=lambda waiting: waiting + self.gate.sockets > settings.max_sockets + SPARE // 2,
        )
        handlers = [*rest_handlers(self, self.desk, self.blocks, settings, clock), *schema_routes()]
        edge = Edge(
            web_application(handlers, origins, self._count_refusal),  # type: ignore[arg-type]
            Window(settings.rate_limit_points, settings.rate_limit_duration, clock),
            proxies,
            origins,
            self._count_refusal,
        )
        self.application = Application(self.server, other=edge, plain={"/ws": self.hub})
        self.application.http = before_the_door(self.application.http, self.doorstep)
        self._ticker = Ticker(_BEAT_S, self._beat)

    def _let_accounts_tell_the_hub(self) -> None:
        self._watch = Watch(self.desk.sessions, self._clock)
        self.desk.sessions.ended = self.hub.end_sessions
        self.desk.accounts.status_changed = self._status_changed
        self.desk.accounts.moved = self._tell_matching
        self.desk.connected = lambda user_id: bool(self.hub.of(user_id))
        self.hub.adopt = self.blocks.adopt
        self.history.gone = self.desk.accounts.gone

    def _status_changed(self, user: User) -> None:
        self._tell_matching(user)
        tell(UserStatusChanged.of(user), *self.hub.of(user.id))

    def _tell_matching(self, user: User) -> None:
        self.hub.set_matching(user.id, user.availability == "online", user.country)

    # --- running -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Bring the database up to date and start what runs in the background."""
        await migrate(self.database)
        await self.blocks.start()
        self.history.start()
        self._ticker.start()

    async def drain(self, seconds: float) -> None:
        """Take nobody new, tell everybody to come back later, and wait for them to go."""
        self.draining = True
        self.server.engine.draining = self.hub.draining = True
        log.info("draining", connections=self.hub.connections, rooms=len(self.rooms.pairs))
        for socket in list(self.server.sockets.values()):
            wait = random.randrange(_RECONNECT_JITTER_MS)  # noqa: S311 - spreads load, guards nothing
            tell(ServerDraining(retry_after_ms=wait), socket.state)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.hub.empty.wait()

    async def stop(self) -> None:
        """End every pair and every connection; keep what was to be kept."""
        self._ticker.stop()
        self.rooms.stop()
        await self.server.close()
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.desk.settle()
        self.desk.close()
        await self.history.close()
        await self.database.dispose()
        log.info("stopped")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("background_work_failed", exc_info=task.exception())

    def _beat(self) -> None:
        self._spawn(self.rooms.advance())
        self._beats += 1
        if self._beats % _TIDY_EVERY_BEATS == 1:
            self._spawn(self._watch.tidy())
        if self.hub.has_users():
            if self._beats % _SWEEP_EVERY_BEATS == 0:
                self.hub.sweep()
            if self._beats % _WATCH_EVERY_BEATS == 0:
                self._spawn(self._watch.look(self.hub.end_sessions))
        # Telling everybody costs by the number of them, so a crowd is told less often.
        count = self.hub.connections
        every = _COUNT_EVERY_BEATS * max(1, count // 1000)
        # Somebody who came as another went has yet to hear of a number that stayed the same.
        news = (count, self.hub.greeted)
        if news != self._told_count and self._beats % every == 0:
            self._told_count = news
            tell(UserCountUpdate(count), *(one.state for one in self.server.sockets.values()))

    def _allow_origin(self, origin: str, host: str | None) -> bool:
        allowed = self._origins.allows(origin, host)
        if not allowed:
            self._count_refusal(Forbidden.code)
        return allowed

    def _count_refusal(self, code: str) -> None:
        self.dispatcher.refused[code] += 1

    # --- what the routes and the metrics ask -----------------------------------------------------------

    def stats(self) -> Stats:
        refused = self.dispatcher.refused.copy()
        refused.update(self.gate.refused)
        refused.update(self.doorstep.refused)
        return Stats(
            uptime=round(self._clock.now() - self._started, 3),
            connections=self.hub.connections,
            sockets=self.gate.sockets,
            waiting={str(kind): count for kind, count in self._lobby.waiting.items()},
            rooms=len(self.rooms.pairs),
            matched=self.rooms.matched,
            relayed=self.rooms.relayed,
            events_received=self.dispatcher.received,
            refused=dict(refused),
            malformed=self.server.engine.malformed,
            history_dropped=self.history.dropped,
            event_loop_lag_ms=round(self._ticker.lag * 1000, 3),
            outbound_packets=self.server.engine.queued_packets(),
        )


def _congested(one: Participant) -> bool:
    socket: Socket = one.connection.socket
    return socket.congested()


_connection = attrgetter("connection")


def _tell_participants(event: msgspec.Struct, *participants: Participant) -> None:
    tell(event, *map(_connection, participants))


class _UvicornServer(uvicorn.Server):
    """uvicorn, with our own way to stop: drain on SIGTERM, at once on SIGINT or a second signal."""

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app
        self._sockets: list[Any] = []
        self._stopping: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._stopping is not None:
            self.force_exit = True
            self.should_exit = True
            return
        seconds = self._app.settings.drain_s if sig == signal.SIGTERM else 0.0
        loop = asyncio.get_event_loop()
        self._stopping = loop.create_task(self._stop(seconds))

    async def _stop(self, seconds: float) -> None:
        await self._app.drain(seconds)
        self.should_exit = True

    async def startup(self, sockets: Any = None) -> None:
        await self._app.start()
        host = self._app.settings.host
        try:
            self._sockets = listen(host, self._app.settings.port)
        except (AddressTaken, SettingsError):
            await self._app.stop()
            raise
        await super().startup(self._sockets)
        spare_the_collector()
        print(f"Parley is ready: {url(host, self._sockets[0].getsockname()[1])}", flush=True)

    async def shutdown(self, sockets: Any = None) -> None:
        await self._app.stop()
        await super().shutdown(self._sockets)


async def _serve(settings: Settings) -> None:
    app = App(settings)
    config = app.application.config(
        lifespan="off", timeout_graceful_shutdown=3, h11_max_incomplete_event_size=None
    )
    await _UvicornServer(config, app).serve()


def spare_the_collector() -> None:
    """Collect garbage rarely, and never look at what was there before the first client came.

    Nearly all that a message needs is freed by its reference count; what is kept for those who may come
    back lives too long for three generations of 700 objects to be worth anything.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def serve(settings: Settings) -> int:
    """Serve until told to stop. Returns the process's exit code."""
    configure_logs(settings)
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_serve(settings))
    return 0


def _new_loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()
