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


def front_door(options: Options, routes: Mapping[str, Upgrade]) -> type[HttpToolsProtocol]:
    """The class to give to uvicorn as `http=`: `routes` maps a path to what answers its upgrades."""

    def too_slow(protocol: FrontDoor) -> None:
        protocol.transport.abort()

    unheard: Deadlines[FrontDoor] = Deadlines(options.header_timeout, too_slow)

    class FrontDoor(HttpToolsProtocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            unheard.set(self)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            unheard.clear(self)
            super().connection_lost(exc)

        def on_message_begin(self) -> None:
            # Each request's headers are on the clock, not the connection's first alone.
            unheard.set(self)
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            unheard.clear(self)
            if not self.parser.should_upgrade():
                super().on_headers_complete()
                return
            if self._get_upgrade() == b"websocket" and self.parser.get_method() == b"GET":
                return  # data_received decides, once the parser has let go
            super().on_headers_complete()

        def _should_upgrade_to_ws(self) -> bool:
            return True

        def data_received(self, data: bytes) -> None:
            self._unset_keepalive_if_required()
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if self._should_upgrade():
                    self._upgrade(data[upgrade.args[0] :] if upgrade.args else b"")
            except httptools.HttpParserError:
                self.send_400_response("Invalid HTTP request received.")

        def _upgrade(self, rest: bytes) -> None:
            self.connections.discard(self)
            transport = self.transport
            path, _, query = self.url.decode("latin-1").partition("?")
            peer = self.client[0] if self.client else ""
            request = Request(
                path,
                query,
                self.headers,
                client_address(peer, self.headers, options.trusted_proxies),
            )
            self.parser = None  # type: ignore[assignment]
            route = routes.get(path) or routes.get(path + "/")
            if route is None:
                transport.write(_NOT_FOUND)
                transport.close()
                return
            route(request, transport)
            protocol: Any = transport.get_protocol()
            if rest and protocol is not self:
                protocol.data_received(rest)

    return FrontDoor


_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
