"""HTTP long-polling: the ASGI application behind the engine's path.

Follows the Engine.IO protocol v4, "HTTP long-polling"; wrong requests get the status codes and bodies
of its reference server. CORS is answered here, as these routes belong to no web framework.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from . import packets
from .engine import Engine
from .engine_session import EngineSession, Polling
from .options import MALFORMED, Refusal, Request, client_address, cors_headers
from .session import Reason
from .websocket import (
    BAD_HANDSHAKE_METHOD,
    BAD_REQUEST,
    FORBIDDEN,
    UNKNOWN_SID,
    engine_error,
    origin_allowed,
    read_query,
    refusal_body,
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_TEXT = "text/plain; charset=UTF-8"
_JSON = "application/json"


class LongPolling:
    """ASGI application that opens sessions and carries their packets over HTTP."""

    def __init__(self, engine: Engine[Any]) -> None:
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        engine = self._engine
        headers = scope["headers"]
        peer = scope["client"][0] if scope.get("client") else ""
        request = Request(
            scope["path"],
            scope["query_string"].decode("latin-1"),
            headers,
            client_address(peer, headers, engine.options.trusted_proxies),
        )
        answer = _Answer(send, [*cors_headers(request.header(b"origin"))])
        if not origin_allowed(engine, request):
            answer.extra = []
            await answer.error(403, engine_error(FORBIDDEN))
            return
        method = scope["method"]
        if method == "OPTIONS":
            await answer.preflight()
            return
        error, sid = read_query(request, "polling")
        session = None if sid is None else engine.find(sid)
        polling = None if session is None else session.polling
        if error is not None:
            await answer.error(400, engine_error(error))
        elif method != "GET" and (method != "POST" or sid is None):
            await answer.error(400, engine_error(BAD_HANDSHAKE_METHOD))
        elif sid is None:
            await self._open(request, answer)
        elif session is None or polling is None or not (session.open or method == "GET"):
            await answer.error(400, engine_error(UNKNOWN_SID))
        elif method == "GET":
            await self._poll(session, polling, receive, answer)
        else:
            await self._post(session, polling, scope, receive, answer)

    async def _open(self, request: Request, answer: _Answer) -> None:
        refusal = self._engine.admit(request)
        if refusal is not None:
            await answer.refused(refusal)
            return
        session = self._engine.open(request, polling=True)
        opening = self._engine.open_packet(session)
        session.opened()
        await answer.text(200, opening)

    async def _poll(
        self, session: EngineSession, polling: Polling, receive: Receive, answer: _Answer
    ) -> None:
        if polling.waiting:
            session.close(Reason.TRANSPORT_ERROR)
            await answer.error(400, engine_error(BAD_REQUEST))
            return
        last = None
        if not session.open:
            self._engine.farewell_fetched(session)
        elif not session.backlog and not polling.upgrading:
            gone = asyncio.ensure_future(_disconnected(receive))
            waiter = polling.begin()
            try:
                await asyncio.wait((gone, waiter), return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    session.finish(Reason.TRANSPORT_ERROR)
                    return
                last = waiter.result()
            finally:
                gone.cancel()
                polling.end()
        batch = session.take_backlog()
        if last is not None:
            batch.append(last)
        elif not session.open and session.websocket is None:
            batch.append(packets.CLOSE)
        await answer.text(200, packets.encode_payload(batch or [packets.NOOP]))

    async def _post(
        self,
        session: EngineSession,
        polling: Polling,
        scope: Scope,
        receive: Receive,
        answer: _Answer,
    ) -> None:
        if polling.posting:
            session.close(Reason.TRANSPORT_ERROR)
            await answer.error(400, engine_error(BAD_REQUEST))
            return
        options = self._engine.options
        polling.posting = True
        try:
            async with asyncio.timeout(options.header_timeout):
                body = await _body(receive, options.max_payload_bytes)
            batch = packets.decode_payload(body.decode())
            if max(map(len, batch)) > options.max_message_bytes:
                raise packets.PacketError("message too large")
        except (packets.PacketError, UnicodeDecodeError, _CutOff, TimeoutError) as error:
            # Whom the network cut off may come back; who sends what is no payload, or no HTTP, may not.
            broke = isinstance(error, _CutOff | TimeoutError) and MALFORMED not in scope
            if not broke:
                self._engine.malformed += 1
            session.close(Reason.TRANSPORT_ERROR if broke else Reason.PARSE_ERROR)
            await answer.error(400, engine_error(BAD_REQUEST))
            return
        finally:
            polling.posting = False
        for packet in batch:
            if session.open:
                session.received(packet)
        await answer.text(200, "ok")


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _CutOff(Exception):
    """The client went away in the midst of a body."""


async def _body(receive: Receive, limit: int) -> bytes:
    """The request's body. Raises `PacketError` when it passes the limit, `_CutOff`."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _CutOff
        body += message.get("body", b"")
        if len(body) > limit:
            raise packets.PacketError("payload too large")
        if not message.get("more_body", False):
            return bytes(body)


class _Answer:
    """Writes one HTTP response with the CORS headers that it was given."""

    def __init__(self, send: Send, extra: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self.extra = extra

    async def text(self, status: int, body: str) -> None:
        await self._write(status, body.encode(), _TEXT)

    async def error(self, status: int, body: dict[str, Any]) -> None:
        await self._write(status, msgspec.json.encode(body), _JSON)

    async def refused(self, refusal: Refusal) -> None:
        if refusal.retry_after is not None:
            self.extra.append((b"retry-after", str(refusal.retry_after).encode()))
        await self.error(refusal.status, refusal_body(refusal))

    async def preflight(self) -> None:
        self.extra += [
            (b"access-control-allow-methods", b"GET,POST"),
            (b"access-control-allow-headers", b"content-type,authorization"),
            (b"access-control-max-age", b"600"),
        ]
        await self._write(204, b"", _TEXT)

    async def _write(self, status: int, body: bytes, content_type: str) -> None:
        headers = [
            (b"content-type", content_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *self.extra,
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
