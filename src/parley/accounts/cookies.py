"""Cookies that sign somebody in, and the proof that our own page has sent them.

`refresh_token` goes to /api/auth alone, `access_token` (only with AUTH_COOKIES_ONLY) to everything; no script
can read either, and no other site's page can send them (RFC 6265bis, SameSite=Strict). A page that may
connect reads `csrf_token` and says it back in `X-CSRF-Token`; it is signed for its session, so that nobody can
plant one.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from litestar.datastructures import Cookie

from parley.accounts.errors import CsrfRefused
from parley.accounts.schemas import Device, Tokens
from parley.accounts.visitors import Connection, Visitors
from parley.kernel.ids import Ids

REFRESH, ACCESS, CSRF = "refresh_token", "access_token", "csrf_token"
CSRF_HEADER = "x-csrf-token"
_PATHS = {REFRESH: "/api/auth", ACCESS: "/", CSRF: "/"}


class Cookies:
    """Makes the cookies of a session, clears them, and checks their proof."""

    def __init__(
        self,
        key: bytes,
        ids: Ids,
        visitors: Visitors,
        *,
        instead_of_json: bool,
        access_s: float,
        session_s: float,
    ) -> None:
        self.instead_of_json = instead_of_json
        """Whether tokens come as cookies alone."""
        self._key = key
        self._ids = ids
        self._visitors = visitors
        self._access_s = round(access_s)
        self._session_s = round(session_s)

    def of(self, tokens: Tokens, device: Device) -> Sequence[Cookie]:
        """The cookies of somebody who has just got these tokens."""
        session_id = tokens.refresh_token.partition(".")[0]
        made = [
            self._cookie(REFRESH, tokens.refresh_token, device, self._session_s),
            self._cookie(CSRF, self._proof(session_id, self._ids.long()), device, self._session_s),
        ]
        if self.instead_of_json:
            made.append(self._cookie(ACCESS, tokens.access_token, device, self._access_s))
        return made

    def none(self, device: Device) -> Sequence[Cookie]:
        """What clears them."""
        return [self._cookie(name, "", device, 0) for name in _PATHS]

    def of_handshake(self, headers: Sequence[tuple[bytes, bytes]]) -> str | None:
        """The access token that a socket's handshake brings as a cookie, where tokens are cookies alone.

        There is no second proof in a handshake, so it counts only from a page that is named as one of ours: a
        page elsewhere could else speak for whoever looks at it (CWE-1385).
        """
        if not self.instead_of_json:
            return None
        said: dict[str, str] = {}
        for name, value in headers:
            said.setdefault(name.decode("latin-1"), value.decode("latin-1"))
        parts = (part.strip().partition("=") for part in said.get("cookie", "").split(";"))
        token = {name: value for name, _, value in parts}.get(ACCESS)
        return token if token and self._visitors.own_page(said) else None

    def require_proof(self, request: Connection, session_id: str) -> None:
        """Raises CsrfRefused unless a page that may connect sends this, and can read that session's `csrf_token`."""
        self._visitors.require_own_page(request)
        said, kept = request.headers.get(CSRF_HEADER, ""), request.cookies.get(CSRF, "")
        nonce = kept.partition(".")[0]
        right = self._proof(session_id, nonce)
        if not (
            hmac.compare_digest(said.encode(), kept.encode())
            and hmac.compare_digest(kept.encode(), right.encode())
        ):
            raise CsrfRefused

    def _proof(self, session_id: str, nonce: str) -> str:
        text = f"{session_id}.{nonce}".encode("utf-8", "replace")
        return f"{nonce}.{hmac.digest(self._key, text, 'sha256').hex()}"

    def _cookie(self, name: str, value: str, device: Device, max_age: int) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            path=_PATHS[name],
            max_age=max_age,
            httponly=name != CSRF,
            secure=device.secure,
            samesite="strict",
        )
