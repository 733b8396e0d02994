"""Puts an engine on a port: what uvicorn needs to serve it, alone or before another ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .engine import Engine
from .http import Upgrade, front_door
from .namespace import Namespace
from .options import Request
from .plain import plain_upgrade
from .polling import LongPolling, Receive, Scope, Send
from .server import Server
from .websocket import upgrade

ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]


class Application:
    """ASGI application and HTTP protocol class for one engine.

    What is not under the engine's path goes to `other`. `plain` maps further paths to the namespace
    whose events are served there over a bare WebSocket.
    """

    def __init__(
        self,
        engine: Engine[Any] | Server,
        *,
        other: ASGI | None = None,
        plain: dict[str, Namespace] | None = None,
    ) -> None:
        server = engine if isinstance(engine, Server) else None
        self.engine: Engine[Any] = engine.engine if isinstance(engine, Server) else engine
        self._polling = LongPolling(self.engine)
        self._other = other
        path = self.engine.options.path
        self._path = path.rstrip("/")
        routes: dict[str, Upgrade] = {path: self._upgrade}
        if server is not None:
            for route, namespace in (plain or {}).items():
                routes[route] = _plain(server, namespace)
        self.http: type[HttpToolsProtocol] = front_door(self.engine.options, routes)

    def _upgrade(self, request: Request, transport: asyncio.Transport) -> None:
        upgrade(self.engine, request, transport)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].rstrip("/") == self._path:
            await self._polling(scope, receive, send)
        elif self._other is not None:
            await self._other(scope, receive, send)
        elif scope["type"] == "http":
            head = [(b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 404, "headers": head})
            await send({"type": "http.response.body", "body": b""})

    def config(self, **options: Any) -> uvicorn.Config:
        """uvicorn's configuration for this application; `options` are uvicorn's own."""
        settings: dict[str, Any] = {
            "http": self.http,
            "ws": "none",
            "loop": "uvloop",
            "proxy_headers": False,
            "server_header": False,
            "access_log": False,
            "log_config": None,
            "backlog": 4096,
        }
        return uvicorn.Config(self, **(settings | options))


def _plain(server: Server, namespace: Namespace) -> Upgrade:
    def route(request: Request, transport: asyncio.Transport) -> None:
        plain_upgrade(server, namespace, request, transport)

    return route
