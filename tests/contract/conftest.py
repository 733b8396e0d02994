"""Each backend in turn, and what is kept in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from parley.accounts import Desk
from parley.kernel.ids import SystemIds
from parley.lobby.kept import KeptHistory
from parley.settings import Settings
from parley.storage import open_engine
from tests.support.callers import Caller
from tests.support.clock import ManualClock
from tests.support.server import ParleyServer

from .lobbies import LOBBIES, LobbyAndApart


@pytest.fixture
async def engine(migrated_url: str) -> AsyncIterator[AsyncEngine]:
    """That database."""
    opened = open_engine(migrated_url)
    yield opened
    await opened.dispose()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def desk(engine: AsyncEngine, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """Accounts on it, at the clock's time."""
    made = Desk(
        Settings(data_dir=tmp_path),
        engine,
        "a secret of this test",
        clock,
        SystemIds(),
        keepers=[KeptHistory(engine)],
    )
    yield made
    made.close()


@pytest.fixture
def one(on_both: ParleyServer) -> Iterator[Caller]:
    """Somebody with an account, signed in on a server with each database."""
    with Caller(on_both) as caller:
        assert caller.register().status_code == 201
        yield caller


@pytest.fixture
def nobody(on_both: ParleyServer) -> Iterator[Caller]:
    """Somebody without one."""
    with Caller(on_both) as caller:
        yield caller


@pytest.fixture(params=list(LOBBIES))
async def lobby(request: pytest.FixtureRequest) -> AsyncIterator[LobbyAndApart]:
    """An empty lobby of each kind."""
    async with LOBBIES[request.param]() as lobby:
        yield lobby
