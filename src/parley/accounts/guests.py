"""Guests: people without an account, known again by a signed token.

The token is a JWT (RFC 7519, HS256) with `sub` (the guest's id), `typ` "guest" and `iat`. It does not
expire: it opens nothing but being the same stranger as before, so that a cooldown or a ban survives a
reconnect.

Everybody who connects is issued one, so it is written here, in a tenth of the time that the library
takes. One that comes back is ours if it is spelled as we would have written it.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec

from parley.kernel.actor import Actor
from parley.kernel.clock import Clock
from parley.kernel.errors import InvalidToken
from parley.kernel.ids import Ids

GUEST = "g_"
"""How a guest's id begins; no user's does."""

_ALGORITHM = "HS256"
_HEADER = {"alg": _ALGORITHM, "typ": "JWT"}
_MAX_TOKEN = 512
_encode = msgspec.json.Encoder().encode


def _part(data: bytes) -> bytes:
    """As a part of a JWT (RFC 7515, section 2: base64url without padding)."""
    return urlsafe_b64encode(data).rstrip(b"=")


_BEGINNING = _part(_encode(_HEADER)) + b"."


class _Claims(msgspec.Struct):
    sub: str
    typ: str
    iat: int


class Guests:
    """Issues and verifies guest tokens."""

    def __init__(self, secret: str, clock: Clock, ids: Ids) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._ids = ids

    def new(self) -> Actor:
        """Somebody never seen before."""
        return Actor(f"{GUEST}{self._ids.long()}", "guest")

    def issue(self, actor: Actor) -> str:
        """A token by which this guest is known again."""
        claims = {"sub": actor.id, "typ": "guest", "iat": self._clock.wall() // 1000}
        signed = _BEGINNING + _part(_encode(claims))
        return (signed + b"." + _part(hmac.digest(self._secret, signed, "sha256"))).decode()

    def verify(self, token: Any) -> Actor:
        """The guest whose token this is. Raises InvalidToken for anything else."""
        if not isinstance(token, str) or len(token) > _MAX_TOKEN or not token.isascii():
            raise InvalidToken
        signed, _, seal = token.encode().rpartition(b".")
        # Compared as it is spelled: base64 leaves bits that a reader would ignore.
        right = _part(hmac.digest(self._secret, signed, "sha256"))
        if not signed.startswith(_BEGINNING) or not hmac.compare_digest(seal, right):
            raise InvalidToken
        body = signed[len(_BEGINNING) :]
        claims = msgspec.json.decode(
            urlsafe_b64decode(body + b"=" * (-len(body) % 4)), type=_Claims
        )
        if claims.typ != "guest" or not claims.sub.startswith(GUEST):
            raise InvalidToken
        return Actor(claims.sub, "guest")
