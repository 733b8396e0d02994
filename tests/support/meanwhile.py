"""Something that happens in the middle of a deletion: when everything is forgotten, and nothing is committed yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Meanwhile:
    """A `Keeper` (see `parley.accounts`) that comes last, and lets `work` go on until it is done or has to wait."""

    name = "nothing"

    def __init__(self, engine: AsyncEngine, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._engine = engine
        self._work = work
        self._task: asyncio.Task[None] | None = None

    async def told(self, person: str) -> None:
        """Nothing is kept."""

    async def forget(self, connection: AsyncConnection, person: str) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._work())
        while not self._task.done() and not await self._held_up():
            pass

    async def _held_up(self) -> bool:
        if self._engine.dialect.name == "sqlite":
            return True  # there one writes at a time
        async with self._engine.connect() as connection:
            asked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return bool(await connection.scalar(asked))

    async def done(self) -> None:
        """Wait until the work is done; raises what it raised."""
        assert self._task is not None
        await self._task
