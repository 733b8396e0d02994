"""A forgotten password is replaced by whoever reads the account's mail.

What is asked for is answered before anybody looks who it is about, so neither the answer nor its time tells
whether there is such an account. The link is good once, for ten minutes, until the next one is sent; of
its secret the hash is stored. It is made from PUBLIC_URL, never from what a request calls this server.
"""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from parley.accounts import rules
from parley.accounts.mail import Letter, Mailer, MailFailed
from parley.accounts.service import Accounts
from parley.accounts.tables import password_resets as _table
from parley.accounts.tables import users
from parley.accounts.tokens import digest
from parley.accounts.user import User
from parley.kernel.clock import Clock
from parley.kernel.errors import BadRequest, Overloaded, ParleyError, RateLimited
from parley.kernel.ids import Ids
from parley.realtime import Window, whose
from parley.storage import UNAVAILABLE, writing

log = structlog.get_logger(__name__)

LIFETIME_MS = 600_000
PER_ACCOUNT, PER_ADDRESS, WINDOW_S = 5, 20, 900.0
AT_ONCE = 2
"""Letters that are being sent at the same time."""
WAITING = 100
SETTLE_S = 5.0

_TEXT = """\
Somebody, probably you, has asked for a new password for {username}.

Choose one here, within ten minutes:

{link}

If it was not you, there is nothing to do: the old password stays.
"""


class MailUnavailable(ParleyError):
    """This server is not set up to send e-mail (SMTP_URL, PUBLIC_URL)."""

    code = "mail_unavailable"
    status = 501
    text = "This server sends no e-mail; ask its operator for a new password."


class InvalidReset(BadRequest):
    """The link was used, has expired, was replaced by a later one, or never was."""

    code = "invalid_reset"
    text = "That link is no longer good; ask for another."


class Resets:
    """Sends the links, and takes the new passwords."""

    def __init__(
        self,
        engine: AsyncEngine,
        accounts: Accounts,
        mailer: Mailer | None,
        base_url: str | None,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._engine = engine
        self._accounts = accounts
        self._mailer = mailer
        self._base_url = base_url
        self._clock = clock
        self._ids = ids
        self._by_account = Window(PER_ACCOUNT, WINDOW_S, clock)
        self._by_address = Window(PER_ADDRESS, WINDOW_S, clock)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._letters: set[asyncio.Task[None]] = set()

    @property
    def available(self) -> bool:
        """Whether this server can send letters."""
        return self._mailer is not None and self._base_url is not None

    def ask(self, email: str, address: str) -> None:
        """Have a link sent to that e-mail address, if there is an account with it; returns at once.

        Raises MailUnavailable, RateLimited (counted whether or not there is an account), Overloaded.
        """
        if self._mailer is None or self._base_url is None:
            raise MailUnavailable
        key = rules.email_key(email)
        wait = self._by_address.take(whose(address)) or self._by_account.take(digest(key))
        if wait:
            raise RateLimited(max(1, round(wait * 1000)), "Too many links were asked for.")
        if len(self._letters) >= WAITING:
            raise Overloaded(5000, "Too many letters wait to be sent.")
        sending = self._send(email, self._mailer, self._base_url)
        task = asyncio.get_running_loop().create_task(sending)
        self._letters.add(task)
        task.add_done_callback(self._letters.discard)

    async def settle(self) -> None:
        """Wait for the letters that are on their way, but not for long."""
        if self._letters:
            _, late = await asyncio.wait(self._letters, timeout=SETTLE_S)
            for task in late:
                task.cancel()
                log.warning("reset_not_sent", reason="stopping")
            await asyncio.gather(*late, return_exceptions=True)

    async def _send(self, email: str, mailer: Mailer, base_url: str) -> None:
        async with self._turns:
            try:
                user = await self._accounts.by_email(email)
                # What was typed may be compared as equal and yet be another mailbox: the letter goes to what is stored.
                if user is None or user.email is None or user.disabled:
                    return
                token, expires_at = await self._issue(user)
                text = _TEXT.format(username=user.username, link=f"{base_url}/#reset={token}")
                try:
                    await mailer.send(Letter(user.email, "A new password for Parley", text))
                except MailFailed as error:
                    # Links that have been sent stay good; so does this one, for it may yet arrive.
                    log.error("reset_not_sent", user=user.id, reason=str(error))
                else:
                    log.info("reset_sent", user=user.id)
                    await self._void_before(token, expires_at, user)
            except UNAVAILABLE as error:
                log.error("reset_not_sent", reason=type(error).__name__)

    async def _issue(self, user: User) -> tuple[str, int]:
        """A secret, and when it expires."""
        token, now = self._ids.secret(), self._clock.wall()
        expires_at = now + LIFETIME_MS
        row = {"token_hash": digest(token), "user_id": user.id, "expires_at": expires_at}
        async with writing(self._engine) as connection:
            await connection.execute(delete(_table).where(_table.c.expires_at <= now))
            await connection.execute(_table.insert().values(row))
        return token, expires_at

    async def _void_before(self, token: str, expires_at: int, user: User) -> None:
        older = (_table.c.expires_at <= expires_at) & (_table.c.token_hash != digest(token))
        async with writing(self._engine) as connection:
            await connection.execute(delete(_table).where(_table.c.user_id == user.id, older))

    async def redeem(self, token: str, password: str) -> None:
        """Replace the password by the link's secret; all sessions end, and the mail address is proved.

        Raises WeakPassword, which leaves the link good, InvalidReset, Overloaded.
        """
        rules.check_password(password, "strict")
        now = self._clock.wall()
        good = (_table.c.token_hash == digest(token)) & (_table.c.expires_at > now)
        async with self._engine.connect() as connection:
            if await connection.scalar(select(_table.c.user_id).where(good)) is None:
                raise InvalidReset
        hashed = await self._accounts.hash_password(password)
        async with writing(self._engine) as connection:
            # The user before the link, as whoever deletes the account does: else each could wait for the other.
            holder = users.c.id.in_(select(_table.c.user_id).where(good))
            await connection.execute(select(users.c.id).where(holder).with_for_update())
            use = delete(_table).where(good).returning(_table.c.user_id)
            user_id: str | None = await connection.scalar(use)
            if user_id is None:
                raise InvalidReset
            ended = await self._accounts.set_password_within(connection, user_id, hashed)
            # The letter went to the address that is stored, and only its reader had the secret.
            await connection.execute(
                update(users)
                .where(users.c.id == user_id, users.c.email.is_not(None))
                .values(email_verified=True)
            )
        log.info("password_reset", user=user_id)
        if ended:
            self._accounts.sessions.ended(user_id, ended, "password_changed")
