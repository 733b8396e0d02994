"""The one port: uvicorn's HTTP protocol, with a clock and a bound on each request and a door for WebSockets.

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
from .options import MALFORMED, Options, Request, client_address

Upgrade = Callable[[Request, asyncio.Transport], None]


def front_door(  # noqa: C901 - a class, not a maze
    options: Options, routes: Mapping[str, Upgrade]
) -> type[HttpToolsProtocol]:
    """The class to give to uvicorn as `http=`: `routes` maps a path to what answers its upgrades."""

    def too_slow(protocol: FrontDoor) -> None:
        protocol.transport.abort()

    unheard: Deadlines[FrontDoor] = Deadlines(options.header_timeout, too_slow)
    unread: Deadlines[FrontDoor] = Deadlines(_READ_WAIT, too_slow)
    unfed: Deadlines[FrontDoor] = Deadlines(_READ_WAIT, too_slow)

    class FrontDoor(HttpToolsProtocol):
        head = 0  # bytes of a request's head that came in earlier pieces
        in_head = True
        in_body = False  # also when the answer is long out: whoever sends on still costs
        begun = False  # its body began in the piece at hand
        received = content = fed = 0  # bytes of its later pieces, of body in them, when last timed

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            unheard.set(self)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            unheard.clear(self)
            unread.clear(self)
            unfed.clear(self)
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
            self.in_head = True
            super().on_message_begin()

        def on_header(self, name: bytes, value: bytes) -> None:
            if self.in_head:  # a trailer says nothing that anybody here asks for
                super().on_header(name, value)

        def on_headers_complete(self) -> None:
            unheard.clear(self)
            self.head = 0
            self.in_head, self.in_body, self.begun = False, True, True
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self.content += len(body)
            super().on_body(body)

        def on_message_complete(self) -> None:
            self.in_body = False
            unfed.clear(self)
            super().on_message_complete()

        def _should_upgrade(self) -> bool:
            return self._get_upgrade() == b"websocket" and self.parser.get_method() == b"GET"

        def data_received(self, data: bytes) -> None:
            self._unset_keepalive_if_required()
            self.begun = False
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if self._should_upgrade():
                    self._upgrade(data[upgrade.args[0] :] if upgrade.args else b"")
            except httptools.HttpParserError:
                self._mark_malformed()
                self.send_400_response(_INVALID)
            else:
                if self in unheard:
                    self.head += len(data)
                    if self.head > _MAX_HEAD:
                        self.transport.write(_HEAD_TOO_LARGE)
                        self.transport.close()
                elif self.in_body:
                    self._count_body(len(data))

        def _count_body(self, size: int) -> None:
            """A piece came that does not end its request's body."""
            if self.begun:
                self.received = self.content = self.fed = 0
            else:
                self.received += size
            if self.received - self.content > _MAX_HEAD + self.content // 4:
                self._mark_malformed()
                self.transport.abort()  # chunks of next to nothing, or a trailer that does not end
            elif self not in unfed or self.content - self.fed >= _FED:
                self.fed = self.content
                unfed.set(self)

        def _mark_malformed(self) -> None:
            if self.in_body:  # of a request that the application has before it
                self.scope[MALFORMED] = True  # type: ignore[literal-required]

        def _upgrade(self, rest: bytes) -> None:
            transport = self.transport
            cycle: Any = self.cycle  # None before the first request, whatever its annotation says
            if cycle is not None and not cycle.response_complete:
                transport.abort()  # the answer to the request before this one would end up in frames
                return
            try:
                url = httptools.parse_url(self.url)  # whole, as a proxy may send it, or not
            except httptools.HttpParserInvalidURLError:
                self.send_400_response(_INVALID)
                return
            self.connections.discard(self)
            unread.clear(self)
            self.parser = None  # type: ignore[assignment]
            path = (url.path or b"/").decode("latin-1")
            query = (url.query or b"").decode("latin-1")
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


# Seconds in which a client must have taken some of an answer that waits, or sent `_FED` more bytes of a body.
_READ_WAIT = 30.0
_FED = 65536
# Bytes of a request's head, and of what is around its body.
_MAX_HEAD = 65536

_INVALID = "Invalid HTTP request received."
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
