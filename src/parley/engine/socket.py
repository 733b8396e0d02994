"""Sockets: one client in one namespace, over Socket.IO or the plain WebSocket alike.

A socket outlives its transport. While connection state recovery is on, a socket whose session broke is
*absent*: it stays in its topics, what is sent to it is kept within the outbound bound, and it comes
back when its client returns in time, or is given up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import packets
from .emission import Emission, Encoding, SocketIOEncoding
from .event import Event
from .kept import Kept
from .namespace import Namespace
from .packets import PacketType
from .session import Reason, Session

if TYPE_CHECKING:
    from .server import Server


class Socket:
    """One client in one namespace. `state` is the application's."""

    __slots__ = (
        "_acks",
        "_next_ack",
        "connected",
        "encoding",
        "id",
        "kept",
        "namespace",
        "server",
        "session",
        "state",
        "topics",
        "waiting",
    )

    def __init__(
        self,
        server: Server,
        namespace: Namespace,
        session: Session,
        sid: str,
        encoding: Encoding,
    ) -> None:
        self.server = server
        self.namespace = namespace
        self.session: Session | None = session
        self.id = sid
        self.encoding = encoding
        self.connected = False
        self.topics: set[str] | None = None
        self.state: Any = None
        self.kept: Kept | None = None
        self.waiting: list[Event | None] | None = None
        self._acks: dict[int, Callable[[list[Any]], None]] | None = None
        self._next_ack = 0

    @property
    def namespace_name(self) -> str:
        return self.encoding.namespace if isinstance(self.encoding, SocketIOEncoding) else "/"

    @property
    def address(self) -> str:
        """Where the client is; empty while it is absent."""
        return self.session.address if self.session is not None else ""

    @property
    def absent(self) -> bool:
        """Its transport broke and it may come back."""
        return self.connected and self.session is None

    @property
    def missing(self) -> bool:
        """It is absent, and was sent something that it has not seen."""
        return self.absent and self.kept is not None and bool(self.kept.unseen())

    def congested(self) -> bool:
        """Whether more than half of what may wait for this client is waiting."""
        session = self.session
        if session is None or not session.backlog:
            return False
        options = self.server.options
        return (
            len(session.backlog) * 2 > options.max_outbound_packets
            or session.backlog_bytes * 2 > options.max_outbound_bytes
        )

    def free(self) -> list[Event | None]:
        """No handler runs any more; returns the events that have waited for it."""
        waiting, self.waiting = self.waiting or [], None
        return waiting

    # --- sending -----------------------------------------------------------------------------------

    def emit(self, name: str, *args: Any) -> None:
        """Send an event to this client alone."""
        self.send(Emission(name, args))

    def send(self, emission: Emission) -> None:
        """Send an event, or keep it while the client is absent."""
        encoding = self.encoding
        frames = emission.encoded if emission.encoding is encoding else emission.frames(encoding)
        session = self.session
        if session is not None:
            session.send(frames)
        if emission.volatile:
            return
        kept = self.kept
        if kept is None:
            if not (self.connected and self.server.recovers):
                return
            options = self.server.options
            kept = self.kept = Kept(options.max_outbound_packets, options.max_outbound_bytes)
        kept.append(frames)
        if len(kept) >= kept.check_at or len(frames) > kept.share:
            self._bound(kept)

    def _bound(self, kept: Kept) -> None:
        session = self.session
        if not kept.bound() and session is None:
            self.end(Reason.SLOW_CONSUMER)  # more was missed than may be kept
        elif kept.wants_pong and session is not None:
            session.ask_for_pong()

    def call(self, answered: Callable[[list[Any]], None], name: str, *args: Any) -> None:
        """Send an event that asks for an acknowledgement; `answered` gets its arguments."""
        if self.session is None or not isinstance(self.encoding, SocketIOEncoding):
            return
        self._acks = self._acks if self._acks is not None else {}
        self._next_ack += 1
        self._acks[self._next_ack] = answered
        # Whoever answers so late is not waited for.
        self._acks.pop(self._next_ack - self.server.options.max_outbound_packets, None)
        array = [name, *args]
        self.session.send(packets.encode_event(self.namespace_name, array, self._next_ack))

    def ack(self, event: Event, *args: Any) -> None:
        """Answer an event that asked for it."""
        if event.id is not None and self.session is not None:
            self.session.send(self.encoding.encode_ack(event.id, args))

    def answered(self, ack_id: int, args: list[Any]) -> None:
        """The client acknowledged an event of ours."""
        answered = self._acks.pop(ack_id, None) if self._acks else None
        if answered is None:
            if self.session is not None:
                self.session.oddity()
        else:
            self.server.tell(answered, args)

    def greet(self) -> None:
        """Tell the client that it is connected."""
        if not isinstance(self.encoding, SocketIOEncoding):
            return
        body = {"sid": self.id}
        if self.server.recovers:
            body["pid"] = self.server.pid(self)
        if self.session is not None:
            self.session.send(packets.encode_control(PacketType.CONNECT, self.namespace_name, body))

    # --- the end -----------------------------------------------------------------------------------

    def disconnect(self, reason: Reason = Reason.SERVER_LEFT) -> None:
        """End the socket from this side, and its session with it if it has no other."""
        session = self.session
        if session is not None and isinstance(self.encoding, SocketIOEncoding):
            session.send(packets.encode_control(PacketType.DISCONNECT, self.namespace_name))
        self.end(reason)
        if session is not None and not session.sockets():
            session.close(reason)

    def session_ended(self, reason: Reason) -> None:
        """The session is gone: for good, or perhaps not."""
        if reason.broken and self.server.recovers and self.connected:
            self._go_absent(reason)
        else:
            self.end(reason)

    def end(self, reason: Reason) -> None:
        """The socket is over, once."""
        self._detach()
        self.server.absent.clear(self)
        for topic in list(self.topics or ()):
            self.server.leave(self, topic)
        self.server.sockets.pop(self.id, None)
        self.kept = None
        self.waiting = None
        self._acks = None
        if self.connected:
            self.connected = False
            self.server.tell(self.namespace.on_disconnect, self, reason)

    def refused(self) -> None:
        """The application did not let it in."""
        self._detach()

    def give_up(self) -> None:
        """Nobody came back in time."""
        self.end(Reason.TRANSPORT_ERROR)

    def _detach(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            session.leave(self)

    # --- recovery ----------------------------------------------------------------------------------

    def mark(self) -> None:
        """A ping went out behind all that is kept."""
        if self.kept is not None:
            self.kept.mark()

    def confirm(self) -> None:
        """The ping was answered: what went out before it has arrived."""
        if self.kept is not None:
            self.kept.confirm()
            if not self.kept:
                self.kept = None

    def _go_absent(self, reason: Reason) -> None:
        if self.kept is not None and self.session is not None:
            session = self.session
            self.kept.broke(
                session.pending, session.backlog or (), silent=reason is Reason.PING_TIMEOUT
            )
        self._detach()
        self.server.absent.set(self)
        self.server.tell(self.namespace.on_absent, self, reason)

    def recover(self, session: Session, offset: Any) -> bool:
        """The client is back with its private id and the offset of the last event it saw, if any.

        False when what it missed is no longer all there; it then connects anew.
        """
        old = self.session
        if old is not None:  # it noticed before we did
            self.session_ended(Reason.TAKEN_OVER)
            old.close(Reason.TAKEN_OVER)
        if not self.absent:
            return False
        missed = [] if self.kept is None else self.kept.missed(offset, self.encoding)
        if missed is None:
            self.end(Reason.SLOW_CONSUMER)  # more was missed than may be kept
            return False
        self.server.absent.clear(self)
        self.session = session
        session.join(self)
        self.greet()
        self.kept = None
        if session.open:  # else that was one packet too many for it
            self.server.tell(self.namespace.on_return, self)
            for frames in missed:
                self.send(self.encoding.decode(frames))
        return True

    def hand_over(self, other: Socket) -> list[Emission]:
        """Give this absent socket's place to another one of the same person.

        Moves the topics and returns what was missed, for `other` to be sent.
        """
        missed = [] if self.kept is None else self.kept.unseen()
        for topic in list(self.topics or ()):
            self.server.join(other, topic)
            self.server.leave(self, topic)
        other.state = self.state
        self.connected = False  # its end is nobody's loss
        self.end(Reason.TAKEN_OVER)
        return [self.encoding.decode(frames) for frames in missed]
