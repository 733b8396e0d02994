"""Which accounts people have elsewhere: (provider, subject) → user. A subject is the provider's name for somebody,
which stays when the address changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.accounts.tables import identities, users
from parley.kernel.clock import Clock, timestamp
from parley.storage import writing


class Identities:
    """Rows of `identities`."""

    name = "identities"

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def owner(self, provider: str, subject: str) -> str | None:
        """The id of the user who is that person."""
        asked = select(identities.c.user_id).where(
            identities.c.provider == provider, identities.c.subject == subject
        )
        async with self._engine.connect() as connection:
            owner: str | None = await connection.scalar(asked)
        return owner

    async def add(self, provider: str, subject: str, user_id: str, email: str | None) -> bool:
        """That person is that user from now on. False when it is somebody already, or the user is gone."""
        row = {
            "provider": provider,
            "subject": subject,
            "user_id": user_id,
            "email": email,
            "created_at": self._clock.wall(),
        }
        try:
            async with writing(self._engine) as connection:
                await connection.execute(identities.insert().values(row))
        except IntegrityError:
            return False
        return True

    async def discard(self, user_id: str) -> None:
        """Undo an account that was made a moment ago for somebody who turned out to have one."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(users).where(users.c.id == user_id))

    # --- what Keeper asks for ----------------------------------------------------------------------

    async def told(self, person: str) -> Any:
        """The accounts elsewhere, as the export has them."""
        asked = (
            select(identities).where(identities.c.user_id == person).order_by(identities.c.provider)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(asked)).all()
        return [
            {
                "provider": row.provider,
                "subject": row.subject,
                "email": row.email,
                "createdAt": timestamp(row.created_at),
            }
            for row in rows
        ]

    async def forget(self, connection: AsyncConnection, person: str) -> None:
        """Delete them."""
        await connection.execute(delete(identities).where(identities.c.user_id == person))
