"""The lobbies that keep the contract, and tickets to try them with. Another one is another line of `LOBBIES`."""

from __future__ import annotations

import itertools
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from parley.lobby.lobby import Apart, Lobby
from parley.lobby.lobby_memory import MemoryLobby
from parley.lobby.ticket import Match, Ticket

PATIENCE = 10.0


class LobbyAndApart(Lobby, Apart, Protocol):
    """Both ports in one, as each backend has them."""


@asynccontextmanager
async def memory() -> AsyncIterator[LobbyAndApart]:
    """A lobby in this process."""
    yield MemoryLobby(PATIENCE, random.Random(7))


LOBBIES: dict[str, Callable[[], AbstractAsyncContextManager[LobbyAndApart]]] = {"memory": memory}

NOW = 1000.0
_numbers = itertools.count(1)


def ticket(**wishes: Any) -> Ticket:
    """A ticket of somebody else than all before, unless it says whose it is."""
    number = next(_numbers)
    return Ticket(**({"id": f"t{number}", "person": f"p{number}", "kind": "chat"} | wishes))


async def waits(lobby: LobbyAndApart, now: float = NOW, **wishes: Any) -> Ticket:
    """A ticket that was added and waits."""
    one = ticket(**wishes)
    assert await lobby.add(one, now) is None
    return one


async def meets(lobby: LobbyAndApart, other: Ticket, now: float = NOW, **wishes: Any) -> Match:
    """Add a ticket that must be matched with `other` at once."""
    one = ticket(**wishes)
    match = await lobby.add(one, now)
    assert match is not None
    assert (match.a.id, match.b.id) == (one.id, other.id)
    return match
