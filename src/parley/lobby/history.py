"""Connection history: who met whom, when, for how long, how it ended. Never what was said.

`record` costs the event path an append; one task writes, many rows at a time. At most `capacity` rows wait: when the
database is away for longer than that lasts, the oldest waiting rows are dropped and counted. What was
dropped is a gap in a log; what waits in memory without bound is the end of the server.

Whoever has deleted the account by the time that a row is written is not named in it: a deletion ends the very pair
that one is in.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any

import structlog
from msgspec.structs import asdict
from sqlalchemy import Insert, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.kernel.clock import Clock
from parley.lobby.kept import GONE
from parley.lobby.pairs import EndedPair
from parley.lobby.tables import connection_history
from parley.storage import UNAVAILABLE, writing

log = structlog.get_logger("parley.lobby.history")

Gone = Callable[[AsyncConnection, Collection[str]], Awaitable[Collection[str]]]
"""Those of these people whose account is deleted; no other's is before the transaction is over."""

DAY_MS = 86_400_000
DAY_S = 86_400.0
BATCH = 500
RETRY_S = 5.0
CLOSE_S = 5.0


class History:
    """Writes ended pairs in the background and reads them back. `start` it, and `close` it at the end."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, *, retention_days: int, capacity: int = 10_000
    ) -> None:
        self.recorded = 0
        """Pairs that are in the database."""
        self.dropped = 0
        """Pairs that were lost: the queue was full, or the database refused the row."""
        self.away = asyncio.Event()
        """Set while the database cannot be written to."""
        self.gone: Gone = _nobody
        """Set by `app`."""
        self._engine = engine
        self._clock = clock
        self._retention_ms = retention_days * DAY_MS
        self._waiting: deque[EndedPair] = deque()
        self._capacity = capacity
        self._wake = asyncio.Event()
        self._closed = asyncio.Event()
        self._insert = _insert_new(engine.dialect.name)
        self._writer: asyncio.Task[None] | None = None

    @property
    def pending(self) -> int:
        """Pairs that wait to be written."""
        return len(self._waiting)

    def record(self, ended: EndedPair) -> None:
        """Have it written soon. Never waits, never raises."""
        if len(self._waiting) >= self._capacity:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(ended)
        self._wake.set()

    async def recent(self, person: str, limit: int = 50) -> list[EndedPair]:
        """That person's last conversations that were written, the newest first."""
        table = connection_history
        rows = (
            select(*(table.c[name] for name in EndedPair.__struct_fields__))
            .where(or_(table.c.person_a == person, table.c.person_b == person))
            .order_by(table.c.ended_at.desc(), table.c.id.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [EndedPair(*row) for row in await connection.execute(rows)]

    async def purge(self, before: int) -> int:
        """Forget what ended before that wall time; says how many rows went."""
        async with writing(self._engine) as connection:
            old = delete(connection_history).where(connection_history.c.ended_at < before)
            return (await connection.execute(old)).rowcount

    async def write(self) -> None:
        """Write everything that waits. Rows that are already there, after a retry, are left as they are.

        Raises the database's error when it is away; the rows then keep waiting.
        """
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                async with writing(self._engine) as connection:
                    await connection.execute(self._insert, await self._rows(connection, batch))
            except (DataError, IntegrityError) as error:
                # Trying again would not help, and would hold up everybody else's rows.
                self.dropped += len(batch)
                log.error("history_refused", rows=len(batch), error=str(error.orig))
            except UNAVAILABLE:
                self._put_back(batch)
                raise
            else:
                self.recorded += len(batch)

    async def _rows(
        self, connection: AsyncConnection, batch: list[EndedPair]
    ) -> list[dict[str, Any]]:
        people = {one for pair in batch for one in (pair.person_a, pair.person_b)}
        gone = await self.gone(connection, people)
        rows = [asdict(pair) for pair in batch]
        for row in rows:
            for person in ("person_a", "person_b"):
                if row[person] in gone:
                    row[person] = GONE
        return rows

    def start(self) -> None:
        """Start writing, and forgetting once a day what is older than the retention."""
        self._writer = asyncio.get_running_loop().create_task(self._run(), name="history")

    async def close(self) -> None:
        """Write what still waits, then stop. What cannot be written in time is lost, counted and logged."""
        self._closed.set()
        self._wake.set()
        try:
            async with asyncio.timeout(CLOSE_S):
                if self._writer is not None:
                    await self._writer
                await self.write()
        except UNAVAILABLE as error:
            self.dropped += len(self._waiting)
            log.error("history_lost", rows=len(self._waiting), error=str(error))
            self._waiting.clear()

    async def _run(self) -> None:
        purge_due = self._clock.now()
        closing = False
        while not closing:
            closing = self._closed.is_set()
            self._wake.clear()
            try:
                if self._clock.now() >= purge_due:
                    await self.purge(self._clock.wall() - self._retention_ms)
                    purge_due = self._clock.now() + DAY_S
                await self.write()
            except UNAVAILABLE as error:
                if not self.away.is_set():
                    log.warning("history_waits", rows=len(self._waiting), error=str(error))
                self.away.set()
                await _either(self._closed, RETRY_S)
            else:
                if self.away.is_set():
                    log.info("history_writes_again")
                self.away.clear()
                if not closing:
                    await _either(self._wake, purge_due - self._clock.now())

    def _put_back(self, batch: list[EndedPair]) -> None:
        self._waiting.extendleft(reversed(batch))
        while len(self._waiting) > self._capacity:
            self._waiting.popleft()
            self.dropped += 1


async def _nobody(connection: AsyncConnection, people: Collection[str]) -> Collection[str]:
    """Nobody has an account here."""
    return ()


def _insert_new(dialect: str) -> Insert:
    """An INSERT that skips rooms that are already there. Both databases have it, each in its own words."""
    if dialect == "postgresql":
        return postgresql.insert(connection_history).on_conflict_do_nothing(
            index_elements=["room_id"]
        )
    return sqlite.insert(connection_history).on_conflict_do_nothing(index_elements=["room_id"])


async def _either(happens: asyncio.Event, seconds: float) -> None:
    """Until the event or the time, whichever is first."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await happens.wait()
