"""The front desk: everything that accounts are made of, put together as the settings ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_network

from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncEngine

from parley.accounts.activity import Activity
from parley.accounts.avatars import Avatars
from parley.accounts.cookies import REFRESH, Cookies
from parley.accounts.door import Door
from parley.accounts.identities import Identities
from parley.accounts.keeper import Keeper
from parley.accounts.mail import mailer
from parley.accounts.oauth import OAuth, providers
from parley.accounts.passwords import Hasher
from parley.accounts.providers import Line
from parley.accounts.reset import Resets
from parley.accounts.schemas import Tokens
from parley.accounts.service import Accounts
from parley.accounts.sessions import Sessions
from parley.accounts.tickets import Tickets
from parley.accounts.tokens import Signer, derive
from parley.accounts.user import Account, User
from parley.accounts.visitors import Connection, Visitors
from parley.kernel.clock import Clock
from parley.kernel.errors import InvalidToken
from parley.kernel.ids import Ids
from parley.kernel.origins import Origins
from parley.ops.secrets import token_key
from parley.settings import Settings


class Desk:
    """What routes and commands ask. `connected` says whether a user has a socket; `app` sets it."""

    def __init__(
        self,
        settings: Settings,
        engine: AsyncEngine,
        secret: str,
        clock: Clock,
        ids: Ids,
        *,
        keepers: Sequence[Keeper] = (),
    ) -> None:
        """Raises SettingsError when JWT_KEY_FILE cannot be used."""
        key_file = settings.jwt_key_file
        signer = Signer(
            derive(secret, "access") if key_file is None else token_key(key_file), clock
        )
        access_s, session_s = settings.access_token_s, settings.session_s
        self.visitors = Visitors(
            [ip_network(net, strict=False) for net in settings.trusted_proxies],
            Origins(settings.cors_origin),
            settings.public_url,
        )
        self.cookies = Cookies(
            derive(secret, "csrf"),
            ids,
            self.visitors,
            instead_of_json=settings.auth_cookies_only,
            access_s=access_s,
            session_s=session_s,
        )
        self.sessions = Sessions(engine, signer, clock, ids, access_s=access_s, session_s=session_s)
        self.tickets = Tickets(self.sessions, signer, clock, ids, access_s=access_s)
        self.door = Door(self.sessions, self.cookies)
        self.hasher = Hasher(settings.password_hash)
        self.activity = Activity(engine, clock)
        identities = Identities(engine, clock)
        self.accounts = Accounts(
            engine,
            self.sessions,
            self.hasher,
            clock,
            ids,
            keepers=[self.activity, identities, *keepers],
        )
        self.public_url = settings.public_url
        here = None if settings.production else f"http://localhost:{settings.port}"
        base_url = settings.public_url or here
        letters = mailer(settings, clock, ids)
        self.resets = Resets(engine, self.accounts, letters, base_url, clock, ids)
        self._line = Line()
        self.oauth = OAuth(
            providers(settings, self._line, clock),
            self.accounts,
            identities,
            derive(secret, "oauth"),
            clock,
            ids,
        )
        self.avatars = Avatars(settings.data_dir / "avatars", ids)
        self.accounts.deleted = self.avatars.forget
        self.connected: Callable[[str], bool] = lambda _: False

    async def sign_in(
        self, request: Connection, user: User, before: str = ""
    ) -> tuple[Tokens, Sequence[Cookie]]:
        """A new session for that user, and its cookies; the one that the browser had `before` ends.

        Raises AccountDisabled, InvalidCredentials (see `Sessions.open`).
        """
        device = self.visitors.device(request)
        tokens = await self.sessions.open(user, device)
        if before := before or request.cookies.get(REFRESH, ""):
            with suppress(InvalidToken):
                await self.sessions.end_by_refresh_token(before)
        return tokens, self.cookies.of(tokens, device)

    def shown(self, user: User) -> Account:
        """The user as it sees itself."""
        return Account.of(user, connected=self.connected(user.id))

    async def settle(self) -> None:
        """Let letters on their way go out, and hang up on other services."""
        await self.resets.settle()
        await self._line.close()

    def close(self) -> None:
        """Hash no more."""
        self.hasher.close()
