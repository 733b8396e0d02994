"""Each backend in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Postgres

from .lobbies import LOBBIES, LobbyAndApart


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind that the server runs on."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/data/parley.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    yield (url := postgres.create())
    postgres.drop(url)


@pytest.fixture(params=list(LOBBIES))
async def lobby(request: pytest.FixtureRequest) -> AsyncIterator[LobbyAndApart]:
    """An empty lobby of each kind."""
    async with LOBBIES[request.param]() as lobby:
        yield lobby
