"""Any OpenID Connect provider, as its discovery document describes it.

What it answers is believed only as far as OpenID Connect Core 1.0, 3.1.3.7 asks to check it: claims by Authlib,
signatures by joserfc. Its addresses and keys are remembered for an hour; that it does not answer, for a moment, so
that people who wait for a provider that is down do not wait for each other.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, NamedTuple

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet
from msgspec import Struct, field

from parley.accounts.providers import (
    Client,
    Flow,
    Line,
    Person,
    ProviderFailed,
    ProviderUnavailable,
    Tokens,
    authorization_url,
    shown_text,
)
from parley.kernel.clock import Clock

KNOWN_FOR_S = 3600.0
"""How long a provider's addresses and keys are believed to be the same."""
ASK_AGAIN_S = 60.0
"""A key that is not among them is looked for this often at most."""
DOWN_FOR_S = 3.0
"""How long a provider that has just failed is not asked again."""
LEEWAY_S = 60
SIGNATURES = frozenset(
    ["Ed25519", *(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512))]
)
"""What only the holder of a private key can make; never `none`, never what the client's secret could make."""
KEY_TYPES = frozenset(["RSA", "EC", "OKP"])


class _Discovery(Struct):
    """What is used of OpenID Connect Discovery 1.0, section 3, with its defaults."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = field(
        default_factory=lambda: ["client_secret_basic"]
    )
    id_token_signing_alg_values_supported: list[str] = field(default_factory=lambda: ["RS256"])
    authorization_response_iss_parameter_supported: bool = False


class _Keys(Struct):
    keys: list[dict[str, Any]]


class _Known(NamedTuple):
    discovery: _Discovery
    algorithms: list[str]
    keys: KeySet
    at: float


class OidcProvider:
    """A provider that its discovery document describes."""

    def __init__(
        self, id: str, name: str, issuer: str, client: Client, line: Line, clock: Clock
    ) -> None:
        self.id = id
        self.name = name
        self._issuer = issuer
        self._client = client
        self._line = line
        self._clock = clock
        self._asking = asyncio.Lock()
        self._known: _Known | None = None
        self._down_until = 0.0
        self._down: ProviderFailed | ProviderUnavailable | None = None

    async def authorization_url(self, flow: Flow) -> str:
        known = await self._discover(KNOWN_FOR_S)
        url = known.discovery.authorization_endpoint
        return authorization_url(url, self._client, flow, "openid email profile", nonce=flow.nonce)

    async def identify(self, code: str, issuer: str | None, flow: Flow) -> Person:
        found = (await self._discover(KNOWN_FOR_S)).discovery
        promised = found.authorization_response_iss_parameter_supported
        if issuer != self._issuer and (promised or issuer is not None):
            raise ProviderFailed("the answer names another issuer")
        basic = "client_secret_basic" in found.token_endpoint_auth_methods_supported
        way = "client_secret_basic" if basic else "client_secret_post"
        tokens = await self._line.redeem(found.token_endpoint, self._client, code, flow, way)
        claims = await self._verify(tokens, flow.nonce)
        subject = _subject(claims.get("sub"))
        if "email" not in claims and found.userinfo_endpoint is not None:
            claims = claims | await self._user_info(found.userinfo_endpoint, tokens, subject)
        verified = claims.get("email_verified")
        email = claims.get("email") if verified is True or verified == "true" else None
        return Person(
            subject,
            email if isinstance(email, str) else None,
            shown_text(claims.get("preferred_username")),
            shown_text(claims.get("name")),
        )

    async def _user_info(self, url: str, tokens: Tokens, subject: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        told = await self._line.ask(url, dict[str, Any], headers=headers)
        if told.get("sub") != subject:  # OpenID Connect Core 1.0, 5.3.2
            raise ProviderFailed("userinfo is about somebody else")
        return told

    async def _verify(self, tokens: Tokens, nonce: str) -> dict[str, Any]:
        """The claims of the ID token. Raises ProviderFailed."""
        if tokens.id_token is None:
            raise ProviderFailed("no ID token")
        try:
            decoded = await self._decode(tokens.id_token)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client.id},
                },
                {
                    "nonce": nonce,
                    "client_id": self._client.id,
                    "access_token": tokens.access_token,
                },
            )
            claims.validate(self._clock.wall() // 1000, LEEWAY_S)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            claim = getattr(error, "claim", "")
            told = f"ID token: {type(error).__name__} {claim}".strip()
            raise ProviderFailed(told) from error
        return dict(claims)

    async def _decode(self, token: str) -> jwt.Token:
        known = await self._discover(KNOWN_FOR_S)
        try:
            return jwt.decode(token, known.keys, algorithms=known.algorithms)
        except (JoseError, ValueError):
            # The provider may have changed its keys since it was asked.
            again = await self._discover(ASK_AGAIN_S)
            if again is known:
                raise
            return jwt.decode(token, again.keys, algorithms=again.algorithms)

    async def _discover(self, not_older_than: float) -> _Known:
        async with self._asking:
            now = self._clock.now()
            if self._known is not None and now - self._known.at < not_older_than:
                return self._known
            if self._down is not None and now < self._down_until:
                raise type(self._down)(self._down.reason)
            try:
                self._known, self._down = await self._ask(), None
            except (ProviderFailed, ProviderUnavailable) as error:
                self._down, self._down_until = error, self._clock.now() + DOWN_FOR_S
                raise
            return self._known

    async def _ask(self) -> _Known:
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        found = await self._line.ask(url, _Discovery)
        if found.issuer != self._issuer:
            raise ProviderFailed("discovery: it calls itself by another issuer")
        scheme = "https" if self._issuer.startswith("https:") else "https?"
        used = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        for address in (*used, found.userinfo_endpoint or used[0]):
            if not re.fullmatch(rf"{scheme}://[!-~]+", address):
                raise ProviderFailed("discovery: an address that is none, or without https")
        algorithms = sorted(SIGNATURES.intersection(found.id_token_signing_alg_values_supported))
        if not algorithms:  # to joserfc an empty list is no restriction
            raise ProviderFailed("discovery: no signatures that can be checked")
        keys = _key_set(await self._line.ask(found.jwks_uri, _Keys))
        return _Known(found, algorithms, keys, self._clock.now())


def _key_set(told: _Keys) -> KeySet:
    """Those that are understood (RFC 7517, 5: the others are ignored)."""
    keys = []
    for one in told.keys:
        if one.get("kty") in KEY_TYPES:
            try:
                keys.append(JWKRegistry.import_key(one))
            except (JoseError, ValueError, KeyError, TypeError):
                continue
    if not keys:
        raise ProviderFailed("it has no keys")
    return KeySet(keys)


def _subject(value: Any) -> str:
    """At most 255 characters (OpenID Connect Core 1.0, 2), all of them such as databases take."""
    if not isinstance(value, str) or not 1 <= len(value) <= 255 or not value.isprintable():
        raise ProviderFailed("ID token: a subject that is none")
    return value
