"""Sessions: one client's logical connection, whatever carries it, with every queue bounded.

`Session` holds what all have in common: the heartbeat, the outbound backlog, the end. `EngineSession`
adds Engine.IO v4: the open packet, long-polling, and the upgrade to WebSocket. Neither does I/O: they
are told what arrived, and hand packets to a transport.

A session ends exactly once, with a `Reason` that says whether the client meant it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Any

from . import packets
from .frames import CloseCode
from .packets import OutPacket, PacketError

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
    CONNECT_TIMEOUT = "connect timeout"
    SHUTTING_DOWN = "server shutting down"
    TAKEN_OVER = "taken over"

    @property
    def broken(self) -> bool:
        """The transport failed under the client; it may want to come back."""
        return self in _BROKEN


_BROKEN = frozenset((Reason.TRANSPORT_ERROR, Reason.PING_TIMEOUT, Reason.TAKEN_OVER))

PING_PACKET = OutPacket(packets.PING)
_CLOSE_PACKET = OutPacket(packets.CLOSE)
_NOOP_PACKET = OutPacket(packets.NOOP)
_PROBE_ANSWER = OutPacket(packets.PONG + "probe")


class Session:
    """One client's connection. Subclass it and give it `opened`, `message_received` and `ended`."""

    __slots__ = ("__weakref__", "address", "backlog", "backlog_bytes", "engine", "open", "query", "websocket")

    def __init__(self, engine: Engine[Any], query: str, address: str) -> None:
        self.engine = engine
        self.query = query
        self.address = address
        self.websocket: WebSocket | None = None
        # None while the WebSocket takes packets as they come; else those that wait for it or for a poll.
        self.backlog: deque[OutPacket] | None = None
        self.backlog_bytes = 0
        self.open = True

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

    # --- sending ---------------------------------------------------------------------------------

    def send(self, packet: OutPacket) -> None:
        """Send a packet, or queue it within the bounds; past them the session ends as a slow consumer."""
        if self.backlog is None:
            websocket = self.websocket
            if websocket is not None:
                websocket.write(packet.frame)
        elif self.open:
            self._queue(packet)

    def _queue(self, packet: OutPacket) -> None:
        options = self.engine.options
        backlog = self.backlog
        assert backlog is not None
        backlog.append(packet)
        self.backlog_bytes += len(packet)
        if (
            len(backlog) > options.max_outbound_packets
            or self.backlog_bytes > options.max_outbound_bytes
        ):
            self.close(Reason.SLOW_CONSUMER)

    def write_paused(self) -> None:
        """The WebSocket's buffer is full: packets wait here from now on."""
        if self.backlog is None:
            self.backlog = deque()

    def write_resumed(self) -> None:
        """The WebSocket's buffer has room again."""
        backlog = self.backlog
        websocket = self.websocket
        if backlog is None or websocket is None:
            return
        while backlog and not websocket.paused:
            packet = backlog.popleft()
            self.backlog_bytes -= len(packet)
            websocket.write(packet.frame)
        if not backlog and not websocket.paused:
            self.backlog = None

    def take_backlog(self) -> list[str | bytes]:
        """All that waits, for a poll that carries it away."""
        backlog = self.backlog
        if not backlog:
            return []
        batch = [packet.packet for packet in backlog]
        backlog.clear()
        self.backlog_bytes = 0
        return batch

    # --- the heartbeat ---------------------------------------------------------------------------

    def ping(self) -> None:
        """Send a ping now; without an answer in time the session ends."""
        self.engine.pings.clear(self)
        self.send(self.ping_packet())
        if self.open:
            self.engine.pongs.set(self)
            self.ping_sent()

    def ping_packet(self) -> OutPacket:
        """What a ping is on this session's wire."""
        raise NotImplementedError

    def alive(self) -> None:
        """The ping was answered."""
        engine = self.engine
        if self in engine.pongs:
            engine.pongs.clear(self)
            engine.pings.set(self)
            self.pong_received()

    def received(self, packet: str | bytes) -> None:
        """A packet arrived on the session's transport."""
        raise NotImplementedError

    def pong_frame_received(self) -> None:
        """The WebSocket answered a ping frame. Engine.IO has pings of its own and ignores it."""

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
    Reason.CONNECT_TIMEOUT: CloseCode.POLICY,
    Reason.SHUTTING_DOWN: CloseCode.SERVICE_RESTART,
    Reason.PING_TIMEOUT: CloseCode.GOING_AWAY,
}


class EngineSession(Session):
    """An Engine.IO v4 session, over a WebSocket or by long-polling."""

    __slots__ = ("polling", "sid")

    def __init__(self, engine: Engine[Any], query: str, address: str, sid: str) -> None:
        super().__init__(engine, query, address)
        self.sid = sid
        self.polling: Polling | None = None

    def ping_packet(self) -> OutPacket:
        return PING_PACKET

    def send_message(self, data: str | bytes) -> None:
        """Send an Engine.IO message, text or binary."""
        self.send(OutPacket(packets.MESSAGE + data if isinstance(data, str) else data))

    def send(self, packet: OutPacket) -> None:
        super().send(packet)
        if self.polling is not None:
            self.polling.wake()

    def received(self, packet: str | bytes) -> None:
        """A packet arrived on the session's transport."""
        try:
            if isinstance(packet, bytes):
                self.message_received(packet)
                return
            kind = packet[:1]
            if kind == packets.MESSAGE:
                self.message_received(packet[1:])
            elif kind == packets.PONG:
                self.alive()
            elif kind == packets.CLOSE:
                # No reply: the client is already gone, or waits for its poll to end.
                self._close_by_client()
            elif kind == packets.UPGRADE or kind == packets.NOOP or kind == packets.PING:
                self.engine.oddities += 1
            else:
                raise PacketError("unknown Engine.IO packet type")
        except PacketError:
            self.engine.oddities += 1
            self.close(Reason.PARSE_ERROR)

    def _close_by_client(self) -> None:
        if self.polling is not None:
            self.polling.release(_NOOP_PACKET)
        self.finish(Reason.TRANSPORT_CLOSE)
        if self.websocket is not None:
            self.websocket.close(CloseCode.NORMAL, "")

    def say_goodbye(self, reason: Reason) -> None:
        if self.polling is not None:
            self.polling.release(_CLOSE_PACKET)

    # --- the upgrade from long-polling -------------------------------------------------------------

    def probe(self, websocket: WebSocket, packet: str | bytes) -> bool:
        """A packet on a WebSocket that wants to take over from polling. False when it is not welcome."""
        polling = self.polling
        if polling is None or not self.open:
            return False
        if packet == packets.PING + "probe":
            polling.upgrading = True
            websocket.write(_PROBE_ANSWER.frame)
            if not self.backlog:
                polling.release(_NOOP_PACKET)
            return True
        if packet == packets.UPGRADE and polling.upgrading:
            self.polling = None
            self.websocket = websocket
            self.engine.upgraded(self)
            polling.release(_NOOP_PACKET)
            self.write_resumed()
            return True
        return False


class Polling:
    """The long-polling side of a session: at most one GET waits, at most one POST is read, at a time."""

    __slots__ = ("_waiter", "posting", "upgrading")

    def __init__(self) -> None:
        self._waiter: asyncio.Future[OutPacket | None] | None = None
        self.posting = False
        self.upgrading = False

    @property
    def waiting(self) -> bool:
        return self._waiter is not None

    def wake(self) -> None:
        """Packets are there for the GET that waits, if one does."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def release(self, packet: OutPacket) -> None:
        """End the GET that waits, if one does, with this packet."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(packet)

    def begin(self) -> asyncio.Future[OutPacket | None]:
        """A GET waits from now on: until there are packets (None), or for the packet that ends it."""
        self._waiter = asyncio.get_running_loop().create_future()
        return self._waiter

    def end(self) -> None:
        """The GET waits no longer."""
        self._waiter = None
