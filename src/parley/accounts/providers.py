"""Who else can say who somebody is, and how they are asked: what OpenID Connect and GitHub have in common.

The requests are those of RFC 6749 with PKCE (RFC 7636, S256), by Authlib. What is answered is bounded in time and
size; why it is not believed goes to the log, and to the browser goes a code alone.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import Any, NamedTuple, Protocol, TypeVar

import httpx
import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from msgspec import Struct

from parley.kernel.errors import ParleyError

TIMEOUT_S = 10.0
MAX_ANSWER = 262_144

T = TypeVar("T")


class _Provider(ParleyError):
    """`reason` is for the log: what was wrong, without what is secret."""

    status = 502

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self.reason = reason


class ProviderFailed(_Provider):
    """The provider said something that cannot be believed, or refused its own code."""

    code = "oauth_failed"
    text = "The other service did not say who you are."


class ProviderUnavailable(_Provider):
    """The provider does not answer."""

    code = "oauth_unavailable"
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


class Tokens(Struct):
    """A token answer (RFC 6749, 5.1)."""

    access_token: str
    id_token: str | None = None


class _Granted(Struct):
    """GitHub tells its errors with 200, so there may be no token."""

    access_token: str | None = None
    id_token: str | None = None
    error: str | None = None


class _Refused(Struct):
    error: str = ""


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
    """The way to providers: bounded in time and size; follows no redirects, keeps no cookies, packs nothing."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._client: httpx.AsyncClient | None = None

    async def ask(
        self,
        url: str,
        answer: type[T],
        *,
        form: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> T:
        """GET, or POST with a form; the JSON that is answered with 2xx, as that type.

        Raises ProviderUnavailable, ProviderFailed.
        """
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
        try:
            async with asyncio.timeout(self._timeout_s):
                status, body = await self._exchange(url, form, sent)
        except (httpx.HTTPError, OSError) as error:  # a TimeoutError, too, is an OSError
            raise ProviderUnavailable(type(error).__name__) from error
        except (httpx.InvalidURL, ValueError) as error:
            raise ProviderFailed(f"cannot be asked: {type(error).__name__}") from error
        if status >= 500 or status == 429:
            raise ProviderUnavailable(f"status {status}")
        if not 200 <= status < 300:
            raise ProviderFailed(f"status {status}{_why(body)}")
        try:
            return msgspec.json.decode(body, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProviderFailed("the answer is not what the protocol asks for") from error

    async def redeem(self, url: str, client: Client, code: str, flow: Flow, way: str) -> Tokens:
        """The tokens for a code; `way` is how the client proves itself. Raises ProviderUnavailable, ProviderFailed."""
        form = prepare_token_request(
            "authorization_code",
            redirect_uri=flow.redirect_uri,
            code=code,
            code_verifier=flow.verifier,
        )
        _, headers, form = ClientAuth(client.id, client.secret, way).prepare("POST", url, {}, form)
        granted = await self.ask(url, _Granted, form=form, headers=headers)
        if not granted.access_token:
            raise ProviderFailed(f"no token{_code(granted.error or '')}")
        return Tokens(granted.access_token, granted.id_token)

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.aclose()

    async def _exchange(
        self, url: str, form: str | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self._client is None:
            # The system's certificate authorities, not a list of our own, so that an operator's own one counts.
            trusted = ssl.create_default_context()
            self._client = httpx.AsyncClient(
                trust_env=False, timeout=self._timeout_s, verify=trusted
            )
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        method = "GET" if form is None else "POST"
        async with self._client.stream(method, url, content=form, headers=headers) as response:
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MAX_ANSWER:
                    raise ProviderFailed(f"the answer is larger than {MAX_ANSWER} bytes")
            self._client.cookies.clear()
        return response.status_code, bytes(body)


def authorization_url(url: str, client: Client, flow: Flow, scope: str, **more: str) -> str:
    """Where a browser is sent to begin that flow."""
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


def shown_text(value: Any) -> str:
    """A name as far as it can be shown."""
    return value.strip()[:100] if isinstance(value, str) and value.isprintable() else ""


def _why(body: bytes) -> str:
    try:
        return _code(msgspec.json.decode(body, type=_Refused).error)
    except (ValueError, RecursionError):
        return ""


def _code(error: str) -> str:
    """An error's code (RFC 6749, 5.2), if it is one."""
    return f", {error}" if re.fullmatch(r"[a-z_]{1,60}", error) else ""
