"""Pair rooms that each trust a lobby far away in one point too many: the simulation must find every one out."""

from __future__ import annotations

from typing import Any

import msgspec

from parley.lobby.pairs import PairRooms, Participant, Surroundings
from parley.lobby.ticket import Match
from parley.lobby.waiters import Waiters


class BelievesInPresence(Waiters):
    """Takes it that whoever is matched is still there."""

    def _meet(self, match: Match) -> list[Participant]:
        both = [self._tickets.get(ticket.id) for ticket in (match.a, match.b)]
        here = [one for one in both if one is not None]
        before = [(one, one.absent, one.available) for one in here]
        for one in here:
            one.absent, one.available = False, True
        again = super()._meet(match)
        for one, absent, available in before:
            one.absent, one.available = absent, available
        return again


class BelievesInDistance(Waiters):
    """Takes it that the lobby knows who must not meet as soon as it is being told."""

    def _parting(self, a: Participant, b: Participant) -> None:
        return None


class LosesTheLeft(Waiters):
    """Forgets who was matched with somebody who had gone."""

    def _meet(self, match: Match) -> list[Participant]:
        super()._meet(match)
        return []


class PutsThemLast(Waiters):
    """Has whoever was matched with somebody who had gone begin anew."""

    def reissue(self, one: Participant) -> None:
        if one.ticket is not None:
            since = self._around.clock.now()
            one.ticket = msgspec.structs.replace(one.ticket, since=since)
        super().reissue(one)


class LeavesItAtThat(Waiters):
    """Tells the lobby one thing, and not what has changed meanwhile."""

    async def settle(self, *people: Participant) -> None:
        for one in people:
            if not one.settling:
                one.settling = True
                await self._tell_lobby(one)
                one.settling = False


def _rooms(kind: type[Waiters]) -> type[PairRooms]:
    class Rooms(PairRooms):
        def __init__(self, around: Surroundings) -> None:
            super().__init__(around)
            self._waiters = kind(around, self._pair)

    Rooms.__name__ = kind.__name__
    return Rooms


_SOMEBODY_WAITS_FOR_NOTHING = (
    "who waits is in the queue|who waits knows on which rung|no two who fit both wait"
)

BROKEN_WAITERS: list[tuple[dict[str, Any], str]] = [
    ({"rooms": _rooms(BelievesInPresence)}, "only who is available is matched"),
    ({"rooms": _rooms(BelievesInDistance)}, "who is kept apart does not meet"),
    ({"rooms": _rooms(LosesTheLeft)}, _SOMEBODY_WAITS_FOR_NOTHING),
    ({"rooms": _rooms(PutsThemLast)}, "who waits knows on which rung|no two who fit both wait"),
    ({"rooms": _rooms(LeavesItAtThat)}, _SOMEBODY_WAITS_FOR_NOTHING),
]
