"""Signed tokens: JSON Web Tokens (RFC 7519) of one algorithm, checked to the last bit (RFC 8725).

A token is what it says by its `typ` claim; a verifier asks for the type that it takes, and knows one key
and one algorithm, whatever the token's header asks for. `crit` and other ways to talk a verifier into
something are refused, and so is a second spelling of the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Collection
from typing import Any, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from parley.kernel.clock import Clock
from parley.kernel.errors import InvalidToken

Algorithm = Literal["HS256", "EdDSA"]
MAX_TOKEN = 2048
"""Characters; ours have about 300."""

_HEADER = {"alg", "typ", "kid"}


class Claims(msgspec.Struct, frozen=True):
    """What a token says: whose it is, of which session, of which type, from when to when (seconds since 1970).

    `until`: how long a connection is good that has shown it in time (type `socket`).
    """

    sub: str
    sid: str
    jti: str
    typ: str
    iat: int
    exp: int
    nbf: int | None = None
    until: int | None = None


def derive(secret: str, purpose: str) -> bytes:
    """A key for one purpose alone, 32 bytes, from the server's secret (HKDF-Expand's first block, RFC 5869)."""
    return hmac.digest(secret.encode(), f"parley {purpose}".encode() + b"\x01", "sha256")


def digest(secret: str) -> str:
    """What is stored of a random secret: its SHA-256, in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Signer:
    """Signs claims, and verifies tokens that it has signed."""

    def __init__(self, key: bytes | Ed25519PrivateKey, clock: Clock) -> None:
        self._clock = clock
        self.algorithm: Algorithm = "HS256" if isinstance(key, bytes) else "EdDSA"
        self._signs: Any = key
        self._verifies: Any = key if isinstance(key, bytes) else key.public_key()
        self._jws = jwt.PyJWS(algorithms=[self.algorithm])

    def sign(self, claims: Claims) -> str:
        """The token that says so."""
        body = {
            name: value for name, value in msgspec.to_builtins(claims).items() if value is not None
        }
        return self._jws.encode(
            msgspec.json.encode(body), self._signs, self.algorithm, {"typ": "JWT"}
        )

    def verify(self, token: Any, types: Collection[str]) -> Claims:
        """What a token of one of these types says. Raises InvalidToken: forged, expired, not yet valid, no token."""
        if not isinstance(token, str) or len(token) > MAX_TOKEN or not _canonical(token):
            raise InvalidToken
        try:
            found = self._jws.decode_complete(token, self._verifies, [self.algorithm])
            claims = msgspec.json.decode(found["payload"], type=Claims)
        except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
            raise InvalidToken from error
        if not found["header"].keys() <= _HEADER or claims.typ not in types:
            raise InvalidToken
        now = self._clock.wall() // 1000
        # Nobody's clock but ours has set these, so there is no leeway.
        if claims.exp <= now or claims.iat > now or (claims.nbf is not None and claims.nbf > now):
            raise InvalidToken
        return claims


def _canonical(token: str) -> bool:
    """Whether the signature is spelled as it was written: base64 leaves bits that a lenient reader ignores."""
    signature = token.rpartition(".")[2]
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (binascii.Error, ValueError):
        return False
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == signature
