"""The one door to what belongs to somebody: who asks, proved by a Bearer token or by a cookie with its proof."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.di import Provide

from parley.accounts.cookies import ACCESS, REFRESH, Cookies
from parley.accounts.schemas import Principal
from parley.accounts.sessions import Sessions
from parley.accounts.visitors import Connection
from parley.kernel.errors import Unauthorized

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY = 65_536
"""Bytes of a JSON body about accounts; none needs more."""
Asked = Request[Any, Any, Any]


class Door:
    """Lets users in."""

    def __init__(self, sessions: Sessions, cookies: Cookies) -> None:
        self._sessions = sessions
        self._cookies = cookies

    @property
    def for_users(self) -> dict[str, Any]:
        """What a route says of itself to be for users alone; its handler is given their `principal`."""
        return {
            "tags": ["accounts"],
            "security": [{"user": []}],
            "dependencies": {"principal": Provide(self.principal)},
        }

    async def principal(self, request: Asked) -> Principal:
        """Who asks. Raises Unauthorized, InvalidToken; CsrfRefused for a cookie without its proof."""
        token = bearer(request)
        if token is not None:
            return await self._sessions.authenticate(token)
        token = request.cookies.get(ACCESS)
        if not token:
            raise Unauthorized
        principal = await self._sessions.authenticate(token)
        if request.method not in SAFE:
            self._cookies.require_proof(request, principal.session_id)
        return principal

    def refresh_token(self, request: Asked, given: str | None) -> str:
        """The refresh token: the one given in the body, else the cookie's with its proof. Raises Unauthorized, CsrfRefused."""
        if given:
            return given
        token = request.cookies.get(REFRESH)
        if not token:
            raise Unauthorized("A refresh token is needed.")
        self._cookies.require_proof(request, token.partition(".")[0])
        return token


def bearer(request: Connection) -> str | None:
    """The token of `Authorization: Bearer …` (RFC 6750); None when there is no such header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
