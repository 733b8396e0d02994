"""A million steps in the life of a lobby, and broken lobbies that must not get away with it.

Virtual time, one seed: joins with all kinds of wishes, skips, leaves, breaks and returns, expiries,
slow readers, blocks, late signals, guests who sign in, users who are busy for a while. In a shorter life
the lobby is far away, and answers late and out of order. `tests/support/lobby_ledger.py` says what must hold.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.far_lobby import FarLobby
from tests.support.lobby_ledger import PromiseBroken
from tests.support.lobby_life import Life
from tests.support.lobby_world import World

from .broken_lobbies import BROKEN
from .broken_waiters import BROKEN_WAITERS

SEED = 20260131


def test_a_lobby_keeps_its_promises_for_a_million_steps() -> None:
    world = World(SEED, people=240)
    life = Life(world, SEED)
    life.live(1_000_000)
    life.end()
    # It was a full life, or the promises were never put to the test.
    assert world.rooms.matched == world.ledger.ended > 50_000
    assert world.counts.keys() == {kind for kind, count in world.counts.items() if count > 1000}


def test_a_lobby_far_away_keeps_the_same_promises() -> None:
    world = World(SEED, people=240, lobby=FarLobby)
    life = Life(world, SEED)
    life.live(100_000)
    life.end()
    assert world.rooms.matched == world.ledger.ended > 5000
    assert world.counts.keys() == {kind for kind, count in world.counts.items() if count > 50}


def test_the_same_seed_makes_the_same_history() -> None:
    first, second = (_lived(SEED + 1, 5000) for _ in range(2))
    assert first.counts == second.counts
    assert [client.room for client in first.clients] == [client.room for client in second.clients]


@pytest.mark.parametrize(
    ("parts", "promise"),
    BROKEN,
    ids=[kind.__name__ for parts, _ in BROKEN for kind in parts.values()],
)
def test_a_broken_lobby_is_found_out(parts: dict[str, Any], promise: str) -> None:
    with pytest.raises(PromiseBroken, match=rf"seed \d+, step \d+: ({promise})"):
        _lived(SEED, 50_000, **parts)


@pytest.mark.parametrize(
    ("parts", "promise"),
    BROKEN_WAITERS,
    ids=[kind.__name__ for parts, _ in BROKEN_WAITERS for kind in parts.values()],
)
def test_who_trusts_a_lobby_far_away_too_much_is_found_out(
    parts: dict[str, Any], promise: str
) -> None:
    with pytest.raises(PromiseBroken, match=rf"seed \d+, step \d+: ({promise})"):
        _lived(SEED, 150_000, people=20, lobby=FarLobby, **parts)


def _lived(seed: int, steps: int, people: int = 60, **parts: Any) -> World:
    world = World(seed, people, **parts)
    Life(world, seed).live(steps)
    return world
