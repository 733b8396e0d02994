"""The Socket.IO v5 server: namespaces, events, acknowledgements, topics, connection state recovery.

Give it a `Namespace` for each namespace it serves; `Server.engine` is what the transports work on.
Events of one socket run in the order of their arrival, one at a time: a plain handler at once, with
no task made; an async one in a task, while the socket's next events wait. Pings never wait.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from . import packets
from .deadlines import Deadlines
from .emission import Emission, SocketIOEncoding
from .engine import Engine, new_id
from .engine_session import EngineSession
from .event import Event, decode_ack, decode_event
from .namespace import ConnectRefused, Namespace
from .options import Options
from .packets import Packet, PacketError, PacketType
from .session import Reason
from .socket import Socket

logger = logging.getLogger(__name__)

_MAX_WAITING_EVENTS = 64
# How an Engine.IO message begins that is an event of the main namespace and asks for no answer.
_MAIN_EVENT = packets.MESSAGE + "2["


class SocketIOSession(EngineSession):
    """One client: its sockets (one per namespace) and the binary packet that it is sending, if it is."""

    __slots__ = ("main", "others", "partial", "server")

    def __init__(
        self, server: Server, engine: Engine[SocketIOSession], query: str, address: str, sid: str
    ) -> None:
        super().__init__(engine, query, address, sid)
        self.server = server
        self.main: Socket | None = None
        self.others: dict[str, Socket] | None = None
        self.partial: tuple[Packet, list[bytes]] | None = None

    def opened(self) -> None:
        self.server.connecting.set(self)

    def sockets(self) -> list[Socket]:
        found = list(self.others.values()) if self.others else []
        return [self.main, *found] if self.main is not None else found

    def socket(self, namespace: str) -> Socket | None:
        if namespace == "/":
            return self.main
        return self.others.get(namespace) if self.others else None

    def ping_sent(self) -> None:
        for socket in self.sockets():
            socket.mark()

    def pong_received(self) -> None:
        for socket in self.sockets():
            socket.confirm()

    def received(self, packet: str | bytes) -> None:
        main = self.main
        if main and self.partial is None and isinstance(packet, str) and packet[:3] == _MAIN_EVENT:
            try:  # what nearly every packet is
                event = decode_event(packet[2:], None)
            except PacketError:
                self.malformed()
            else:
                self.server.received(main, event)
        else:
            super().received(packet)

    def message_received(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            self._attachment(data)
            return
        if self.partial is not None:
            raise PacketError("expected an attachment")
        packet = packets.decode(data)
        if packet.attachments:
            self.partial = packet, []
        else:
            self._dispatch(packet, ())

    def _attachment(self, data: bytes) -> None:
        if self.partial is None:
            raise PacketError("unexpected binary message")
        packet, attachments = self.partial
        attachments.append(data)
        if len(attachments) == packet.attachments:
            self.partial = None
            self._dispatch(packet, attachments)

    def _dispatch(self, packet: Packet, attachments: list[bytes] | tuple[()]) -> None:
        kind = packet.type
        if kind is PacketType.CONNECT:
            self.server.connect(self, packet)
            return
        if kind is PacketType.CONNECT_ERROR:
            raise PacketError("only a server refuses")
        socket = self.socket(packet.namespace)
        if socket is None:
            if kind is PacketType.DISCONNECT:
                self.oddity()
                return
            raise PacketError("not connected to this namespace")
        if kind is PacketType.EVENT or kind is PacketType.BINARY_EVENT:
            self.server.received(socket, decode_event(packet.data, packet.id, attachments))
        elif kind is PacketType.DISCONNECT:
            self.oddity()  # once is fine, but coming and going without end is not
            socket.end(Reason.CLIENT_LEFT)
        else:
            assert packet.id is not None
            socket.answered(packet.id, decode_ack(packet.data, attachments))

    def join(self, socket: Socket) -> None:
        """The socket speaks through this session."""
        self.server.connecting.clear(self)
        if socket.namespace_name == "/":
            self.main = socket
        else:
            self.others = self.others or {}
            self.others[socket.namespace_name] = socket

    def leave(self, socket: Socket) -> None:
        """The socket no longer speaks through this session."""
        if self.main is socket:
            self.main = None
        elif self.others:
            self.others.pop(socket.namespace_name, None)
        if self.open and self.main is None and not self.others:
            self.server.connecting.set(self)  # it may try again, but not wait for ever

    def ended(self, reason: Reason) -> None:
        self.server.connecting.clear(self)
        self.partial = None
        for socket in self.sockets():
            socket.session_ended(reason)


class Server:
    """Socket.IO for the given namespaces; everything that has a bound has it in `options`."""

    def __init__(self, namespaces: Mapping[str, Namespace], options: Options | None = None) -> None:
        self.options = options or Options()
        self.recovers = self.options.recovery_window > 0
        self.engine: Engine[SocketIOSession] = Engine(self.options, self._make_session)
        self.sockets: dict[str, Socket] = {}
        self.topics: dict[str, dict[Socket, None]] = {}
        self.connecting: Deadlines[SocketIOSession] = Deadlines(
            self.options.connect_timeout, lambda session: session.close(Reason.CONNECT_TIMEOUT)
        )
        self.absent: Deadlines[Socket] = Deadlines(
            self.options.recovery_window or 1.0, Socket.give_up
        )
        self._namespaces = dict(namespaces)
        self._encodings = {
            name: (SocketIOEncoding(name, offsets=False), SocketIOEncoding(name, offsets=True))
            for name in namespaces
        }
        self._pid_key = secrets.token_bytes(16)
        self._tasks: set[asyncio.Task[None]] = set()

    def _make_session(
        self, engine: Engine[SocketIOSession], query: str, address: str, sid: str
    ) -> SocketIOSession:
        return SocketIOSession(self, engine, query, address, sid)

    # --- connecting --------------------------------------------------------------------------------

    def connect(self, session: SocketIOSession, packet: Packet) -> None:
        """A client asks for a namespace."""
        name = packet.namespace.partition("?")[0]
        namespace = self._namespaces.get(name)
        if namespace is None:
            session.send(
                packets.encode_control(
                    PacketType.CONNECT_ERROR, packet.namespace, {"message": "Invalid namespace"}
                )
            )
            session.oddity()
            return
        if session.socket(name) is not None:
            raise PacketError("already connected to this namespace")
        auth = packets.decode_json(packet.data) if packet.data else {}
        if self.recovers and "pid" in auth:
            known = self._recognise(auth["pid"], name)
            if known is not None and known.recover(session, auth.get("offset")):
                return
        # python-socketio, known by the order of its query, has no recovery, and its handlers take exactly
        # an event's arguments: it is given no offsets.
        python = session.query.find("transport=") < session.query.find("EIO=")
        offsets = self.recovers and not python
        socket = Socket(self, namespace, session, new_id(), self._encodings[name][offsets])
        session.join(socket)
        self.admit(socket, auth)

    def admit(self, socket: Socket, auth: dict[str, Any]) -> None:
        """Ask the application whether to let the socket in, and do."""
        self._run(socket, socket.namespace.admit, auth, lambda: self._welcome(socket, auth))

    def _welcome(self, socket: Socket, auth: dict[str, Any]) -> None:
        session = socket.session
        if session is None:
            return
        socket.greet()
        if not session.open:  # that was one packet too many for it
            return
        self.sockets[socket.id] = socket
        socket.connected = True
        self._run(socket, socket.namespace.on_connect, auth)

    def pid(self, socket: Socket) -> str:
        """The private id by which a socket's client can come back; only it ever hears of it."""
        return f"{socket.id}.{self._seal(socket.id)}"

    def _seal(self, sid: str) -> str:
        return hashlib.blake2s(sid.encode(), key=self._pid_key, digest_size=16).hexdigest()

    def _recognise(self, pid: Any, namespace: str) -> Socket | None:
        if not isinstance(pid, str) or not pid.isascii():
            return None
        sid, _, seal = pid.partition(".")
        if not secrets.compare_digest(seal, self._seal(sid)):
            return None
        socket = self.sockets.get(sid)
        return socket if socket is not None and socket.namespace_name == namespace else None

    # --- events ------------------------------------------------------------------------------------

    def received(self, socket: Socket, event: Event | None) -> None:
        """An event arrived, or what is none: run its handler now, or behind those that are still running."""
        if socket.waiting is not None:
            if len(socket.waiting) >= _MAX_WAITING_EVENTS:
                socket.disconnect(Reason.SLOW_CONSUMER)
            else:
                socket.waiting.append(event)
            return
        if event is None:
            self.tell(socket.namespace.on_malformed, socket)
            return
        try:
            awaitable = socket.namespace.on_event(socket, event)
        except Exception as error:  # noqa: BLE001 - told there
            self._failed(socket, error)
        else:
            if awaitable is not None:
                self._defer(socket, awaitable, None)

    def _run(
        self,
        socket: Socket,
        work: Callable[[Socket, dict[str, Any]], Awaitable[None] | None],
        auth: dict[str, Any],
        then: Callable[[], None] | None = None,
    ) -> None:
        try:
            awaitable = work(socket, auth)
        except Exception as error:  # noqa: BLE001 - told there
            self._failed(socket, error)
            return
        if awaitable is not None:
            self._defer(socket, awaitable, then)
        elif then is not None:
            then()

    def _defer(
        self, socket: Socket, awaitable: Awaitable[None], then: Callable[[], None] | None
    ) -> None:
        socket.waiting = []
        task = asyncio.ensure_future(self._finish(socket, awaitable, then))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(
        self, socket: Socket, awaitable: Awaitable[None], then: Callable[[], None] | None
    ) -> None:
        try:
            await awaitable
        except Exception as error:  # noqa: BLE001 - told there
            self._failed(socket, error)
            then = None
        waiting = socket.free()
        if then is not None:
            then()
        for position, event in enumerate(waiting):
            if not socket.connected:
                return
            if socket.waiting is not None:  # another handler is at it: the rest waits for that one
                socket.waiting[:0] = waiting[position:]
                return
            self.received(socket, event)

    def _failed(self, socket: Socket, error: Exception) -> None:
        """A handler raised: refuse a socket that is not in yet; else nothing ends by it."""
        if isinstance(error, PacketError):
            if socket.session is not None:
                socket.session.malformed()
        elif isinstance(error, ConnectRefused) and not socket.connected:
            self._refuse(socket, error)
        else:
            logger.error("a handler failed", exc_info=error)
            if not socket.connected:
                self._refuse(socket, ConnectRefused("internal"))

    def tell(self, handler: Callable[..., None], *args: Any) -> None:
        """Call what the application wants to be told by; nothing here fails when that does."""
        try:
            handler(*args)
        except Exception:
            logger.exception("a handler failed")

    def _refuse(self, socket: Socket, refusal: ConnectRefused) -> None:
        session = socket.session
        if session is None:
            return
        body: dict[str, Any] = {"message": refusal.message}
        if refusal.data is not None:
            body["data"] = refusal.data
        session.send(socket.encoding.encode_refusal(body))
        socket.refused()
        session.oddity()
        if not isinstance(session, SocketIOSession):
            session.close(Reason.SERVER_LEFT)

    # --- topics ------------------------------------------------------------------------------------

    def join(self, socket: Socket, topic: str) -> None:
        """Let the socket hear what is broadcast in the topic."""
        self.topics.setdefault(topic, {})[socket] = None
        socket.topics = socket.topics or set()
        socket.topics.add(topic)

    def leave(self, socket: Socket, topic: str) -> None:
        """The socket hears the topic no longer."""
        if socket.topics and topic in socket.topics:
            socket.topics.discard(topic)
            members = self.topics[topic]
            members.pop(socket, None)
            if not members:
                del self.topics[topic]

    def broadcast(self, topic: str, emission: Emission, *, skip: Socket | None = None) -> None:
        """Send to everyone in the topic but `skip`; encoded once for all who share an encoding."""
        for socket in list(self.topics.get(topic, ())):
            if socket is not skip:
                socket.send(emission)

    def broadcast_all(self, emission: Emission) -> None:
        """Send to every connected socket."""
        for socket in list(self.sockets.values()):
            socket.send(emission)

    async def close(self) -> None:
        """End every session and wait for the handlers that are running."""
        self.engine.draining = True
        self.engine.close_all(Reason.SHUTTING_DOWN)
        for socket in list(self.sockets.values()):
            socket.end(Reason.SHUTTING_DOWN)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
