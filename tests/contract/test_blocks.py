"""Blocks in the database and in the lobby: whatever happens at the same time, the two agree in the end."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from parley.kernel.ids import SystemIds
from parley.moderation import Blocks
from tests.support.clock import ManualClock


class Apart:
    """Who is kept apart, as the lobby is told; `reunite` can be held up."""

    def __init__(self) -> None:
        self.pairs: set[frozenset[str]] = set()
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def keep_apart(self, a: str, b: str, until: float | None) -> None:
        self.pairs.add(frozenset((a, b)))

    async def reunite(self, a: str, b: str) -> None:
        self.asked.set()
        await self.go_on.wait()
        self.pairs.discard(frozenset((a, b)))

    async def adopt(self, guest: str, user: str) -> None:
        return None


@pytest.fixture
def apart() -> Apart:
    return Apart()


@pytest.fixture
def blocks(engine: AsyncEngine, clock: ManualClock, apart: Apart) -> Blocks:
    return Blocks(engine, apart, clock, SystemIds())


async def test_who_is_blocked_while_lifting_a_block_stays_kept_apart(
    blocks: Blocks, apart: Apart
) -> None:
    await blocks.block("ann", "bob")
    lifting = asyncio.create_task(blocks.lift("ann", "bob"))
    await apart.asked.wait()  # ann's block is gone from the database, and bob has none yet
    await blocks.block("bob", "ann")
    apart.go_on.set()
    await lifting
    assert apart.pairs == {frozenset(("ann", "bob"))}
    assert [one.handle for one in await blocks.of("bob")] == ["ann"]
    assert await blocks.of("ann") == []


async def test_a_block_that_only_one_of_two_lifts_stays(blocks: Blocks, apart: Apart) -> None:
    apart.go_on.set()
    await blocks.block("ann", "bob")
    await blocks.block("bob", "ann")
    await blocks.lift("ann", "bob")
    assert apart.pairs == {frozenset(("ann", "bob"))}
    await blocks.lift("bob", "ann")
    assert apart.pairs == set()
