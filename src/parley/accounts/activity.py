"""Which meetings somebody was in (seed 004): each code as often as it was noted, for its user alone."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.accounts.rules import check_text
from parley.accounts.tables import meeting_activity
from parley.kernel.clock import Clock, timestamp
from parley.kernel.errors import BadRequest, NotFound
from parley.storage import writing

MAX_CODE = 200
KEPT = 1000
"""Of one user; noting another forgets the oldest."""


class Attended(Struct, frozen=True):
    """One meeting; `date` in milliseconds since 1970."""

    meeting_code: str
    date: int


class Activity:
    """The meetings of all users."""

    name = "meetings"

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def add(self, user_id: str, meeting_code: str) -> Attended:
        """Note that the user was in that meeting now.

        Raises BadRequest for what can be no code, NotFound when the account has just been deleted.
        """
        if not 1 <= len(meeting_code) <= MAX_CODE:
            raise BadRequest(f"A meeting code has 1 to {MAX_CODE} characters.", field="meetingCode")
        attended = Attended(check_text(meeting_code, "meetingCode"), self._clock.wall())
        try:
            async with writing(self._engine) as connection:
                await self._insert(connection, user_id, attended)
        except IntegrityError:
            raise NotFound("There is no such account.") from None
        return attended

    async def _insert(self, connection: AsyncConnection, user_id: str, attended: Attended) -> None:
        table = meeting_activity
        await connection.execute(
            table.insert().values(
                user_id=user_id, meeting_code=attended.meeting_code, date=attended.date
            )
        )
        mine = table.c.user_id == user_id
        if (await connection.scalar(select(func.count()).where(mine)) or 0) > KEPT:
            oldest = select(func.min(table.c.id)).where(mine).scalar_subquery()
            await connection.execute(delete(table).where(table.c.id == oldest))

    async def of(self, user_id: str) -> list[Attended]:
        """That user's meetings, the oldest first."""
        table = meeting_activity
        asked = (
            select(table.c.meeting_code, table.c.date)
            .where(table.c.user_id == user_id)
            .order_by(table.c.date, table.c.id)
        )
        async with self._engine.connect() as connection:
            return [Attended(*row) for row in await connection.execute(asked)]

    # --- what Keeper asks for ----------------------------------------------------------------------

    async def told(self, person: str) -> Any:
        """The meetings, as the export has them."""
        return [
            {"meetingCode": one.meeting_code, "date": timestamp(one.date)}
            for one in await self.of(person)
        ]

    async def forget(self, connection: AsyncConnection, person: str) -> None:
        """Delete them."""
        await connection.execute(
            delete(meeting_activity).where(meeting_activity.c.user_id == person)
        )
