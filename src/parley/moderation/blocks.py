"""Blocks: two who never meet again, in either direction, whoever blocked whom.

Promises: a block is durable before it is acknowledged and holds from the moment it is asked for; the blocked
one can tell by nothing; a stranger is blocked without the blocker ever learning who that is.
"""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct
from sqlalchemy import and_, delete, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.kernel.clock import Clock, timestamp
from parley.kernel.errors import Conflict, NotFound
from parley.kernel.ids import Ids
from parley.moderation.tables import blocks
from parley.storage import writing

MAX_BLOCKS = 10_000
"""Of one person."""
STRANGER = "b_"
"""How a handle begins that is no user's id."""


class Block(Struct, frozen=True):
    """One block, as its blocker knows it; `since` in milliseconds since 1970."""

    handle: str
    since: int


class Apart(Protocol):
    """Keeps people apart in the lobby; see there."""

    async def keep_apart(self, a: str, b: str, until: float | None) -> None: ...
    async def reunite(self, a: str, b: str) -> None: ...
    async def adopt(self, guest: str, user: str) -> None: ...


class Blocks:
    """Who has blocked whom, in the database and in the lobby. A `Keeper` of what belongs to people."""

    name = "blocks"

    def __init__(self, engine: AsyncEngine, apart: Apart, clock: Clock, ids: Ids) -> None:
        self._engine = engine
        self._apart = apart
        self._clock = clock
        self._ids = ids

    async def start(self) -> int:
        """Tell the lobby of every block there is, before anybody is matched; says how many."""
        count = 0
        async with self._engine.connect() as connection:
            asked = select(blocks.c.blocker, blocks.c.blocked).distinct()
            async for blocker, blocked in await connection.stream(asked):
                await self._apart.keep_apart(blocker, blocked, None)
                count += 1
        return count

    # --- blocking ----------------------------------------------------------------------------------

    async def block(self, blocker: str, user_id: str) -> None:
        """Block another user by its id; once more changes nothing. Raises Conflict."""
        await self._block(blocker, user_id, user_id)

    async def block_stranger(self, blocker: str, stranger: str) -> None:
        """Block whoever that is, without telling. Raises Conflict."""
        await self._apart.keep_apart(blocker, stranger, None)
        async with self._engine.connect() as connection:
            known = await connection.scalar(
                select(blocks.c.handle)
                .where(blocks.c.blocker == blocker, blocks.c.blocked == stranger)
                .where(blocks.c.handle != blocks.c.blocked)
            )
        if known is None:
            await self._block(blocker, stranger, STRANGER + self._ids.long())

    async def _block(self, blocker: str, blocked: str, handle: str) -> None:
        # From the moment it is asked for; and again, as the other one may have been lifting its own block
        # of this one before it could know of this.
        await self._apart.keep_apart(blocker, blocked, None)
        await self._insert(blocker, blocked, handle)
        await self._apart.keep_apart(blocker, blocked, None)

    async def _insert(self, blocker: str, blocked: str, handle: str) -> None:
        async with writing(self._engine) as connection:
            mine = select(func.count(blocks.c.handle.distinct())).where(blocks.c.blocker == blocker)
            if (await connection.scalar(mine) or 0) >= MAX_BLOCKS:
                raise Conflict(f"More than {MAX_BLOCKS} blocks cannot be kept.")
            values = {
                "blocker": blocker,
                "blocked": blocked,
                "handle": handle,
                "created_at": self._clock.wall(),
            }
            await connection.execute(self._new().values(values).on_conflict_do_nothing())

    def _new(self) -> Any:
        if self._engine.dialect.name == "postgresql":
            return postgresql.insert(blocks)
        return sqlite.insert(blocks)

    # --- lifting -----------------------------------------------------------------------------------

    async def lift(self, blocker: str, handle: str) -> None:
        """Lift a block of one's own. They may meet again unless the other one has blocked, too. Raises NotFound."""
        which = and_(blocks.c.blocker == blocker, blocks.c.handle == handle)
        async with writing(self._engine) as connection:
            lifted = list(
                await connection.scalars(delete(blocks).where(which).returning(blocks.c.blocked))
            )
            free = [one for one in lifted if not await _apart(connection, blocker, one)]
        if not lifted:
            raise NotFound("You have blocked nobody by that id.")
        for one in free:
            await self._apart.reunite(blocker, one)
            async with self._engine.connect() as connection:
                if await _apart(connection, blocker, one):  # meanwhile, by the other one
                    await self._apart.keep_apart(blocker, one, None)

    # --- looking -----------------------------------------------------------------------------------

    async def of(self, blocker: str) -> list[Block]:
        """Whom that person has blocked, the latest first."""
        since = func.min(blocks.c.created_at)
        asked = (
            select(blocks.c.handle, since)
            .where(blocks.c.blocker == blocker)
            .group_by(blocks.c.handle)
            .order_by(since.desc(), blocks.c.handle)
        )
        async with self._engine.connect() as connection:
            return [Block(*row) for row in await connection.execute(asked)]

    # --- guests who become users -----------------------------------------------------------------------

    async def adopt(self, guest: str, user: str) -> None:
        """The guest is that user: all blocks by and of the guest are the user's, too, before this returns."""
        await self._apart.adopt(guest, user)
        c = blocks.c
        copied = ["blocker", "blocked", "handle", "created_at"]
        by_guest = select(literal(user), c.blocked, c.handle, c.created_at).where(
            c.blocker == guest, c.blocked != user
        )
        of_guest = select(c.blocker, literal(user), c.handle, c.created_at).where(
            c.blocked == guest, c.blocker != user
        )
        async with writing(self._engine) as connection:
            for rows in (by_guest, of_guest):
                await connection.execute(
                    self._new().from_select(copied, rows).on_conflict_do_nothing()
                )

    # --- what Keeper asks for ----------------------------------------------------------------------

    async def told(self, person: str) -> Any:
        """The blocks, as the export has them: whom one has blocked, not by whom one is."""
        return [
            {"id": one.handle, "blockedAt": timestamp(one.since)} for one in await self.of(person)
        ]

    async def forget(self, connection: AsyncConnection, person: str) -> None:
        """Delete them, and those of others who need none any more."""
        await connection.execute(
            delete(blocks).where(or_(blocks.c.blocker == person, blocks.c.blocked == person))
        )


async def _apart(connection: AsyncConnection, a: str, b: str) -> bool:
    either = or_(
        and_(blocks.c.blocker == a, blocks.c.blocked == b),
        and_(blocks.c.blocker == b, blocks.c.blocked == a),
    )
    return await connection.scalar(select(literal(1)).where(either).limit(1)) is not None
