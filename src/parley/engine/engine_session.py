"""Engine.IO v4 sessions: the open packet, long-polling, and the upgrade to WebSocket. No I/O of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from . import packets
from .frames import CloseCode
from .packets import PacketError
from .session import Reason, Session

if TYPE_CHECKING:
    from .engine import Engine
    from .websocket import WebSocket

_PING = packets.frame(packets.PING)
_PROBE_ANSWER = packets.frame(packets.PONG + "probe")

# Ends that a client that polls should hear of, not run into.
_FAREWELLS = frozenset((Reason.SERVER_LEFT, Reason.SHUTTING_DOWN))


@mypyc_attr(allow_interpreted_subclasses=True)
class EngineSession(Session):
    """An Engine.IO v4 session, over a WebSocket or by long-polling."""

    __slots__ = ("polling", "sid")

    def __init__(self, engine: Engine[Any], query: str, address: str, sid: str) -> None:
        super().__init__(engine, query, address)
        self.sid = sid
        self.polling: Polling | None = None

    def ping_frame(self) -> bytes:
        return _PING

    def send_message(self, data: str | bytes) -> None:
        """Send an Engine.IO message, text or binary."""
        self.send(packets.frame(packets.MESSAGE + data if isinstance(data, str) else data))

    def queue(self, frames: bytes) -> None:
        super().queue(frames)
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
                self.oddity()
            else:
                raise PacketError("unknown Engine.IO packet type")
        except PacketError:
            self.malformed()

    def _close_by_client(self) -> None:
        if self.polling is not None:
            self.polling.release(packets.NOOP)
        self.finish(Reason.TRANSPORT_CLOSE)
        if self.websocket is not None:
            self.websocket.close(CloseCode.NORMAL, "")

    def say_goodbye(self, reason: Reason) -> None:
        polling = self.polling
        if polling is not None:
            polling.release(packets.CLOSE)
            polling.farewell = not polling.waiting and reason in _FAREWELLS

    def upgraded(self, websocket: WebSocket) -> None:
        """A WebSocket takes over from long-polling."""
        polling, self.polling = self.polling, None
        self.websocket = websocket
        if polling is not None:
            polling.release(packets.NOOP)
        self.write_resumed()


class Probe:
    """Stands for a polling session before a WebSocket that wants to take over and has yet to prove itself."""

    __slots__ = ("_polling", "_session", "_websocket")

    def __init__(self, session: EngineSession, polling: Polling, websocket: WebSocket) -> None:
        self._session = session
        self._polling = polling
        self._websocket = websocket
        polling.probe = self

    @property
    def engine(self) -> Engine[Any]:
        return self._session.engine

    def received(self, packet: str | bytes) -> None:
        """A packet arrived: the probe, or the client's word that it now uses the WebSocket alone."""
        session, polling, websocket = self._session, self._polling, self._websocket
        if session.open and packet == packets.PING + "probe":
            polling.upgrading = True
            websocket.write(_PROBE_ANSWER)
            if not session.backlog:
                polling.release(packets.NOOP)
        elif session.open and packet == packets.UPGRADE and polling.upgrading:
            websocket.carry(session)
            session.upgraded(websocket)
        else:
            websocket.close(CloseCode.PROTOCOL_ERROR, "upgrade failed")
            self._fail()

    def flush(self) -> None:
        """Nothing waits."""

    def pong_frame_received(self) -> None:
        """Means nothing here."""

    def write_paused(self) -> None:
        """Nothing but an answer is written yet."""

    def write_resumed(self) -> None:
        """Nothing but an answer is written yet."""

    def oddity(self) -> None:
        """Whatever it is, it is not the probe."""
        self._session.oddity()

    def websocket_closed(self, clean: bool) -> None:
        """The client gave the attempt up; it still polls."""
        self._fail()

    def violated(self) -> None:
        """The client broke the WebSocket protocol; it still polls."""
        self._fail()

    def _fail(self) -> None:
        self._polling.upgrading = False
        self._polling.probe = None


class Polling:
    """The long-polling side of a session: at most one GET waits, at most one POST is read, at a time."""

    __slots__ = ("_waiter", "farewell", "posting", "probe", "upgrading")

    def __init__(self) -> None:
        self._waiter: asyncio.Future[str | None] | None = None
        self.posting = False
        self.probe: Probe | None = None
        self.upgrading = False
        self.farewell = False  # the session is closed, and its next GET has yet to hear of it

    @property
    def waiting(self) -> bool:
        return self._waiter is not None

    def wake(self) -> None:
        """Packets are there for the GET that waits, if one does."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def release(self, packet: str) -> None:
        """End the GET that waits, if one does, with this packet."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(packet)

    def begin(self) -> asyncio.Future[str | None]:
        """A GET waits from now on: until there are packets (None), or for the packet that ends it."""
        self._waiter = asyncio.get_running_loop().create_future()
        return self._waiter

    def end(self) -> None:
        """The GET waits no longer."""
        self._waiter = None
