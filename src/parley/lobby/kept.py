"""What the history keeps of a person: told to that person, forgotten when it goes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.kernel.clock import timestamp
from parley.lobby.tables import connection_history as history

GONE = "deleted"
"""Stands in the history for everybody whose account is gone."""


class KeptHistory:
    """A `Keeper` (see `parley.accounts`) of whom somebody met. The other person's id is the other person's."""

    name = "conversations"

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def told(self, person: str) -> Any:
        """When that person talked with strangers, and how it ended; never with whom."""
        asked = (
            select(history)
            .where(or_(history.c.person_a == person, history.c.person_b == person))
            .order_by(history.c.started_at, history.c.id)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(asked)).all()
        return [
            {
                "roomId": row.room_id,
                "type": row.kind,
                "startedAt": timestamp(row.started_at),
                "endedAt": timestamp(row.ended_at),
                "ended": row.ended_by,
            }
            for row in rows
        ]

    async def forget(self, connection: AsyncConnection, person: str) -> None:
        """Leave the meetings, for the other side's sake, without that person."""
        theirs = or_(history.c.person_a == person, history.c.person_b == person)
        # In one order, for two who have met more than once may go at the same time.
        held = select(history.c.id).where(theirs).order_by(history.c.id).with_for_update()
        await connection.execute(held)
        for column in (history.c.person_a, history.c.person_b):
            await connection.execute(
                update(history).where(column == person).values({column.name: GONE})
            )
