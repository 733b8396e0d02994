"""Signing in with an account elsewhere.

A sign-in belongs to the browser that began it: a cookie holds a random key, and the state, the nonce and the
PKCE verifier that go with it are made from that key and the server's secret, so nothing is stored, any node can
finish it, and neither the cookie nor the URL tells the others. The account is found by (provider, subject)
alone. An address makes two accounts one only if both sides have verified it; else whoever signed up with
somebody's address would be let into what that person does later.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import structlog

from parley.accounts import rules
from parley.accounts.errors import Taken
from parley.accounts.github import GitHubProvider
from parley.accounts.identities import Identities
from parley.accounts.oidc import OidcProvider
from parley.accounts.providers import Client, Flow, Line, Person, Provider, ProviderFailed
from parley.accounts.schemas import NewAccount
from parley.accounts.service import Accounts
from parley.accounts.user import User
from parley.kernel.clock import Clock
from parley.kernel.errors import BadRequest, Conflict, Forbidden, NotFound
from parley.kernel.ids import Ids
from parley.settings import Settings

log = structlog.get_logger(__name__)

FLOW_S = 600
GOOGLE = "https://accounts.google.com"
HOME = "/"
_MAX_COOKIE = 2048
_MAX_PATH = 512
_MAX_TOKEN = 200
# No backslash, no control character, and no second slash: browsers read all of those as another host.
_OWN_PATH = re.compile(r"/(?![/])[A-Za-z0-9\-._~!$&'()*+,;=:@%/?#\[\]]*")
_TRIES = 5


class SignInDenied(Forbidden):
    """Somebody said no at the provider."""

    code = "oauth_denied"
    text = "The other service was told not to say who you are."


class ForeignAnswer(BadRequest):
    """This browser has not begun that sign-in, or more than ten minutes ago."""

    code = "oauth_state"
    text = "That sign-in was not begun here, or too long ago; begin again."


class AddressInUse(Conflict):
    """An account has the address, and has not shown that it is its own."""

    code = "oauth_email_taken"
    text = "An account has that address. Sign in with its password; or have it reset, which proves the address."


class Started(msgspec.Struct, frozen=True):
    """What the cookie says of a sign-in that has begun. `until` in seconds since 1970.

    `before` is the refresh token that the browser had: its own cookie does not come along from another site.
    """

    key: str
    provider: str
    next: str
    until: int
    before: str = ""


class Answer(NamedTuple):
    """What the provider sends the browser back with."""

    state: str | None
    code: str | None
    error: str | None
    issuer: str | None


def own_path(text: str | None) -> str:
    """Where to go after signing in: a path of this server's pages, else its first page."""
    if text is None or len(text) > _MAX_PATH or not _OWN_PATH.fullmatch(text):
        return HOME
    return HOME if text.startswith("/api/") else text


class OAuth:
    """Begins and ends sign-ins with other services."""

    def __init__(
        self,
        providers: Mapping[str, Provider],
        accounts: Accounts,
        identities: Identities,
        key: bytes,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self.providers = providers
        self._accounts = accounts
        self._identities = identities
        self._key = key
        self._clock = clock
        self._ids = ids

    def provider(self, id: str) -> Provider:
        """That provider. Raises NotFound when it is not configured."""
        if (found := self.providers.get(id)) is None:
            raise NotFound("One cannot sign in with that here.")
        return found

    async def begin(
        self, provider: Provider, next: str, redirect_uri: str, before: str = ""
    ) -> tuple[str, str]:
        """Where to send the browser, and the cookie to send it with. Raises ProviderUnavailable, ProviderFailed."""
        until = self._clock.wall() // 1000 + FLOW_S
        cookie = _sealed(Started(self._ids.secret(), provider.id, next, until, before[:_MAX_TOKEN]))
        return await provider.authorization_url(self._flow(cookie, redirect_uri)), cookie

    def started(self, provider: Provider, cookie: str | None, answer: Answer) -> Started:
        """The sign-in that this answer belongs to. Raises ForeignAnswer."""
        started = _opened(cookie)
        if cookie is None or started is None or started.provider != provider.id:
            raise ForeignAnswer
        # The state is a seal of the cookie: who has both has got them from us.
        right = self._flow(cookie, "").state
        given = (answer.state or "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, right.encode()):
            raise ForeignAnswer
        if started.until <= self._clock.wall() // 1000:
            raise ForeignAnswer
        return started

    async def finish(
        self, provider: Provider, cookie: str, answer: Answer, redirect_uri: str
    ) -> User:
        """Who has signed in, once `started` was asked; a new account when it is nobody yet.

        Raises SignInDenied, ProviderFailed, ProviderUnavailable, AddressInUse.
        """
        if answer.error == "access_denied":
            raise SignInDenied
        if answer.error is not None or not answer.code:
            raise ProviderFailed("the answer is an error" if answer.error else "no code")
        flow = self._flow(cookie, redirect_uri)
        person = await provider.identify(answer.code, answer.issuer, flow)
        return await self._user(provider.id, person)

    async def _user(self, provider: str, person: Person) -> User:
        owner = await self._identities.owner(provider, person.subject)
        if owner is not None:
            return await self._accounts.user(owner)
        email = _usable(person.email)
        same = await self._accounts.by_email(email) if email is not None else None
        if same is not None and not _proved(same, email):
            raise AddressInUse
        user = same or await self._make(person, email)
        if await self._identities.add(provider, person.subject, user.id, email):
            log.info("identity_added", user=user.id, provider=provider)
            return user
        # The same person was faster in another tab.
        owner = await self._identities.owner(provider, person.subject)
        if owner is None:
            raise ProviderFailed("the account has just been deleted")
        if same is None and owner != user.id:
            await self._identities.discard(user.id)
        return await self._accounts.user(owner)

    async def _make(self, person: Person, email: str | None) -> User:
        wished = _username(person.username)
        for tries in range(_TRIES):
            lone = f"{wished[:20] or 'user'}_{self._ids.object_id()[:6]}"
            new = NewAccount(
                username=wished if wished and not tries else lone,
                email=email,
                password=None,
                name=person.name,
                email_verified=email is not None,
            )
            try:
                return await self._accounts.register(new)
            except Taken as taken:
                if taken.details["field"] == "email":
                    raise AddressInUse from taken
        raise ProviderFailed("no username is free")

    def _flow(self, cookie: str, redirect_uri: str) -> Flow:
        def secret(purpose: str) -> str:
            made = hmac.digest(
                self._key, f"{purpose} {cookie}".encode("utf-8", "replace"), "sha256"
            )
            return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

        return Flow(secret("state"), secret("nonce"), secret("verifier"), redirect_uri)


def _sealed(started: Started) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(started)).rstrip(b"=").decode()


def _opened(cookie: str | None) -> Started | None:
    if cookie is None or len(cookie) > _MAX_COOKIE:
        return None
    try:
        text = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
        return msgspec.json.decode(text, type=Started)
    except (ValueError, RecursionError):
        return None


def _proved(user: User, email: str | None) -> bool:
    """Whether that account has shown that this very mailbox is its own: what is compared as equal may be another."""
    return (
        user.email_verified
        and user.email is not None
        and email is not None
        and user.email.encode().lower() == email.encode().lower()  # of bytes, A to Z alone
    )


def _usable(email: str | None) -> str | None:
    try:
        return rules.check_email(email).shown if email is not None else None
    except BadRequest:
        return None


def _username(wished: str) -> str:
    try:
        return rules.check_username(wished).shown
    except BadRequest:
        return ""


def providers(settings: Settings, line: Line, clock: Clock) -> dict[str, Provider]:
    """Those that the settings name, in the order in which they are shown."""
    found: list[Provider] = []
    if settings.google_client_id and settings.google_client_secret:
        client = Client(settings.google_client_id, settings.google_client_secret)
        found.append(OidcProvider("google", "Google", GOOGLE, client, line, clock))
    if settings.github_client_id and settings.github_client_secret:
        client = Client(settings.github_client_id, settings.github_client_secret)
        found.append(GitHubProvider(settings.github_url, client, line))
    if settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret:
        client = Client(settings.oidc_client_id, settings.oidc_client_secret)
        issuer = settings.oidc_issuer
        found.append(OidcProvider("oidc", settings.oidc_name, issuer, client, line, clock))
    return {one.id: one for one in found}
