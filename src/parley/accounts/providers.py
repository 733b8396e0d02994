"""Who else can say who somebody is: any OpenID Connect provider by its discovery document, and GitHub.

The requests are those of RFC 6749 with PKCE (RFC 7636, S256); what a provider answers is believed only as far
as OpenID Connect Core 1.0, 3.1.3.7 asks to check it. Parts of the protocol are Authlib's, signatures joserfc's.
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple, Protocol, TypeVar

import httpx
import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct, field

from parley.kernel.clock import Clock
from parley.kernel.errors import ParleyError

TIMEOUT_S = 10.0
MAX_ANSWER = 262_144
KNOWN_FOR_S = 3600.0
"""How long a provider's addresses and keys are believed to be the same."""
ASK_AGAIN_S = 60.0
"""A key that is not among them is looked for this often at most."""
LEEWAY_S = 60
SIGNATURES = frozenset(
    [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "EdDSA",
        "Ed25519",
    ]
)

T = TypeVar("T")


class ProviderFailed(ParleyError):
    """The provider said something that cannot be believed, or refused its own code."""

    code = "oauth_failed"
    status = 502
    text = "The other service did not say who you are."


class ProviderUnavailable(ParleyError):
    """The provider does not answer."""

    code = "oauth_unavailable"
    status = 502
    text = "The other service does not answer; try again later."


class Client(NamedTuple):
    """What the provider knows this server by."""

    id: str
    secret: str


class Flow(NamedTuple):
    """The secrets of one sign-in, each of 256 bits, and where it ends."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class Person(NamedTuple):
    """Who the provider says somebody is. `email` only when the provider has verified it."""

    subject: str
    email: str | None
    username: str
    name: str


class Provider(Protocol):
    """One service that people can sign in with."""

    id: str
    name: str

    async def authorization_url(self, flow: Flow) -> str:
        """Where to send the browser. Raises ProviderUnavailable, ProviderFailed."""

    async def identify(self, code: str, issuer: str | None, flow: Flow) -> Person:
        """Who came back with that code; `issuer` as the answer names it (RFC 9207).

        Raises ProviderUnavailable, ProviderFailed.
        """


class Line:
    """The way to providers: bounded in time and size; follows no redirects, keeps no cookies."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def ask(
        self,
        url: str,
        answer: type[T],
        *,
        form: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> T:
        """GET, or POST with a form; the JSON that is answered with 2xx, as that type."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                body = await self._body(
                    url, form, {"Accept": "application/json", **(headers or {})}
                )
            return msgspec.json.decode(body, type=answer)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise ProviderUnavailable from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProviderFailed from error

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.aclose()

    async def _body(self, url: str, form: str | None, headers: dict[str, str]) -> bytes:
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S)
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        method = "GET" if form is None else "POST"
        async with self._client.stream(method, url, content=form, headers=headers) as response:
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_ANSWER:
                    raise ProviderFailed
            self._client.cookies.clear()
        if response.status_code >= 500 or response.status_code == 429:
            raise ProviderUnavailable
        if not response.is_success:
            raise ProviderFailed
        return bytes(body)


class _Tokens(Struct):
    """A token answer (RFC 6749, 5.1). GitHub tells its errors with 200, so there may be no token."""

    access_token: str | None = None
    id_token: str | None = None


async def _redeem(line: Line, url: str, client: Client, code: str, flow: Flow, way: str) -> _Tokens:
    form = prepare_token_request(
        "authorization_code",
        redirect_uri=flow.redirect_uri,
        code=code,
        code_verifier=flow.verifier,
    )
    prove = ClientAuth(client.id, client.secret, way)
    _, headers, form = prove.prepare("POST", url, {}, form)
    tokens = await line.ask(url, _Tokens, form=form, headers=headers)
    if not tokens.access_token:
        raise ProviderFailed
    return tokens


def _authorization_url(url: str, client: Client, flow: Flow, scope: str, **more: str) -> str:
    uri: str = prepare_grant_uri(
        url,
        client_id=client.id,
        response_type="code",
        redirect_uri=flow.redirect_uri,
        scope=scope,
        state=flow.state,
        code_challenge=create_s256_code_challenge(flow.verifier),
        code_challenge_method="S256",
        **more,
    )
    return uri


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


class _Known(NamedTuple):
    discovery: _Discovery
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

    async def authorization_url(self, flow: Flow) -> str:
        known = await self._discover(KNOWN_FOR_S)
        return _authorization_url(
            known.discovery.authorization_endpoint,
            self._client,
            flow,
            "openid email profile",
            nonce=flow.nonce,
        )

    async def identify(self, code: str, issuer: str | None, flow: Flow) -> Person:
        known = await self._discover(KNOWN_FOR_S)
        found = known.discovery
        promised = found.authorization_response_iss_parameter_supported
        if issuer != self._issuer and (promised or issuer is not None):
            raise ProviderFailed
        basic = "client_secret_basic" in found.token_endpoint_auth_methods_supported
        way = "client_secret_basic" if basic else "client_secret_post"
        tokens = await _redeem(self._line, found.token_endpoint, self._client, code, flow, way)
        if tokens.id_token is None:
            raise ProviderFailed
        claims = await self._verify(tokens.id_token, tokens.access_token, flow.nonce)
        subject = _subject(claims.get("sub"))
        if "email" not in claims and found.userinfo_endpoint is not None:
            claims = claims | await self._user_info(found.userinfo_endpoint, tokens, subject)
        verified = claims.get("email_verified")
        email = claims.get("email") if verified is True or verified == "true" else None
        return Person(
            subject,
            email if isinstance(email, str) else None,
            _text(claims.get("preferred_username")),
            _text(claims.get("name")),
        )

    async def _user_info(self, url: str, tokens: _Tokens, subject: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        told = await self._line.ask(url, dict[str, Any], headers=headers)
        if told.get("sub") != subject:  # OpenID Connect Core 1.0, 5.3.2
            raise ProviderFailed
        return told

    async def _verify(self, token: str, access_token: str | None, nonce: str) -> dict[str, Any]:
        """The claims of an ID token. Raises ProviderFailed."""
        try:
            decoded = await self._decode(token)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client.id},
                },
                {"nonce": nonce, "client_id": self._client.id, "access_token": access_token},
            )
            claims.validate(self._clock.wall() // 1000, LEEWAY_S)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise ProviderFailed from error
        return dict(claims)

    async def _decode(self, token: str) -> jwt.Token:
        known = await self._discover(KNOWN_FOR_S)
        try:
            return _decode(token, known)
        except (JoseError, ValueError):
            # The provider may have changed its keys since it was asked.
            again = await self._discover(ASK_AGAIN_S)
            if again is known:
                raise
            return _decode(token, again)

    async def _discover(self, not_older_than: float) -> _Known:
        async with self._asking:
            known = self._known
            if known is not None and self._clock.now() - known.at < not_older_than:
                return known
            url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self._line.ask(url, _Discovery)
            secure = not self._issuer.startswith("https:") or all(
                address.startswith("https:")
                for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
            )
            if found.issuer != self._issuer or not secure:
                raise ProviderFailed
            keys = await self._line.ask(found.jwks_uri, dict[str, Any])
            try:
                imported = KeySet.import_key_set(keys)  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ProviderFailed from error
            self._known = _Known(found, imported, self._clock.now())
            return self._known


def _decode(token: str, known: _Known) -> jwt.Token:
    algorithms = SIGNATURES.intersection(known.discovery.id_token_signing_alg_values_supported)
    return jwt.decode(token, known.keys, algorithms=sorted(algorithms))


class _GitHubUser(Struct):
    id: int
    login: str = ""
    name: str | None = None


class _GitHubEmail(Struct):
    email: str
    primary: bool = False
    verified: bool = False


class GitHubProvider:
    """GitHub, which has OAuth without OpenID Connect; or a GitHub Enterprise Server at another address."""

    id = "github"
    name = "GitHub"

    def __init__(self, url: str, client: Client, line: Line) -> None:
        self._url = url
        self._api = "https://api.github.com" if url == "https://github.com" else f"{url}/api/v3"
        self._client = client
        self._line = line

    async def authorization_url(self, flow: Flow) -> str:
        url = f"{self._url}/login/oauth/authorize"
        return _authorization_url(url, self._client, flow, "read:user user:email")

    async def identify(self, code: str, issuer: str | None, flow: Flow) -> Person:
        url = f"{self._url}/login/oauth/access_token"
        tokens = await _redeem(self._line, url, self._client, code, flow, "client_secret_post")
        headers = {"Authorization": f"Bearer {tokens.access_token}", "User-Agent": "Parley"}
        user = await self._line.ask(f"{self._api}/user", _GitHubUser, headers=headers)
        # The profile shows any address; only this list says which are verified.
        emails = await self._line.ask(
            f"{self._api}/user/emails", list[_GitHubEmail], headers=headers
        )
        email = next((one.email for one in emails if one.primary and one.verified), None)
        return Person(str(user.id), email, _text(user.login), _text(user.name))


def _subject(value: Any) -> str:
    """At most 255 characters (OpenID Connect Core 1.0, 2), all of them such as databases take."""
    if not isinstance(value, str) or not 1 <= len(value) <= 255 or not value.isprintable():
        raise ProviderFailed
    return value


def _text(value: Any) -> str:
    """A name as far as it can be shown."""
    return value.strip()[:100] if isinstance(value, str) and value.isprintable() else ""
