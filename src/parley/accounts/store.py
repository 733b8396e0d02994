"""Rows of `users`: read, inserted, changed. Rules are in `rules` and `service`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.accounts.errors import Taken
from parley.accounts.rows import USER_COLUMNS, to_user
from parley.accounts.rules import Email, Username
from parley.accounts.tables import users
from parley.accounts.user import User
from parley.kernel.errors import NotFound
from parley.storage import writing

Key = Literal["id", "username_key", "username_look", "email_key"]

_NOBODY = "There is no such account."
_AT_ONCE = 500
"""Parameters of one statement; both databases take some thousands."""


class UserStore:
    """The users of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, key: Key, value: str) -> User | None:
        """Who has that key, if anybody."""
        if "\0" in value:  # PostgreSQL stores none, so nobody has it
            return None
        asked = select(*USER_COLUMNS).where(users.c[key] == value)
        async with self._engine.connect() as connection:
            row = (await connection.execute(asked)).first()
        return None if row is None else to_user(row)

    async def get(self, user_id: str) -> User:
        """That user. Raises NotFound."""
        if (found := await self.find("id", user_id)) is None:
            raise NotFound(_NOBODY)
        return found

    async def several(self, ids: Collection[str]) -> list[User]:
        """Those of them that there are."""
        found: list[User] = []
        wanted = list(ids)
        async with self._engine.connect() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                some = users.c.id.in_(wanted[start : start + _AT_ONCE])
                rows = await connection.execute(select(*USER_COLUMNS).where(some))
                found += map(to_user, rows)
        return found

    async def known(self, connection: AsyncConnection, ids: Collection[str]) -> set[str]:
        """Those ids that are somebody's, and stay so until the caller's transaction, begun by `writing`, is over."""
        held = select(users.c.id).with_for_update(read=True, key_share=True)
        return set(await connection.scalars(held.where(users.c.id.in_(ids))))

    async def free(self, username: Username | None, email: Email | None) -> None:
        """Raises Taken when somebody has one of them, or a name that looks the same. `insert` says so too, and for certain."""
        if email is not None and await self.find("email_key", email.key) is not None:
            raise _taken("email")
        if username is None:
            return
        # By both, for who has the same name may have no look.
        if await self.find("username_look", username.look) is not None:
            raise _taken("username")
        if await self.find("username_key", username.key) is not None:
            raise _taken("username")

    async def insert(self, user: User, username: Username, email: Email | None) -> None:
        """A new row. Raises Taken."""
        row = {name: getattr(user, name) for name in User.__struct_fields__}
        row["settings"] = msgspec.json.encode(user.settings).decode()
        row |= {"username_key": username.key, "username_look": username.look}
        row["email_key"] = email.key if email is not None else None
        try:
            async with writing(self._engine) as connection:
                await connection.execute(users.insert().values(row))
        except IntegrityError as error:
            # SQLite names the columns, PostgreSQL the constraint or index; all have the column in the name.
            raise _taken("email" if "email_key" in str(error.orig) else "username") from error

    async def change(self, user_id: str, values: Mapping[str, Any]) -> User:
        """Change these columns; gives the user as it then is. Raises NotFound."""
        async with writing(self._engine) as connection:
            return await self.change_within(connection, users.c.id == user_id, values)

    async def lock(self, connection: AsyncConnection, user_id: str) -> User:
        """That user, whom nobody else changes before the caller's transaction, begun by `writing`, is over. Raises NotFound."""
        asked = select(*USER_COLUMNS).where(users.c.id == user_id).with_for_update()
        row = (await connection.execute(asked)).first()
        if row is None:
            raise NotFound(_NOBODY)
        return to_user(row)

    async def change_within(
        self, connection: AsyncConnection, which: ColumnElement[bool], values: Mapping[str, Any]
    ) -> User:
        """The same inside a transaction of the caller. Raises NotFound."""
        asked = update(users).where(which).values(**values).returning(*USER_COLUMNS)
        row = (await connection.execute(asked)).first()
        if row is None:
            raise NotFound(_NOBODY)
        return to_user(row)

    async def all(self, limit: int, after: str = "") -> list[User]:
        """Users by username, at most `limit`, those whose key comes after."""
        asked = (
            select(*USER_COLUMNS)
            .where(users.c.username_key > after)
            .order_by(users.c.username_key)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [to_user(row) for row in await connection.execute(asked)]


def _taken(field: Literal["username", "email"]) -> Taken:
    what = "e-mail address" if field == "email" else "username"
    return Taken(f"That {what} is taken.", field=field)
