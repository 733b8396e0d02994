"""A lobby that is somewhere else takes its time; what people do meanwhile loses nobody."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest

from parley.lobby.lobby_memory import MemoryLobby
from parley.lobby.pairs import EndedPair, PairRooms, Participant, Surroundings
from parley.lobby.schemas import PartnerFound, WaitingForPartner
from parley.lobby.ticket import Match, Rung, Ticket
from tests.support.clock import ManualClock
from tests.support.ids import CountedIds


class FarLobby(MemoryLobby):
    """A lobby that can be held up, on the way there or, for `add`, on the way back."""

    def __init__(self) -> None:
        super().__init__(3.0, random.Random(1))
        self.there, self.back = asyncio.Event(), asyncio.Event()
        self.there.set()
        self.back.set()
        self.beats = 0

    async def add(self, ticket: Ticket, now: float) -> Match | None:
        await self.there.wait()
        match = await super().add(ticket, now)
        await self.back.wait()
        return match

    async def advance(self, now: float) -> list[tuple[str, Match | Rung]]:
        self.beats += 1
        await self.there.wait()
        return await super().advance(now)


class Rooms:
    """Pair rooms on such a lobby, and whom they told of a stranger."""

    def __init__(self) -> None:
        self.lobby = FarLobby()
        self.clock = ManualClock()
        self.found: list[str] = []
        self.told: list[tuple[str, msgspec.Struct]] = []
        self.ended: list[EndedPair] = []
        self.rooms = PairRooms(
            Surroundings(
                lobby=self.lobby,
                apart=self.lobby,
                clock=self.clock,
                ids=CountedIds(),
                cooldown=60.0,
                tell=self._tell,
                ended=self.ended.append,
            )
        )

    def _tell(self, event: msgspec.Struct, *participants: Participant) -> None:
        self.told += [(one.connection, event) for one in participants]
        if isinstance(event, PartnerFound):
            self.found += [one.connection for one in participants]

    def join(self, one: Participant, **wishes: Any) -> Coroutine[Any, Any, None]:
        return self.rooms.join(
            one, lambda i: Ticket(id=i, person=one.person, kind="chat", **wishes)
        )

    async def held_up(
        self, one: Participant, gate: asyncio.Event, **wishes: Any
    ) -> asyncio.Task[None]:
        """Let this one join, up to the gate."""
        gate.clear()
        started = asyncio.Event()

        async def go() -> None:
            started.set()
            await self.join(one, **wishes)

        task = asyncio.create_task(go())
        await started.wait()
        return task


def people(*names: str) -> list[Participant]:
    return [Participant(name, f"person of {name}") for name in names]


async def left(rooms: Rooms, one: Participant) -> None:
    await rooms.rooms.leave_queue(one)


async def gone(rooms: Rooms, one: Participant) -> None:
    await rooms.rooms.gone(one, "dropped")


async def somebody_else(rooms: Rooms, one: Participant) -> None:
    await rooms.rooms.change(one, "user", True)
    await rooms.rooms.leave_queue(one)


@pytest.mark.parametrize("does", [left, gone, somebody_else])
async def test_who_was_matched_with_somebody_who_left_meanwhile_goes_on_waiting(does: Any) -> None:
    rooms = Rooms()
    first, second, third = people("first", "second", "third")
    await rooms.join(first)
    joining = await rooms.held_up(second, rooms.lobby.back)
    leaving = asyncio.create_task(does(rooms, first))
    rooms.lobby.back.set()
    await asyncio.gather(joining, leaving)
    assert (rooms.found, second.waiting, rooms.lobby.waiting["chat"]) == ([], True, 1)
    await rooms.join(third)
    assert sorted(rooms.found) == ["second", "third"]


async def test_who_leaves_before_the_lobby_knew_it_does_not_wait_there() -> None:
    rooms = Rooms()
    first, second = people("first", "second")
    joining = await rooms.held_up(first, rooms.lobby.there)
    await rooms.rooms.leave_queue(first)
    rooms.lobby.there.set()
    await joining
    assert (first.waiting, rooms.lobby.waiting["chat"]) == (False, 0)
    await rooms.join(second)
    assert (rooms.found, second.waiting) == ([], True)


async def test_nobody_meets_on_a_server_that_has_stopped_meanwhile() -> None:
    rooms = Rooms()
    first, second = people("first", "second")
    await rooms.join(first)
    joining = await rooms.held_up(second, rooms.lobby.back)
    rooms.rooms.stop()
    rooms.lobby.back.set()
    await joining
    assert (rooms.found, rooms.rooms.pairs) == ([], {})


@pytest.mark.parametrize("way", ["there", "back"])
async def test_who_breaks_off_while_the_lobby_decides_is_not_matched_before_it_returns(
    way: str,
) -> None:
    rooms = Rooms()
    first, second = people("first", "second")
    gate: asyncio.Event = getattr(rooms.lobby, way)
    joining = await rooms.held_up(first, gate)
    await rooms.rooms.absent(first)
    gate.set()
    await joining
    await rooms.join(second)
    assert (rooms.found, rooms.lobby.waiting["chat"]) == ([], 2)
    await rooms.rooms.returned(first)
    assert sorted(rooms.found) == ["first", "second"]


async def test_who_is_put_back_keeps_its_place_and_its_rung_and_hears_nothing_of_it() -> None:
    rooms = Rooms()
    first, gone, newcomer = people("first", "gone", "newcomer")
    younger = Participant("younger", first.person)
    await rooms.join(first, language="de", countries=frozenset({"DE"}))
    rooms.clock.advance(3)
    await rooms.rooms.advance()
    await rooms.join(younger)
    assert first.ticket is not None
    rooms.told.clear()

    before = first.ticket.id
    joining = await rooms.held_up(gone, rooms.lobby.back, country="DE")
    leaving = asyncio.create_task(rooms.rooms.leave_queue(gone))
    rooms.lobby.back.set()
    await asyncio.gather(joining, leaving)
    assert first.ticket.id != before
    await rooms.rooms.advance()
    assert "first" not in [who for who, _ in rooms.told]

    rooms.clock.advance(3)
    await rooms.rooms.advance()
    assert rooms.told[-1] == ("first", WaitingForPartner("chat", 2, ("language", "country"), 2))
    await rooms.join(newcomer)
    assert sorted(rooms.found) == ["first", "newcomer"]


async def test_the_lobby_is_asked_what_time_brings_once_at_a_time() -> None:
    rooms = Rooms()
    rooms.lobby.there.clear()
    beats = [asyncio.create_task(rooms.rooms.advance()) for _ in range(3)]
    await asyncio.wait(beats, return_when=asyncio.FIRST_COMPLETED)
    rooms.lobby.there.set()
    await asyncio.gather(*beats)
    assert rooms.lobby.beats == 1
    await rooms.rooms.advance()
    assert rooms.lobby.beats == 2


async def test_who_is_gone_is_not_queued_by_what_it_asked_for_before() -> None:
    rooms = Rooms()
    (one,) = people("one")
    await rooms.rooms.gone(one, "dropped")
    await rooms.join(one)
    assert (rooms.told, rooms.lobby.waiting["chat"]) == ([], 0)
