"""The one port: uvicorn's HTTP protocol, with a clock on the headers and a door for WebSockets.

An upgrade request for one of the `routes` leaves uvicorn for good, on whatever request of a kept-alive
connection it comes; everything else stays with uvicorn and its ASGI application.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .deadlines import Deadlines
from .options import Options, Request, client_address

Upgrade = Callable[[Request, asyncio.Transport], None]


def front_door(  # noqa: C901 - a class, not a maze
    options: Options, routes: Mapping[str, Upgrade]
) -> type[HttpToolsProtocol]:
    """The class to give to uvicorn as `http=`: `routes` maps a path to what answers its upgrades."""

    def too_slow(protocol: FrontDoor) -> None:
        protocol.transport.abort()

    unheard: Deadlines[FrontDoor] = Deadlines(options.header_timeout, too_slow)
    unread: Deadlines[FrontDoor] = Deadlines(_READ_WAIT, too_slow)

    class FrontDoor(HttpToolsProtocol):
        head = 0  # bytes of a request's head that came in earlier pieces

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            unheard.set(self)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            unheard.clear(self)
            unread.clear(self)
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            unread.set(self)
            super().pause_writing()

        def resume_writing(self) -> None:
            unread.clear(self)
            super().resume_writing()

        def on_message_begin(self) -> None:
            # Each request's headers are on the clock, not the connection's first alone.
            unheard.set(self)
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            unheard.clear(self)
            self.head = 0
            super().on_headers_complete()

        def _should_upgrade(self) -> bool:
            return self._get_upgrade() == b"websocket" and self.parser.get_method() == b"GET"

        def data_received(self, data: bytes) -> None:
            self._unset_keepalive_if_required()
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if self._should_upgrade():
                    self._upgrade(data[upgrade.args[0] :] if upgrade.args else b"")
            except httptools.HttpParserError:
                self.send_400_response("Invalid HTTP request received.")
            else:
                if self in unheard:
                    self.head += len(data)
                    if self.head > _MAX_HEAD:
                        self.transport.write(_HEAD_TOO_LARGE)
                        self.transport.close()

        def _upgrade(self, rest: bytes) -> None:
            transport = self.transport
            cycle: Any = self.cycle  # None before the first request, whatever its annotation says
            if cycle is not None and not cycle.response_complete:
                transport.abort()  # the answer to the request before this one would end up in frames
                return
            self.connections.discard(self)
            unread.clear(self)
            self.parser = None  # type: ignore[assignment]
            path, _, query = self.url.decode("latin-1").partition("?")
            peer = self.client[0] if self.client else ""
            address = client_address(peer, self.headers, options.trusted_proxies)
            route = routes.get(path) or routes.get(path + "/")
            if route is None:
                transport.write(_NOT_FOUND)
                transport.close()
                return
            route(Request(path, query, self.headers, address), transport)
            protocol: Any = transport.get_protocol()
            if rest and protocol is not self:
                protocol.data_received(rest)

    return FrontDoor


# Seconds in which a client must have taken some of an answer that waits, and bytes of a request's head.
_READ_WAIT = 30.0
_MAX_HEAD = 65536

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
