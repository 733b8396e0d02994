"""Lobbies and pair rooms that each break one promise: the simulation must find every one of them out."""

from __future__ import annotations

from typing import Any

import msgspec

from parley.kernel.errors import NotInRoom
from parley.lobby.lobby_memory import MemoryLobby
from parley.lobby.pairs import End, Pair, PairRooms, Participant
from parley.lobby.schemas import EndReason, PartnerDisconnected, PartnerFound
from parley.lobby.ticket import Coin, Match, Rung, Ticket


class TellsTwice(PairRooms):
    """Tells whoever is left behind twice."""

    def _end(self, pair: Pair, by: Participant, reason: EndReason) -> Participant:
        other = super()._end(pair, by, reason)
        self._tell(PartnerDisconnected(room_id=pair.room_id, reason=reason), other)
        return other


class TellsNobody(PairRooms):
    """Lets people vanish without a word to those whom they leave behind."""

    async def gone(self, one: Participant, reason: EndReason) -> None:
        await self.leave_queue(one)
        if one.pair is not None:
            self._forget(one.pair, reason)


class ForgetsOneSide(PairRooms):
    """Ends a pair for one of its two sides."""

    def _forget(self, pair: Pair, ended_by: End) -> None:
        super()._forget(pair, ended_by)
        pair.b.pair = pair


class NeverForgets(PairRooms):
    """Keeps pairs that have ended."""

    def _forget(self, pair: Pair, ended_by: End) -> None:
        super()._forget(pair, ended_by)
        self.pairs[pair.room_id] = pair


class HearsEverything(PairRooms):
    """Passes on what is said into any room."""

    def require_pair(self, one: Participant, room_id: str) -> Pair:
        if one.pair is None:
            raise NotInRoom
        return one.pair


class TellsBothToOffer(PairRooms):
    """Makes both sides the initiator."""

    def _pair(self, a: Participant, b: Participant, match: Match) -> None:
        tell = self._tell

        def overdo(event: msgspec.Struct, *participants: Participant) -> None:
            if isinstance(event, PartnerFound):
                event = msgspec.structs.replace(event, initiator=True)
            tell(event, *participants)

        self._tell = overdo
        super()._pair(a, b, match)
        self._tell = tell


class MatchesTheAbsent(PairRooms):
    """Takes no notice of those who are away."""

    async def absent(self, one: Participant) -> None:
        return None


class MatchesTheBusy(PairRooms):
    """Takes no notice of those who do not want to be matched now."""

    async def change(self, one: Participant, person: str, available: bool) -> None:
        await super().change(one, person, True)


class LeavesGhosts(PairRooms):
    """Leaves the tickets of those who are gone in the queue."""

    async def leave_queue(self, one: Participant) -> None:
        one.waiting = False


class ForgetsSkips(MemoryLobby):
    """Knows no cooldown."""

    async def keep_apart(self, a: str, b: str, until: float | None) -> None:
        if until is None:
            await super().keep_apart(a, b, until)


class ForgetsBlocks(MemoryLobby):
    """Knows no block."""

    async def keep_apart(self, a: str, b: str, until: float | None) -> None:
        if until is not None:
            await super().keep_apart(a, b, until)


class ForgetsGuests(MemoryLobby):
    """Lets people meet a user from whom they were kept apart when it was a guest."""

    async def adopt(self, guest: str, user: str) -> None:
        return None


class StaysTheGuest(PairRooms):
    """Does not notice that a guest is a user now."""

    async def change(self, one: Participant, person: str, available: bool) -> None:
        await super().change(one, one.person, available)


class ClaimsOneSide(MemoryLobby):
    """Takes one of the two who meet out of the queue, and leaves the other one in it."""

    async def add(self, ticket: Ticket, now: float) -> Match | None:
        match = await super().add(ticket, now)
        if match is not None:
            await super().add(match.b, now)
        return match


class LosesTickets(MemoryLobby):
    """Now and then forgets somebody who waits."""

    async def add(self, ticket: Ticket, now: float) -> Match | None:
        match = await super().add(ticket, now)
        if match is None and ticket.id.endswith("7"):
            await super().remove(ticket.id)
        return match


class IntroducesOneToOneself(MemoryLobby):
    """Lets two tabs of one person meet."""

    async def add(self, ticket: Ticket, now: float) -> Match | None:
        for other in self.tickets:
            same = other.person == ticket.person and other.kind == ticket.kind
            if same and await super().remove(other.id):
                return Match(ticket, other, ticket.id, tuple(ticket.interests & other.interests))
        match = await super().add(ticket, now)
        if match is None:
            self.tickets.append(ticket)
        return match

    def __init__(self, patience: float, coin: Coin) -> None:
        super().__init__(patience, coin)
        self.tickets: list[Ticket] = []


class GivesUpTooSoon(MemoryLobby):
    """Lives ahead of time, so that wishes are given up before it is due."""

    async def advance(self, now: float) -> list[tuple[str, Match | Rung]]:
        return await super().advance(now + 1.0)


class LetsThemWait(MemoryLobby):
    """Never looks again at those who wait."""

    async def advance(self, now: float) -> list[tuple[str, Match | Rung]]:
        return []


class ForgetsToReunite(MemoryLobby):
    """Keeps people apart for ever."""

    async def keep_apart(self, a: str, b: str, until: float | None) -> None:
        await super().keep_apart(a, b, None)


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"rooms": TellsTwice}, "an end is told once"),
    ({"rooms": TellsNobody}, "who is left behind is told once"),
    ({"rooms": ForgetsOneSide}, "one is where one was told to be"),
    ({"rooms": NeverForgets}, "every pair is a meeting"),
    ({"rooms": HearsEverything}, "nothing from outside the room is heard"),
    ({"rooms": TellsBothToOffer}, "exactly one side makes the offer"),
    ({"rooms": MatchesTheAbsent}, "only who is available is|who is away is not available"),
    ({"rooms": LeavesGhosts}, "who waits is in the queue"),
    ({"rooms": MatchesTheBusy}, "only who is available is matched"),
    (
        {"rooms": StaysTheGuest},
        "nobody meets oneself|who is kept apart|a ticket is|the record names",
    ),
    ({"lobby": ForgetsSkips}, "who is kept apart does not meet"),
    ({"lobby": ForgetsBlocks}, "who is kept apart does not meet"),
    ({"lobby": ForgetsGuests}, "who is kept apart does not meet"),
    ({"lobby": ClaimsOneSide}, "who waits is in the queue"),
    ({"lobby": LosesTickets}, "who waits is in the queue"),
    ({"lobby": IntroducesOneToOneself}, "nobody meets oneself"),
    ({"lobby": GivesUpTooSoon}, "who is kept apart does not meet|a wish is given up when"),
    ({"lobby": LetsThemWait}, "who waits knows on which rung|no two who fit both wait"),
    ({"lobby": ForgetsToReunite}, "no two who fit both wait"),
]
