"""Namespaces: what an application does with the sockets that connect to it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from .event import Event
from .session import Reason

if TYPE_CHECKING:
    from .socket import Socket


class ConnectRefused(Exception):
    """Raised by `Namespace.admit`: the client gets CONNECT_ERROR with this message and data."""

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class Namespace:
    """What an application does in a namespace. Each method may be plain or async."""

    def admit(self, socket: Socket, auth: dict[str, Any]) -> Awaitable[None] | None:
        """Raise `ConnectRefused` to keep the client out. Nothing can be emitted yet."""
        return None

    def on_connect(self, socket: Socket, auth: dict[str, Any]) -> Awaitable[None] | None:
        """The client is in."""
        return None

    def on_event(self, socket: Socket, event: Event) -> Awaitable[None] | None:
        """An event arrived; if `event.id` is not None its sender wants `socket.ack(event, ...)`."""
        return None

    def on_malformed(self, socket: Socket) -> None:
        """A plain WebSocket sent what is no event. Socket.IO clients are disconnected for it."""
        socket.disconnect(Reason.PARSE_ERROR)

    def on_absent(self, socket: Socket, reason: Reason) -> None:
        """The transport broke; the client may come back. Only with connection state recovery."""

    def on_return(self, socket: Socket) -> None:
        """The client is back on the same socket, before it gets what it missed."""

    def on_disconnect(self, socket: Socket, reason: Reason) -> None:
        """The socket has ended for good."""
