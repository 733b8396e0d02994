"""The lobbies that keep the contract. Another one is another line of `LOBBIES`."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from parley.lobby.lobby import Apart, Lobby
from parley.lobby.lobby_memory import MemoryLobby

PATIENCE = 10.0


class LobbyAndApart(Lobby, Apart, Protocol):
    """Both ports in one, as each backend has them."""


@asynccontextmanager
async def memory() -> AsyncIterator[LobbyAndApart]:
    """A lobby in this process."""
    yield MemoryLobby(PATIENCE, random.Random(7))


LOBBIES: dict[str, Callable[[], AbstractAsyncContextManager[LobbyAndApart]]] = {"memory": memory}
