"""Sessions: one for each device that is signed in; signed, rotated and ended here.

A session is a row. Its access token is a signed word for 15 minutes, worth something only as long as the
row says so; its refresh token is `<session id>.<secret>`, of which the row has the hash. A refresh is one
UPDATE that replaces that hash, so that of many at once one wins; whoever comes with a hash that has been
replaced holds a copy, and the session ends for everybody (RFC 9700, 4.14.2). Seven days after it began, a
session is over, however often it was refreshed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import structlog
from sqlalchemy import Update, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.accounts.errors import AccountDisabled, InvalidCredentials
from parley.accounts.rows import USER_COLUMNS, to_user
from parley.accounts.schemas import Device, Principal, SessionShown, Tokens
from parley.accounts.tables import sessions, users
from parley.accounts.tokens import Claims, Signer, digest
from parley.accounts.user import User
from parley.kernel.clock import Clock, timestamp
from parley.kernel.errors import InvalidToken, NotFound
from parley.kernel.ids import Ids
from parley.storage import writing

log = structlog.get_logger(__name__)

EndReason = Literal[
    "logout", "revoked", "reused", "password_changed", "disabled", "deleted", "ended_elsewhere"
]
Ended = Callable[[str, Sequence[str], EndReason], None]
"""Told (user id, session ids, why) after commit, whatever ends sessions: closes their sockets."""

ACCESS_S = 900.0
SESSION_S = 604_800.0
MAX_SESSIONS = 50
"""Of one user; the one that was used least lately makes way for another."""

_MAX_AGENT = 200


class Sessions:
    """Opens sessions, knows people by their tokens, and ends them. Every call is true to the database: no cache."""

    def __init__(
        self,
        engine: AsyncEngine,
        signer: Signer,
        clock: Clock,
        ids: Ids,
        *,
        access_s: float = ACCESS_S,
        session_s: float = SESSION_S,
    ) -> None:
        self.ended: Ended = _nobody
        """Set by `app`."""
        self._engine = engine
        self._signer = signer
        self._clock = clock
        self._ids = ids
        self._access_ms = round(access_s * 1000)
        self._session_ms = round(session_s * 1000)

    # --- beginning ---------------------------------------------------------------------------------

    async def open(self, user: User, device: Device) -> Tokens:
        """A session of an access token and a refresh token, for `user` as it was when it proved who it is.

        Raises AccountDisabled; InvalidCredentials when the password was changed since.
        """
        secret = self._ids.secret()
        session_id, expires_at = await self._insert(user, device, "refresh", digest(secret))
        return self._tokens(user.id, session_id, expires_at, secret)

    async def open_token(self, user: User, device: Device) -> str:
        """The same of one token, good for as long as the session is (seeds 000 and 004)."""
        session_id, expires_at = await self._insert(user, device, "token", None)
        return self._sign("session", user.id, session_id, expires_at)

    async def _insert(
        self, user: User, device: Device, kind: str, secret_hash: str | None
    ) -> tuple[str, int]:
        session_id, now = self._ids.long(), self._clock.wall()
        expires_at = now + self._session_ms
        async with writing(self._engine) as connection:
            # Locks the row on PostgreSQL: an operator who disables the account, and whoever changes the
            # password, comes before or after, not between.
            seen = update(users).where(users.c.id == user.id).values(last_seen=now)
            found = (
                await connection.execute(seen.returning(users.c.disabled, users.c.password_hash))
            ).first()
            if found is None or found.disabled:
                raise AccountDisabled
            # What was proved is a password that is none any more: all its sessions have just ended.
            if found.password_hash != user.password_hash:
                raise InvalidCredentials
            await connection.execute(
                sessions.insert().values(
                    id=session_id,
                    user_id=user.id,
                    kind=kind,
                    secret_hash=secret_hash,
                    created_at=now,
                    used_at=now,
                    expires_at=expires_at,
                    revoked_at=None,
                    user_agent=device.user_agent[:_MAX_AGENT],
                    address=device.address,
                )
            )
            made_way = await self._make_way(connection, user.id, now)
        self._tell(user.id, made_way, "revoked")
        return session_id, expires_at

    async def _make_way(self, connection: AsyncConnection, user_id: str, now: int) -> list[str]:
        latest = (
            select(sessions.c.id)
            .where(_live(now), sessions.c.user_id == user_id)
            .order_by(sessions.c.used_at.desc(), sessions.c.created_at.desc())
        )
        beyond = list(await connection.scalars(latest.offset(MAX_SESSIONS)))
        if beyond:
            await connection.execute(_revoke(now).where(sessions.c.id.in_(beyond)))
        return beyond

    # --- proving -----------------------------------------------------------------------------------

    async def authenticate(self, token: Any) -> Principal:
        """Whose access or session token this is. Raises InvalidToken: forged, expired, ended, or disabled."""
        claims = self._signer.verify(token, ("access", "session"))
        kind = "refresh" if claims.typ == "access" else "token"
        user, _ = await self.find(claims.sub, claims.sid, kind)
        return Principal(user, claims.sid, claims.exp * 1000)

    async def find(
        self, user_id: str, session_id: str, kind: str | None = None
    ) -> tuple[User, int]:
        """Whose session that is, and when it ends at the latest (ms). Raises InvalidToken: none, ended, or disabled."""
        asked = (
            select(*USER_COLUMNS, sessions.c.expires_at.label("session_ends_at"))
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(_live(self._clock.wall()))
            .where(sessions.c.id == session_id, users.c.id == user_id)
            .where(users.c.disabled.is_(False))
        )
        if kind is not None:
            asked = asked.where(sessions.c.kind == kind)
        async with self._engine.connect() as connection:
            row = (await connection.execute(asked)).first()
        if row is None:
            raise InvalidToken
        return to_user(row), row.session_ends_at

    async def refresh(self, token: Any, device: Device) -> tuple[User, Tokens]:
        """The next tokens for a refresh token; the same one twice ends the session. Raises InvalidToken."""
        session_id, secret = _split(token)
        fresh, now = self._ids.secret(), self._clock.wall()
        rotate = (
            update(sessions)
            .where(_live(now), sessions.c.id == session_id)
            .where(sessions.c.secret_hash == digest(secret))
            .where(
                select(users.c.id)
                .where(users.c.id == sessions.c.user_id, users.c.disabled.is_(False))
                .exists()
            )
            .values(
                secret_hash=digest(fresh),
                used_at=now,
                address=device.address,
                user_agent=device.user_agent[:_MAX_AGENT],
            )
            .returning(sessions.c.user_id, sessions.c.expires_at)
        )
        async with writing(self._engine) as connection:
            rotated = (await connection.execute(rotate)).first()
            if rotated is None:
                copied = await self._end_copied(connection, session_id, now)
            else:
                user_id, expires_at = rotated
                asked = select(*USER_COLUMNS).where(users.c.id == user_id)
                user = to_user((await connection.execute(asked)).one())
        if rotated is None:
            if copied is not None:
                log.warning("refresh_token_reused", session=session_id, user=copied)
                self._tell(copied, [session_id], "reused")
            raise InvalidToken
        return user, self._tokens(user.id, session_id, expires_at, fresh)

    async def _end_copied(
        self, connection: AsyncConnection, session_id: str, now: int
    ) -> str | None:
        """End the session that this refresh token was once good for; gives its user, when it was alive."""
        owner: str | None = await connection.scalar(
            _revoke(now)
            .where(sessions.c.id == session_id, sessions.c.secret_hash.is_not(None))
            .returning(sessions.c.user_id)
        )
        return owner

    # --- ending ------------------------------------------------------------------------------------

    async def end(self, principal: Principal, reason: EndReason = "logout") -> None:
        """End that session. It may have ended already."""
        await self._end_one(principal.user.id, principal.session_id, reason)

    async def end_by_refresh_token(self, token: Any) -> None:
        """End the session whose present refresh token this is. Raises InvalidToken."""
        session_id, secret = _split(token)
        now = self._clock.wall()
        async with writing(self._engine) as connection:
            owner = await connection.scalar(
                _revoke(now)
                .where(sessions.c.id == session_id, sessions.c.secret_hash == digest(secret))
                .returning(sessions.c.user_id)
            )
        if owner is None:
            raise InvalidToken
        self._tell(owner, [session_id], "logout")

    async def revoke(self, user_id: str, session_id: str) -> None:
        """End one of that user's sessions. Raises NotFound, of somebody else's and of ended ones, too."""
        if not await self._end_one(user_id, session_id, "revoked"):
            raise NotFound("There is no such session.")

    async def _end_one(self, user_id: str, session_id: str, reason: EndReason) -> bool:
        now = self._clock.wall()
        mine = and_(_live(now), sessions.c.user_id == user_id, sessions.c.id == session_id)
        async with writing(self._engine) as connection:
            ended = (await connection.execute(_revoke(now).where(mine))).rowcount > 0
        if ended:
            self._tell(user_id, [session_id], reason)
        return ended

    async def end_all_within(
        self, connection: AsyncConnection, user_id: str, *, but: str | None = None
    ) -> Sequence[str]:
        """End every session of that user, except one; gives the ids of those that ended.

        Inside a transaction of the caller, who says so by `ended` once it has committed.
        """
        now = self._clock.wall()
        which = _revoke(now).where(_live(now), sessions.c.user_id == user_id)
        if but is not None:
            which = which.where(sessions.c.id != but)
        return list(await connection.scalars(which.returning(sessions.c.id)))

    def _tell(self, user_id: str, session_ids: Sequence[str], reason: EndReason) -> None:
        if session_ids:
            self.ended(user_id, session_ids, reason)

    # --- looking -----------------------------------------------------------------------------------

    async def all_of(self, user_id: str, current: str | None = None) -> list[SessionShown]:
        """Where that user is signed in, the latest first."""
        asked = (
            select(sessions)
            .where(_live(self._clock.wall()), sessions.c.user_id == user_id)
            .order_by(sessions.c.used_at.desc(), sessions.c.created_at.desc(), sessions.c.id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(asked)).all()
        return [
            SessionShown(
                id=row.id,
                user_agent=row.user_agent,
                address=row.address,
                created_at=timestamp(row.created_at),
                used_at=timestamp(row.used_at),
                expires_at=timestamp(row.expires_at),
                current=row.id == current,
            )
            for row in rows
        ]

    async def ended_since(self, wall: int) -> list[tuple[str, str]]:
        """(user id, session id) of all that ended since then, by whatever process: an operator's command, another node."""
        asked = select(sessions.c.user_id, sessions.c.id).where(sessions.c.revoked_at >= wall)
        async with self._engine.connect() as connection:
            return [(row.user_id, row.id) for row in await connection.execute(asked)]

    async def purge(self) -> int:
        """Forget sessions that are over; says how many."""
        over = delete(sessions).where(sessions.c.expires_at <= self._clock.wall())
        async with writing(self._engine) as connection:
            return (await connection.execute(over)).rowcount

    # --- tokens ------------------------------------------------------------------------------------

    def _tokens(self, user_id: str, session_id: str, expires_at: int, secret: str) -> Tokens:
        until = min(expires_at, self._clock.wall() + self._access_ms)
        return Tokens(self._sign("access", user_id, session_id, until), f"{session_id}.{secret}")

    def _sign(self, kind: str, user_id: str, session_id: str, expires_at: int) -> str:
        issued = self._clock.wall() // 1000
        expires = max(expires_at // 1000, issued + 1)
        return self._signer.sign(
            Claims(user_id, session_id, self._ids.long(), kind, issued, expires)
        )


def _live(now: int) -> Any:
    return and_(sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)


def _revoke(now: int) -> Update:
    # From where and with what somebody was signed in is shown while it is, and of no use afterwards.
    ended = {"revoked_at": now, "user_agent": "", "address": ""}
    return update(sessions).where(_live(now)).values(ended)


def _split(token: Any) -> tuple[str, str]:
    """The session id and the secret of a refresh token. Raises InvalidToken."""
    if not isinstance(token, str) or len(token) > 512 or not token.isascii() or "\0" in token:
        raise InvalidToken
    session_id, dot, secret = token.partition(".")
    if not dot or not session_id or not secret:
        raise InvalidToken
    return session_id, secret


def _nobody(user_id: str, session_ids: Sequence[str], reason: EndReason) -> None:
    """Nobody has asked to be told."""
