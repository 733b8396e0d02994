"""The registry of sessions: opens them, beats their hearts, drains them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from . import packets
from .deadlines import Deadlines
from .options import Options, Refusal, Request
from .packets import OutPacket
from .session import EngineSession, Polling, Reason, Session
from .websocket import WebSocket

S = TypeVar("S", bound=EngineSession)

# Seconds that a client has to answer a close frame, or to complete an upgrade.
_CLOSE_WAIT = 5.0


def new_id() -> str:
    """An unguessable id of 20 characters, 120 bits."""
    return secrets.token_urlsafe(15)


class Engine(Generic[S]):
    """Engine.IO sessions of one kind: `make_session(engine, query, address, sid)` makes each."""

    def __init__(
        self, options: Options, make_session: Callable[[Engine[S], str, str, str], S]
    ) -> None:
        self.options = options
        self.oddities = 0
        self.draining = False
        self._make_session = make_session
        # Only sessions that polling or an upgrade has to find again are known by their id.
        self._by_sid: dict[str, S] = {}
        self.sessions: set[Session] = set()
        self.pings: Deadlines[Session] = Deadlines(options.ping_interval, Session.ping)
        self.closers: Deadlines[WebSocket] = Deadlines(_CLOSE_WAIT, WebSocket.abort)
        self.pongs: Deadlines[Session] = Deadlines(options.ping_timeout, self._ping_timeout)

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
        self.enrol(session)
        return session

    def enrol(self, session: Session) -> None:
        """Count a session in and start its heartbeat."""
        self.sessions.add(session)
        self.pings.set(session)

    def find(self, sid: str) -> S | None:
        """The session that polls under this id, unless its time is over."""
        session = self._by_sid.get(sid)
        if session is not None and self.pongs.overdue(session):
            self._ping_timeout(session)
            return None
        return session

    def upgraded(self, session: Session) -> None:
        """The session has left long-polling for good."""
        if isinstance(session, EngineSession):
            self._by_sid.pop(session.sid, None)

    def forget(self, session: Session) -> None:
        """The session has ended."""
        self.upgraded(session)
        self.sessions.discard(session)
        self.pings.clear(session)
        self.pongs.clear(session)
        self.options.gate.leave(session.address)

    def open_packet(self, session: EngineSession) -> OutPacket:
        """The handshake's answer (Engine.IO protocol v4, "Handshake")."""
        options = self.options
        body = {
            "sid": session.sid,
            "upgrades": ["websocket"] if session.polling is not None else [],
            "pingInterval": round(options.ping_interval * 1000),
            "pingTimeout": round(options.ping_timeout * 1000),
            "maxPayload": options.max_payload_bytes,
        }
        return OutPacket(packets.OPEN + msgspec.json.encode(body).decode())

    def close_all(self, reason: Reason) -> None:
        """End every session."""
        for session in list(self.sessions):
            session.close(reason)

    def _ping_timeout(self, session: Session) -> None:
        session.close(Reason.PING_TIMEOUT)
