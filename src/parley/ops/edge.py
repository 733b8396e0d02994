"""What every HTTP answer has in common: which pages get one, security headers, a limit per address, RFC 9457 problems."""

from __future__ import annotations

import http
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Protocol

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from parley.kernel.errors import BadRequest, Forbidden, NotFound, ParleyError, RateLimited
from parley.kernel.origins import Origins
from parley.realtime import client_address, cors_headers, whose

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]
ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]

PROBLEM = "application/problem+json"

# As Helmet 8 sets them, the policy fitted to our own client, which loads nothing from elsewhere.
SECURITY_HEADERS: Sequence[tuple[bytes, bytes]] = (
    (
        b"content-security-policy",
        (
            b"default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; "
            b"media-src 'self' blob:; style-src 'self'; script-src 'self'; object-src 'none'; "
            b"base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
        ),
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"origin-agent-cluster", b"?1"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-dns-prefetch-control", b"off"),
    (b"x-download-options", b"noopen"),
    (b"x-frame-options", b"DENY"),
    (b"x-permitted-cross-domain-policies", b"none"),
    (b"x-xss-protection", b"0"),
)

# Orchestrators and browsers fetching the client itself are not counted.
_COUNTED = ("/health", "/stats", "/api/", "/schema", "/signup", "/login", "/profile", "/status")

# Paths at which something is answered, and no file of the web client's is.
_ANSWERS = (*_COUNTED, "/livez", "/readyz", "/metrics")

# What is answered there is for the one who asked, and for now.
_NOT_KEPT = ("/api/", "/signup", "/login", "/profile", "/status")
_NO_STORE = (b"cache-control", b"no-store")

_SLASHES = re.compile("/{2,}")
# Nothing here is named longer, and a file system fails where it could say that there is no such file.
_MAX_PATH = 2048
_MAX_NAME = 255
# A refused value may be repeated in the refusal, but not at length.
_MAX_SAID = 200
# What the framework says where a handler takes a body and none came: the text of a KeyError.
_NO_BODY = ("data", repr("data"))

# What clients of a seed look for in an error, beside the members of RFC 9457.
_FAMILIES: Sequence[tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = (
    ("/api/auth/", lambda body: {"success": False, "message": body["detail"]}),
    ("/api/v1/users/", lambda body: {"error": body["detail"], "message": body["detail"]}),
)


class Allowance(Protocol):
    """Counts requests by address: 0.0, or the seconds until the next is allowed."""

    def take(self, key: str) -> float: ...


class Edge:
    """ASGI application around another: refuses pages that may not connect, adds the headers, keeps the limit."""

    def __init__(
        self,
        inner: ASGI,
        allowance: Allowance,
        trusted_proxies: Sequence[IPv4Network | IPv6Network],
        origins: Origins,
        refused: Callable[[str], None],
    ) -> None:
        self._inner = inner
        self._allowance = allowance
        self._trusted = trusted_proxies
        self._origins = origins
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message.get("headers", ())}
                wanted = SECURITY_HEADERS
                if scope["path"].startswith(_NOT_KEPT):
                    wanted = (*SECURITY_HEADERS, _NO_STORE)
                message["headers"] = [
                    *message.get("headers", ()),
                    *(header for header in wanted if header[0] not in present),
                ]
            await send(message)

        # HEAD is GET without a body (RFC 9110, 9.3.2), which the ASGI server leaves out by its own scope.
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        # The router takes several slashes for one; what is counted, and what is refused how, must not differ.
        path = scope["path"] = _SLASHES.sub("/", scope["path"])
        origin = _header(scope["headers"], b"origin")
        host = _header(scope["headers"], b"host")
        foreign_page = origin is not None and not self._origins.allows(origin, host)
        if foreign_page and _is_file(scope):
            # Chromium names the origin even for a page's own script. Behind a proxy that hides the host it looks like
            # another's, and the page shall be there to say what is wrong; no other page may read it.
            headers = [header for header in scope["headers"] if header[0] != b"origin"]
            scope, origin = {**scope, "headers": headers}, None
        elif foreign_page:
            # Before anything is counted: a page elsewhere shall not use up what its visitor may ask for.
            foreign = Forbidden("Pages of that origin may not connect.")
            # Not kept: where a proxy keeps files of ours, it would show others this instead.
            await self._refuse(send_with_headers, foreign, path, [_NO_STORE])
            return
        cors = cors_headers(origin)
        # No database and no file system has a name for it.
        if "\0" in path or b"%00" in scope["query_string"]:
            await self._refuse(send_with_headers, BadRequest(), path, cors)
            return
        if len(path) > _MAX_PATH or max(map(len, path.encode().split(b"/"))) > _MAX_NAME:
            await self._refuse(send_with_headers, NotFound(), path, cors)
            return
        if scope["path"].startswith(_COUNTED) and scope["method"] != "OPTIONS":
            peer = scope["client"][0] if scope.get("client") else ""
            address = client_address(peer, scope["headers"], self._trusted)
            wait = self._allowance.take(whose(address))
            if wait:
                error = RateLimited(max(1, round(wait * 1000)))
                await self._refuse(send_with_headers, error, path, cors)
                return
        await self._inner(scope, receive, send_with_headers)

    async def _refuse(self, send: Send, error: ParleyError, path: str, more: Headers) -> None:
        self._refused(error.code)
        await _send_problem(send, error, path, more)


def _is_file(scope: Scope) -> bool:
    """Whether the web client's own files are asked for, which are the same for everybody."""
    return scope["method"] == "GET" and not scope["path"].startswith(_ANSWERS)


def _header(headers: Headers, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key == name), None)


async def _send_problem(send: Send, error: ParleyError, path: str, more: Headers) -> None:
    body = msgspec.json.encode(_in_family(path, error.to_problem()))
    own = {"content-type": PROBLEM, "content-length": str(len(body)), **error.headers()}
    headers = [(name.lower().encode(), text.encode()) for name, text in own.items()]
    await send(
        {"type": "http.response.start", "status": error.status, "headers": [*headers, *more]}
    )
    await send({"type": "http.response.body", "body": body})


def _in_family(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The problem, with what clients of that path's family look for."""
    return next((body | more(body) for family, more in _FAMILIES if path.startswith(family)), body)


def parley_problem(request: Request[Any, Any, Any], error: ParleyError) -> Response[dict[str, Any]]:
    """One of our own errors as a problem."""
    body = _in_family(request.url.path, error.to_problem())
    return Response(body, status_code=error.status, media_type=PROBLEM, headers=error.headers())


CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "rate_limited",
}
"""By status, what the web framework refuses by itself."""


def problem_code(error: Exception) -> str:
    """The stable code by which a problem is told and counted."""
    if isinstance(error, ParleyError):
        return error.code
    status = error.status_code if isinstance(error, HTTPException) else 500
    return CODES.get(status, "internal" if status >= 500 else "bad_request")


def http_problem(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """What the web framework refuses, in the same shape."""
    status = error.status_code
    code = problem_code(error)
    if code == NotFound.code:  # the framework would tell what it looked for, and where
        return parley_problem(request, NotFound())
    body = {
        "type": "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": _detail(error) if status < 500 else ParleyError.text,
        "code": code,
    }
    body = _in_family(request.url.path, body)
    return Response(body, status_code=status, media_type=PROBLEM, headers=error.headers)


def _detail(error: HTTPException) -> str:
    """What is wrong, and with what: the framework keeps that beside a sentence that says neither."""
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return error.detail
    wrong = []
    for one in error.extra:
        member = one.get("key")
        if (member, one["message"]) == _NO_BODY:
            wrong.append("A JSON body is needed.")
            continue
        where = f" - at `{member}`" if member not in (None, "data") else ""
        wrong.append(f"{one['message'][:_MAX_SAID]}{where}")
    return "; ".join(wrong)


def unexpected_problem(
    request: Request[Any, Any, Any], error: Exception
) -> Response[dict[str, Any]]:
    """A mistake of ours: logged whole, told in one sentence."""
    log.error("request_failed", path=request.url.path, exc_info=error)
    return parley_problem(request, ParleyError())
