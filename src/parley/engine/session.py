"""Sessions: one client's logical connection, whatever carries it, with every queue bounded.

`Session` holds what all have in common: the heartbeat, the outbound backlog, the end. It does no I/O: it
is told what arrived, and hands packets to a transport.

A session ends exactly once, with a `Reason` that says whether the client meant it.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from .frames import CloseCode, unframe
from .options import parameters

if TYPE_CHECKING:
    from .engine import Engine
    from .socket import Socket
    from .websocket import WebSocket


class Reason(Enum):
    """Why a session or a socket ended. The words are those of the Socket.IO documentation where it has one."""

    CLIENT_LEFT = "client namespace disconnect"
    SERVER_LEFT = "server namespace disconnect"
    TRANSPORT_CLOSE = "transport close"
    TRANSPORT_ERROR = "transport error"
    PING_TIMEOUT = "ping timeout"
    PARSE_ERROR = "parse error"
    SLOW_CONSUMER = "slow consumer"
    TOO_MANY_ODDITIES = "too many oddities"
    CONNECT_TIMEOUT = "connect timeout"
    SHUTTING_DOWN = "server shutting down"
    TAKEN_OVER = "taken over"

    @property
    def broken(self) -> bool:
        """The transport failed under the client; it may want to come back."""
        return self in _BROKEN


_BROKEN = frozenset((Reason.TRANSPORT_ERROR, Reason.PING_TIMEOUT, Reason.TAKEN_OVER))

# More bytes than this are written at once: the transport could not say that they are too many while they wait here.
_FLUSH_AT = 65536
# No more sessions than this wait for the end of the turn: what they hold is still in the processor's cache.
_TOGETHER = 32
# So many meaningless things may arrive in one ping interval.
_MAX_ODDITIES = 100


@mypyc_attr(allow_interpreted_subclasses=True)
class Session:
    """One client's connection. Subclass it and give it `opened`, `message_received` and `ended`."""

    __slots__ = (
        "_oddities",
        "address",
        "backlog",
        "backlog_bytes",
        "credential",
        "engine",
        "open",
        "pending",
        "query",
        "websocket",
    )

    def __init__(self, engine: Engine[Any], query: str, address: str) -> None:
        self.engine = engine
        self.query = query
        self.address = address
        self.credential: str | None = None
        self.websocket: WebSocket | None = None
        self.pending = b""  # for the WebSocket, when this turn of the loop ends
        # None while the WebSocket takes packets as they come; else those that wait for it or for a poll.
        self.backlog: deque[bytes] | None = None
        self.backlog_bytes = 0
        self.open = True
        self._oddities = 0

    # --- for the owner ---------------------------------------------------------------------------

    def opened(self) -> None:
        """The session can send."""

    def ping_sent(self) -> None:
        """A ping is on its way behind everything sent so far."""

    def pong_received(self) -> None:
        """The client has received everything that was sent before the last ping."""

    def message_received(self, data: str | bytes) -> None:
        """A message arrived. May raise `PacketError`, which ends the session."""
        raise NotImplementedError

    def ended(self, reason: Reason) -> None:
        """The session is over."""

    def join(self, socket: Socket) -> None:
        """This socket speaks through the session, if it is of a kind that has sockets."""

    def leave(self, socket: Socket) -> None:
        """This socket no longer speaks through the session."""

    def sockets(self) -> list[Socket]:
        """The sockets that speak through the session."""
        return []

    # --- sending ---------------------------------------------------------------------------------

    def send(self, frames: bytes) -> None:
        """Send whole frames at the end of this turn of the loop, or queue them within the bounds.

        Past those the session ends as a slow consumer.
        """
        if self.backlog is None:
            pending = self.pending
            if not pending:
                self.pending = frames
                outbox = self.engine.outbox
                outbox.append(self)
                if len(outbox) == 1:
                    self.engine.write_soon()
                elif len(outbox) == _TOGETHER:
                    self.engine.write()
            else:
                self.pending = pending = pending + frames
                if len(pending) > _FLUSH_AT:
                    self.flush()
        elif self.open:
            self.queue(frames)

    def flush(self) -> None:
        """Send now what waits for the end of the turn."""
        pending = self.pending
        websocket = self.websocket
        if pending and websocket is not None:
            self.pending = b""
            websocket.write(pending)

    def queue(self, frames: bytes) -> None:
        """Let the frames wait for the WebSocket or for a poll."""
        options = self.engine.options
        backlog = self.backlog
        assert backlog is not None
        backlog.append(frames)
        self.backlog_bytes += len(frames)
        if (
            len(backlog) > options.max_outbound_packets
            or self.backlog_bytes > options.max_outbound_bytes
        ):
            self.close(Reason.SLOW_CONSUMER)

    def write_paused(self) -> None:
        """The WebSocket has something that its client does not take: packets wait here from now on."""
        if self.backlog is None:
            self.backlog = deque()

    def write_resumed(self) -> None:
        """The client has taken it: what waits may go."""
        backlog = self.backlog
        websocket = self.websocket
        if backlog is None or websocket is None:
            return
        self.flush()  # it was there before any of the backlog
        while backlog and not websocket.paused:
            batch = bytearray()
            while backlog and len(batch) <= _FLUSH_AT:
                batch += backlog.popleft()
            self.backlog_bytes -= len(batch)
            websocket.write(bytes(batch))
        if not backlog and not websocket.paused:
            self.backlog = None

    def parameters(self) -> dict[str, str]:
        """The query's parameters."""
        return parameters(self.query)

    def take_backlog(self) -> list[str | bytes]:
        """All that waits, for a poll that carries it away."""
        backlog = self.backlog
        if not backlog:
            return []
        batch = [packet for frames in backlog for packet in unframe(frames)]
        backlog.clear()
        self.backlog_bytes = 0
        return batch

    # --- the heartbeat ---------------------------------------------------------------------------

    def ping(self) -> None:
        """Send a ping now; without an answer in time the session ends."""
        engine = self.engine
        engine.pings.clear(self)
        self._oddities = 0
        self.send(self.ping_frame())
        if self.open:
            engine.pongs.set(self, engine.pings.late)
            self.ping_sent()

    def prove_alive(self) -> None:
        """Ask for a sign of life now, and soon: somebody claims that this session is a dead one's."""
        self.ask_for_pong()
        if self.open:
            self.engine.proofs.set(self)

    def ask_for_pong(self) -> None:
        """Send a ping now, unless one is under way."""
        if self not in self.engine.pongs:
            self.ping()

    def ping_frame(self) -> bytes:
        """What a ping is on this session's wire."""
        raise NotImplementedError

    def alive(self) -> None:
        """The ping was answered."""
        engine = self.engine
        if self in engine.pongs:
            engine.pongs.clear(self)
            engine.proofs.clear(self)
            engine.pings.set(self)
            self.pong_received()
        else:
            self.oddity()

    def ping_timeout(self) -> None:
        """The ping was not answered."""
        self.close(Reason.PING_TIMEOUT)

    def oddity(self) -> None:
        """Something arrived that is allowed and means nothing; too much of it is not allowed."""
        self._oddities += 1
        if self._oddities > _MAX_ODDITIES:
            self.engine.malformed += 1
            self.close(Reason.TOO_MANY_ODDITIES)

    def malformed(self) -> None:
        """What the client sent is not what it should be."""
        self.engine.malformed += 1
        self.close(Reason.PARSE_ERROR)

    def received(self, packet: str | bytes) -> None:
        """A packet arrived on the session's transport."""
        raise NotImplementedError

    def pong_frame_received(self) -> None:
        """The WebSocket answered a ping frame. Engine.IO has pings of its own."""
        self.oddity()

    # --- the end ---------------------------------------------------------------------------------

    def close(self, reason: Reason, code: int = CloseCode.NORMAL) -> None:
        """End the session from this side."""
        if self.open:
            self.say_goodbye(reason)
            self.finish(reason)
            if self.websocket is not None:
                self.websocket.close(_CLOSE_CODES.get(reason, code), reason.value)

    def say_goodbye(self, reason: Reason) -> None:
        """Send what this session's wire says before it closes."""

    def websocket_closed(self, clean: bool) -> None:
        """The WebSocket is gone; `clean` when the client closed it by the protocol."""
        self.websocket = None
        self.finish(Reason.TRANSPORT_CLOSE if clean else Reason.TRANSPORT_ERROR)

    def violated(self) -> None:
        """The client broke the WebSocket protocol; the WebSocket closes itself."""
        self.websocket = None
        self.finish(Reason.PARSE_ERROR)

    def finish(self, reason: Reason) -> None:
        """End the session, once: nothing more is sent or heard."""
        if not self.open:
            return
        self.open = False
        self.backlog = deque() if self.backlog is None else self.backlog
        self.engine.forget(self)
        self.ended(reason)


_CLOSE_CODES = {
    Reason.PARSE_ERROR: CloseCode.PROTOCOL_ERROR,
    Reason.SLOW_CONSUMER: CloseCode.POLICY,
    Reason.TOO_MANY_ODDITIES: CloseCode.POLICY,
    Reason.CONNECT_TIMEOUT: CloseCode.POLICY,
    Reason.SHUTTING_DOWN: CloseCode.SERVICE_RESTART,
    Reason.PING_TIMEOUT: CloseCode.GOING_AWAY,
}
