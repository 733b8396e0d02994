"""The registry of sessions: opens them, beats their hearts, drains them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import msgspec

from . import packets
from .deadlines import Deadlines
from .engine_session import EngineSession, Polling
from .options import Options, Refusal, Request
from .session import Reason, Session
from .websocket import WebSocket

S = TypeVar("S", bound=EngineSession)

# Seconds that a client has to answer a close frame, or to complete an upgrade.
_CLOSE_WAIT = 5.0
# Seconds within which a session must prove that it is alive when its client seems to be back elsewhere.
_PROOF_WAIT = 2.0


def _ids() -> Iterator[str]:
    # Asking the operating system costs more than all the rest of an id, so it is asked for many at once.
    while True:
        letters = secrets.token_urlsafe(3000)
        for at in range(0, len(letters), 20):
            yield letters[at : at + 20]


_new_ids = _ids()


def new_id() -> str:
    """An unguessable id of 20 characters, 120 bits."""
    return next(_new_ids)


class Engine(Generic[S]):
    """Engine.IO sessions of one kind: `make_session(engine, query, address, sid)` makes each."""

    def __init__(
        self, options: Options, make_session: Callable[[Engine[S], str, str, str], S]
    ) -> None:
        self.options = options
        self.malformed = 0
        self.draining = False
        self._make_session = make_session
        # Only sessions that began by polling are ever asked for by their id.
        self._by_sid: dict[str, S] = {}
        self.sessions: set[Session] = set()
        # Those that something was sent to in this turn of the event loop: they write when it ends, or they are many.
        self.outbox: list[Session] = []
        self.pings: Deadlines[Session] = Deadlines(options.ping_interval, Session.ping)
        self.closers: Deadlines[WebSocket] = Deadlines(_CLOSE_WAIT, WebSocket.abort)
        self.pongs: Deadlines[Session] = Deadlines(options.ping_timeout, Session.ping_timeout)
        self.proofs: Deadlines[Session] = Deadlines(
            min(_PROOF_WAIT, options.ping_timeout), Session.ping_timeout
        )
        # Sessions that were closed here while no GET waited: the next one still gets the last packets.
        self.farewells: Deadlines[EngineSession] = Deadlines(_CLOSE_WAIT, self._unlist)

    def admit(self, request: Request) -> Refusal | None:
        """Ask the gate; whoever is let in must be opened."""
        if self.draining:
            return Refusal(503, "draining", 5)
        return self.options.gate.enter(request)

    def open(self, request: Request, *, polling: bool) -> S:
        """Open a session; the gate has let it in. Its `opened` is called by the transport."""
        session = self._make_session(self, request.query, request.address, new_id())
        if polling:
            session.polling = Polling()
            session.write_paused()
            self._by_sid[session.sid] = session
        self.enrol(session, request)
        return session

    def enrol(self, session: Session, request: Request) -> None:
        """Count in a session that this request has opened, and start its heartbeat."""
        session.credential = self.options.credential(request)
        self.sessions.add(session)
        self.pings.set(session)

    def find(self, sid: str) -> S | None:
        """The session that began by polling under this id, unless its time is over."""
        session = self._by_sid.get(sid)
        if session is not None and self.pongs.overdue(session):
            session.ping_timeout()
            return None
        return session

    def farewell_fetched(self, session: EngineSession) -> None:
        """The closed session's last packets are on their way."""
        self.farewells.clear(session)
        self._unlist(session)

    def _unlist(self, session: EngineSession) -> None:
        self._by_sid.pop(session.sid, None)

    def forget(self, session: Session) -> None:
        """The session has ended."""
        if isinstance(session, EngineSession):
            if session.polling is not None and session.polling.farewell:
                self.farewells.set(session)
            else:
                self._unlist(session)
        self.sessions.discard(session)
        self.pings.clear(session)
        self.pongs.clear(session)
        self.proofs.clear(session)
        self.options.gate.leave(session.address)

    def open_packet(self, session: EngineSession) -> str:
        """The handshake's answer (Engine.IO protocol v4, "Handshake")."""
        options = self.options
        body = {
            "sid": session.sid,
            "upgrades": ["websocket"] if session.polling is not None else [],
            "pingInterval": round(options.ping_interval * 1000),
            "pingTimeout": round(options.ping_timeout * 1000),
            "maxPayload": options.told_payload_bytes or options.max_payload_bytes,
        }
        return packets.OPEN + msgspec.json.encode(body).decode()

    def write_soon(self) -> None:
        """Let those in the outbox write when this turn of the loop ends, one after another.

        A client that hears of several events gets them in one piece, and to read all and then write all costs the machine
        less than to take turns (ADR 24).
        """
        asyncio.get_running_loop().call_soon(self.write)

    def write(self) -> None:
        """Let those in the outbox write now."""
        outbox = self.outbox
        try:
            while outbox:
                session = outbox.pop()  # and now its `flush`, without the price of a call
                frames = session.pending
                websocket = session.websocket
                if frames and websocket is not None:
                    session.pending = b""
                    websocket.write(frames)
        finally:
            if outbox:
                self.write_soon()  # one that fails fails alone

    def queued_packets(self) -> int:
        """How many packets wait for slow readers."""
        return sum(len(session.backlog) for session in self.sessions if session.backlog)

    def close_all(self, reason: Reason) -> None:
        """End every session."""
        for session in list(self.sessions):
            session.close(reason)
