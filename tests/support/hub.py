"""The hub with a lobby behind it, in the test's own loop: its clock is the test's, its inside can be looked at."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from parley.accounts import Guests
from parley.dialects import native, omegle
from parley.engine import Options, Server
from parley.kernel.ids import SystemIds
from parley.lobby.events import LobbyEvents
from parley.lobby.lobby_memory import MemoryLobby
from parley.lobby.pairs import EndedPair, PairRooms, Surroundings
from parley.realtime import Dispatcher, Hub
from parley.realtime.dialect import Limit, tell
from parley.settings import Rate

from .clock import ManualClock
from .engine import serving, until

ROOMY = Rate(1e6, 1_000_000)


class HubServer:
    """Everything between the engine and the lobby. `port` while it is served."""

    def __init__(self, limits: dict[Limit, Rate], options: Options) -> None:
        self.clock = ManualClock()
        self.ended: list[EndedPair] = []
        self._tasks: set[asyncio.Task[None]] = set()
        lobby = MemoryLobby(3.0, random.Random(1))
        self.rooms = PairRooms(
            Surroundings(
                lobby=lobby,
                apart=lobby,
                clock=self.clock,
                ids=SystemIds(),
                cooldown=300.0,
                tell=lambda event, *ones: tell(event, *(one.connection for one in ones)),
                ended=self.ended.append,
                congested=lambda one: one.connection.socket.congested(),
            )
        )
        self.events = LobbyEvents(self.rooms)
        names: tuple[Limit, ...] = ("events", "chat", "skip", "candidates", "typing")
        self.dispatcher = Dispatcher(
            {"native": native(self.events), "omegle": omegle(self.events)},
            {name: limits.get(name, ROOMY) for name in names},
            self.clock,
        )
        self.hub = Hub(
            self.dispatcher,
            Guests("a secret of this test and of no other", self.clock, SystemIds()),
            self.events,
            self.clock,
            default_dialect="native",
            per_person=5,
            spawn=self._spawn,
        )
        self.server = Server({"/": self.hub}, options)
        self.port = 0

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Until everybody who left has been forgotten."""
        await until(lambda: not self.server.sockets and not self._tasks)

    def remembered(self) -> dict[str, int]:
        """How much is kept of people, by where it is kept."""
        return {
            "connections": self.hub.connections,
            "persons": len(self.hub._by_person),
            "participants": len(self.events._participants),
            "pairs": len(self.rooms.pairs),
            "tickets": len(self.rooms._waiters._tickets),
            "sockets": len(self.server.sockets),
            "sessions": len(self.server.engine.sessions),
            "absent": len(self.server.absent),
        }


@asynccontextmanager
async def hub_server(
    limits: dict[Limit, Rate] | None = None, **options: Any
) -> AsyncIterator[HubServer]:
    """A served hub. `options` are the engine's."""
    chosen = Options(**({"recovery_window": 15.0} | options))
    served = HubServer(limits or {}, chosen)
    async with serving(served.server, plain={"/ws": served.hub}) as served.port:
        yield served
