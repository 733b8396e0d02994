"""Accounts: made, proved, changed, exported and deleted. All families of REST routes stand on this.

What can fail on bad input comes first, then the hash, then the transaction, then whoever is to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec
import structlog
from msgspec import UNSET
from sqlalchemy import ColumnElement, delete, true, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.accounts import rules
from parley.accounts.errors import AccountDisabled, InvalidCredentials, Taken
from parley.accounts.failures import Attempt, Failures
from parley.accounts.guests import GUEST
from parley.accounts.keeper import Keeper
from parley.accounts.passwords import Hasher
from parley.accounts.rows import USER_COLUMNS, to_user
from parley.accounts.rules import Email, Username
from parley.accounts.schemas import (
    Device,
    Export,
    NewAccount,
    PasswordChange,
    Principal,
    ProfileChange,
    Rule,
    StatusChange,
)
from parley.accounts.sessions import EndReason, Sessions
from parley.accounts.store import UserStore
from parley.accounts.tables import password_resets, users
from parley.accounts.tables import sessions as session_rows
from parley.accounts.tokens import digest
from parley.accounts.user import Account, Role, User, UserSettings
from parley.kernel.clock import Clock, timestamp
from parley.kernel.errors import BadRequest, NotFound, Overloaded
from parley.kernel.ids import Ids
from parley.storage import writing

log = structlog.get_logger(__name__)

Told = Callable[[User], None]

_MADE_UP_TRIES = 5
_WHATEVER = true()
_TEXTS = ("name", "location", "country", "language", "custom_status")


class Accounts:
    """The one account store's rules. `sessions` is its other half."""

    def __init__(
        self,
        engine: AsyncEngine,
        sessions: Sessions,
        hasher: Hasher,
        clock: Clock,
        ids: Ids,
        *,
        keepers: Sequence[Keeper] = (),
    ) -> None:
        self.sessions = sessions
        self.failures = Failures(clock)
        self.status_changed: Told = _nobody
        self.moved: Told = _nobody
        """Told after commit: of another status, of another country. Set by `app`."""
        self.deleted: Told = _nobody
        """Told after commit, so that files go, too. Set by `app`."""
        self.keepers = list(keepers)
        self._engine = engine
        self._store = UserStore(engine)
        self._hasher = hasher
        self._clock = clock
        self._ids = ids

    # --- beginning ---------------------------------------------------------------------------------

    async def register(self, new: NewAccount) -> User:
        """Make an account. Raises Taken, WeakPassword, BadRequest, TooLarge, Overloaded."""
        username = rules.check_username(new.username) if new.username is not None else None
        email = rules.check_email(new.email) if new.email is not None else None
        if username is None and email is None:
            raise BadRequest("A username or an e-mail address is needed.")
        if new.password is not None:
            rules.check_password(new.password, new.rule)
        name = rules.check_text(new.name, "name")
        country = rules.check_text(new.country, "country")
        await self._store.free(username, email)
        hashed = None if new.password is None else await self._hasher.hash(new.password)
        for _ in range(_MADE_UP_TRIES):
            shown = username or self._made_up(email)
            now = self._clock.wall()
            user = User(
                id=self._ids.object_id(),
                username=shown.shown,
                name=name,
                email=email.shown if email is not None else None,
                email_verified=new.email_verified,
                password_hash=hashed,
                role="user",
                disabled=False,
                status=None,
                custom_status="",
                avatar=None,
                bio="",
                location="",
                website="",
                country=country,
                language="",
                settings=UserSettings(),
                is_premium=False,
                created_at=now,
                updated_at=now,
                last_seen=now,
            )
            try:
                await self._store.insert(user, shown, email)
            except Taken as taken:
                if username is None and taken.details["field"] == "username":
                    continue
                raise
            log.info("account_made", user=user.id)
            return user
        raise Taken("Choose a username.", field="username")

    def _made_up(self, email: Email | None) -> Username:
        """A username from the address's local part, with a few letters that make it the only one."""
        local = "" if email is None else email.shown.rpartition("@")[0]
        kept = "".join(letter for letter in local if letter.isascii() and letter.isalnum())
        return rules.check_username(f"{kept[:20] or 'user'}_{self._ids.object_id()[:6]}")

    # --- proving -----------------------------------------------------------------------------------

    async def login(
        self,
        password: str,
        device: Device,
        *,
        email: str | None = None,
        username: str | None = None,
    ) -> User:
        """The user whose password that is.

        Raises InvalidCredentials (in the same time for an unknown account), AccountDisabled, RateLimited
        after 5 failures within 15 minutes, BadRequest without `email` or `username`, Overloaded.
        """
        rules.check_length(password)
        if email:
            key = rules.email_key(email)
            user = await self._store.find("email_key", key)
        elif username:
            key = rules.username_key(username)
            user = await self._store.find("username_key", key)
        else:
            raise BadRequest("An e-mail address or a username is needed.")
        account = digest(key) if user is None else user.id  # of one length, whatever was typed
        attempt = self.failures.attempt(device.address, account)
        await self._prove(attempt, password, user)
        assert user is not None
        assert user.password_hash is not None
        if user.disabled:
            raise AccountDisabled
        if self._hasher.outdated(user.password_hash):
            user = await self._rehash(user, password)
        return user

    async def confirm(self, user: User, password: str | None, device: Device) -> None:
        """Make sure that it is that user who asks. Raises InvalidCredentials, RateLimited, Overloaded.

        An account without a password, of somebody whom another provider knows, has nothing to ask for.
        """
        if user.password_hash is None:
            return
        if password is None:
            raise InvalidCredentials("The password is needed.")
        rules.check_length(password)
        attempt = self.failures.attempt(device.address, user.id)
        try:
            await self._prove(attempt, password, user)
        except InvalidCredentials as wrong:
            raise InvalidCredentials("That is not your password.") from wrong

    async def _prove(self, attempt: Attempt, password: str, user: User | None) -> None:
        hashed = user.password_hash if user else None
        if not await self._hasher.verify(password, hashed, attempt.begin):
            raise InvalidCredentials
        attempt.forgive()

    async def _rehash(self, user: User, password: str) -> User:
        """Bring the hash to the present kind; when that cannot be done now, the next login does it."""
        try:
            hashed = await self._hasher.hash(password)
        except Overloaded:
            return user
        # Only if nobody has changed the password meanwhile.
        unchanged = users.c.password_hash == user.password_hash
        try:
            async with writing(self._engine) as connection:
                which = (users.c.id == user.id) & unchanged
                return await self._store.change_within(connection, which, {"password_hash": hashed})
        except NotFound:
            changed = await self._store.find("id", user.id)
        # By another login with the same password, or to another password.
        if changed and await self._hasher.verify(password, changed.password_hash):
            return changed
        raise InvalidCredentials

    # --- finding -----------------------------------------------------------------------------------

    async def user(self, user_id: str) -> User:
        """That user. Raises NotFound."""
        return await self._store.get(user_id)

    async def several(self, user_ids: Collection[str]) -> dict[str, User]:
        """Those users that there are, by id."""
        return {user.id: user for user in await self._store.several(user_ids)}

    async def gone(self, connection: AsyncConnection, people: Collection[str]) -> set[str]:
        """Those of them who were users and whose account is deleted; no other is before that transaction is over."""
        once = {person for person in people if not person.startswith(GUEST)}
        return once - await self._store.known(connection, once) if once else once

    async def by_email(self, email: str) -> User | None:
        """Who has that address, however it was typed."""
        return await self._store.find("email_key", rules.email_key(email))

    async def by_username(self, username: str) -> User | None:
        """Who has that name, however it was typed."""
        return await self._store.find("username_key", rules.username_key(username))

    async def all(self, limit: int, after: str = "") -> list[User]:
        """Users in the order of their names: for operators."""
        return await self._store.all(limit, rules.username_key(after))

    # --- changing ----------------------------------------------------------------------------------

    async def update_profile(self, user_id: str, change: ProfileChange) -> User:
        """Change what one shows of oneself; what is unset stays. Raises BadRequest, NotFound."""
        values: dict[str, Any] = {"updated_at": self._clock.wall()}
        for field in _TEXTS:
            if (text := getattr(change, field)) is not UNSET:
                values[field] = rules.check_text(text, field)
        if change.bio is not UNSET:
            values["bio"] = rules.check_text(change.bio, "bio", lines=True)
        if change.website is not UNSET:
            values["website"] = rules.check_website(change.website)
        async with writing(self._engine) as connection:
            if change.settings is not UNSET:
                before = await self._store.lock(connection, user_id)
                after = change.settings.onto(before.settings)
                values["settings"] = msgspec.json.encode(after).decode()
            user = await self._store.change_within(connection, users.c.id == user_id, values)
        if "custom_status" in values:
            self.status_changed(user)
        if "country" in values:
            self.moved(user)
        return user

    async def set_status(self, user_id: str, change: StatusChange) -> User:
        """Change how one is to be seen; `status_changed` is told after the commit."""
        values: dict[str, Any] = {"status": change.status}
        if change.custom_status is not UNSET:
            values["custom_status"] = rules.check_text(change.custom_status, "customStatus")
        user = await self._change(user_id, **values)
        self.status_changed(user)
        return user

    async def set_avatar(self, user_id: str, avatar: str | None) -> tuple[User, str | None]:
        """Show that stored picture; None shows the initials. Gives the one that was shown until then, too."""
        values = {"avatar": avatar, "updated_at": self._clock.wall()}
        async with writing(self._engine) as connection:
            # Locked, so that of several at once each is given another one, and no file is left over.
            before = await self._store.lock(connection, user_id)
            user = await self._store.change_within(connection, users.c.id == user_id, values)
        return user, before.avatar

    async def set_role(self, user_id: str, role: Role) -> User:
        """Give somebody another role. For operators' commands alone."""
        log.info("role_changed", user=user_id, role=role)
        return await self._change(user_id, role=role)

    async def _change(self, user_id: str, **values: Any) -> User:
        return await self._store.change(user_id, values | {"updated_at": self._clock.wall()})

    # --- passwords ---------------------------------------------------------------------------------

    async def change_password(
        self, principal: Principal, change: PasswordChange, device: Device
    ) -> None:
        """A new password, by whoever knows the old one; all other sessions end.

        Raises BadRequest when the new one was typed in two ways, WeakPassword, InvalidCredentials.
        """
        if change.confirm_password is not UNSET and change.confirm_password != change.new_password:
            raise BadRequest("The two new passwords differ.", field="confirmPassword")
        rules.check_password(change.new_password, "strict")
        user = principal.user
        await self.confirm(user, change.current_password, device)
        hashed = await self._hasher.hash(change.new_password)
        unchanged = users.c.password_hash.is_not_distinct_from(user.password_hash)
        try:
            async with writing(self._engine) as connection:
                ended = await self.set_password_within(
                    connection, user.id, hashed, but=principal.session_id, only=unchanged
                )
        except NotFound as changed_meanwhile:
            raise InvalidCredentials from changed_meanwhile
        self._tell_ended(user.id, ended, "password_changed")

    async def set_password(self, user_id: str, password: str, rule: Rule = "strict") -> None:
        """A new password without the old one, by an operator: all sessions end. Raises WeakPassword."""
        hashed = await self.hash_password(password, rule)
        async with writing(self._engine) as connection:
            ended = await self.set_password_within(connection, user_id, hashed)
        self._tell_ended(user_id, ended, "password_changed")

    async def hash_password(self, password: str, rule: Rule = "strict") -> str:
        """A hash for `set_password_within`. Raises WeakPassword, Overloaded."""
        rules.check_password(password, rule)
        return await self._hasher.hash(password)

    async def set_password_within(
        self,
        connection: AsyncConnection,
        user_id: str,
        hashed: str,
        *,
        but: str | None = None,
        only: ColumnElement[bool] = _WHATEVER,
    ) -> Sequence[str]:
        """A new password inside a transaction of the caller, who tells `sessions.ended` what this gives.

        Every link for a forgotten one is void, every session but that one ends. Raises NotFound unless `only`.
        """
        values = {"password_hash": hashed, "updated_at": self._clock.wall()}
        await self._store.change_within(connection, (users.c.id == user_id) & only, values)
        await connection.execute(
            delete(password_resets).where(password_resets.c.user_id == user_id)
        )
        return await self.sessions.end_all_within(connection, user_id, but=but)

    # --- ending ------------------------------------------------------------------------------------

    async def disable(self, user_id: str, *, disabled: bool = True) -> User:
        """Close an account, which ends its sessions; or open it again. For operators."""
        ended: Sequence[str] = ()
        async with writing(self._engine) as connection:
            values = {"disabled": disabled, "updated_at": self._clock.wall()}
            user = await self._store.change_within(connection, users.c.id == user_id, values)
            if disabled:
                ended = await self.sessions.end_all_within(connection, user_id)
        log.info("account_disabled" if disabled else "account_enabled", user=user_id)
        self._tell_ended(user_id, ended, "disabled")
        return user

    async def export(self, principal: Principal, shown: Account) -> Export:
        """All that is stored of that user, who sees itself as `shown`."""
        user_id = principal.user.id
        return Export(
            exported_at=timestamp(self._clock.wall()),
            user=shown,
            sessions=await self.sessions.all_of(user_id, principal.session_id),
            belongings={keeper.name: await keeper.told(user_id) for keeper in self.keepers},
        )

    async def delete(self, principal: Principal, password: str | None, device: Device) -> None:
        """Delete the account, for whoever knows its password; what others have of it is anonymised."""
        user = await self._store.get(principal.user.id)
        await self.confirm(user, password, device)
        async with writing(self._engine) as connection:
            # What others write of it is there before, or they know that it is gone.
            await self._store.lock(connection, user.id)
            ended = await self.sessions.end_all_within(connection, user.id)
            await connection.execute(
                update(session_rows)
                .where(session_rows.c.user_id == user.id)
                .values(user_agent="", address="")
            )
            for keeper in self.keepers:
                await keeper.forget(connection, user.id)
            gone = delete(users).where(users.c.id == user.id).returning(*USER_COLUMNS)
            row = (await connection.execute(gone)).one()
        log.info("account_deleted", user=user.id)
        self._tell_ended(user.id, ended, "deleted")
        self.deleted(to_user(row))  # as it was in the end, with the picture that it had then

    def _tell_ended(self, user_id: str, ended: Sequence[str], reason: EndReason) -> None:
        if ended:
            self.sessions.ended(user_id, ended, reason)


def _nobody(user: User) -> None:
    """Nobody has asked to be told."""
