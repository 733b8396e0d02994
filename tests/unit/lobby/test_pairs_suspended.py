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
from parley.lobby.schemas import PartnerFound
from parley.lobby.ticket import Match, Ticket
from tests.support.clock import ManualClock
from tests.support.ids import CountedIds


class FarLobby(MemoryLobby):
    """A lobby whose `add` can be held up, on the way there or on the way back."""

    def __init__(self) -> None:
        super().__init__(3.0, random.Random(1))
        self.there, self.back = asyncio.Event(), asyncio.Event()
        self.there.set()
        self.back.set()

    async def add(self, ticket: Ticket, now: float) -> Match | None:
        await self.there.wait()
        match = await super().add(ticket, now)
        await self.back.wait()
        return match


class Rooms:
    """Pair rooms on such a lobby, and whom they told of a stranger."""

    def __init__(self) -> None:
        self.lobby = FarLobby()
        self.found: list[str] = []
        self.ended: list[EndedPair] = []
        self.rooms = PairRooms(
            Surroundings(
                lobby=self.lobby,
                apart=self.lobby,
                clock=ManualClock(),
                ids=CountedIds(),
                cooldown=60.0,
                tell=self._tell,
                ended=self.ended.append,
            )
        )

    def _tell(self, event: msgspec.Struct, *participants: Participant) -> None:
        if isinstance(event, PartnerFound):
            self.found += [one.connection for one in participants]

    def join(self, one: Participant) -> Coroutine[Any, Any, None]:
        return self.rooms.join(one, lambda i: Ticket(id=i, person=one.person, kind="chat"))

    async def held_up(self, one: Participant, gate: asyncio.Event) -> asyncio.Task[None]:
        """Let this one join, up to the gate."""
        gate.clear()
        started = asyncio.Event()

        async def go() -> None:
            started.set()
            await self.join(one)

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
