"""Sessions that end elsewhere are heard of, also when the database was away for a while; expired ones go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from parley.accounts import Device, NewAccount, Sessions, User
from parley.accounts.passwords import Hasher
from parley.accounts.service import Accounts
from parley.accounts.sessions import EndReason
from parley.accounts.tokens import Signer
from parley.accounts.watch import Watch
from parley.kernel.ids import SystemIds
from parley.storage import open_engine
from tests.support.clock import ManualClock

DEVICE = Device("192.0.2.1")


class Node:
    """One of two processes on a database: its sessions, and what its watch has told."""

    def __init__(self, engine: AsyncEngine, clock: ManualClock) -> None:
        signer = Signer(b"k" * 32, clock)
        self.sessions = Sessions(engine, signer, clock, SystemIds())
        self.watch = Watch(self.sessions, clock)
        self.told: list[tuple[str, EndReason]] = []

    def hear(self, user_id: str, session_ids: Sequence[str], reason: EndReason) -> None:
        self.told += [(session_id, reason) for session_id in session_ids]


@pytest.fixture
async def world(migrated_url: str) -> AsyncIterator[tuple[Node, Node, User, ManualClock]]:
    engine, clock = open_engine(migrated_url), ManualClock()
    here, there = Node(engine, clock), Node(engine, clock)
    hasher = Hasher("argon2id")
    accounts = Accounts(engine, there.sessions, hasher, clock, SystemIds())
    user = await accounts.register(NewAccount(username="somebody", password=None))
    yield here, there, user, clock
    hasher.close()
    await engine.dispose()


async def test_what_ends_elsewhere_is_heard_of_at_the_next_look(
    world: tuple[Node, Node, User, ManualClock],
) -> None:
    here, there, user, clock = world
    token = await there.sessions.open_token(user, DEVICE)
    principal = await there.sessions.authenticate(token)
    await here.watch.look(here.hear)
    assert here.told == []
    clock.advance(2)
    await there.sessions.end(principal)
    await here.watch.look(here.hear)
    assert here.told == [(principal.session_id, "ended_elsewhere")]
    clock.advance(60)
    await here.watch.look(here.hear)
    here.told.clear()
    clock.advance(60)
    await here.watch.look(here.hear)
    assert here.told == []


async def test_tidying_forgets_sessions_that_are_over_and_no_others(
    world: tuple[Node, Node, User, ManualClock],
) -> None:
    here, _, user, clock = world
    await here.sessions.open_token(user, DEVICE)
    clock.advance(604_000)
    token = await here.sessions.open_token(user, DEVICE)
    clock.advance(1000)
    await here.watch.tidy()
    assert len(await here.sessions.all_of(user.id)) == 1
    assert (await here.sessions.authenticate(token)).user.id == user.id
    assert await here.sessions.purge() == 0
