"""Pair rooms, one promise at a time; `test_pairs_machine.py` and the simulation put them together."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from parley.kernel.errors import Conflict, NotInRoom, RateLimited
from parley.lobby.lobby_memory import MemoryLobby
from parley.lobby.pairs import EndedPair, PairRooms, Participant, Surroundings
from parley.lobby.schemas import (
    NewMessage,
    PartnerDisconnected,
    PartnerFound,
    PartnerReconnected,
    PartnerReconnecting,
    Queued,
    UserTyping,
    WaitingForPartner,
)
from parley.lobby.ticket import Ticket
from tests.support.clock import ManualClock
from tests.support.coroutines import finish
from tests.support.ids import CountedIds


class Rooms:
    """Pair rooms, everything they told and everything they remembered."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.told: dict[str, list[msgspec.Struct]] = {}
        self.ended: list[EndedPair] = []
        self.slow: set[str] = set()
        lobby = MemoryLobby(3.0, random.Random(1))
        self.rooms = PairRooms(
            Surroundings(
                lobby=lobby,
                apart=lobby,
                clock=self.clock,
                ids=CountedIds(),
                cooldown=60.0,
                tell=self._tell,
                ended=self.ended.append,
                congested=lambda one: one.connection in self.slow,
            )
        )

    def _tell(self, event: msgspec.Struct, *participants: Participant) -> None:
        for one in participants:
            self.told.setdefault(one.connection, []).append(event)

    def person(self, name: str, *, requeues: bool = False) -> Participant:
        return Participant(name, f"person of {name}", requeues=requeues)

    def join(self, one: Participant, **wishes: Any) -> None:
        wishes = {"kind": "chat"} | wishes
        finish(self.rooms.join(one, lambda i: Ticket(id=i, person=one.person, **wishes)))

    def heard(self, one: Participant) -> list[msgspec.Struct]:
        """What this one was told since it was asked last."""
        return self.told.pop(one.connection, [])

    def pair(self, *, requeues: bool = False) -> tuple[Participant, Participant, str]:
        """Two who have met, and have heard so."""
        one, other = (self.person(name, requeues=requeues) for name in ("one", "other"))
        for each in (one, other):
            self.join(each)
        found = [self.heard(each)[-1] for each in (one, other)]
        assert isinstance(found[0], PartnerFound)
        return one, other, found[0].room_id


@pytest.fixture
def lobby() -> Rooms:
    return Rooms()


def test_two_are_told_of_each_other_under_aliases(lobby: Rooms) -> None:
    one, other = lobby.person("one"), lobby.person("other")
    words = frozenset({"tea", "go"})
    lobby.join(one, interests=words)
    queued, waiting = lobby.heard(one)
    assert isinstance(queued, Queued)
    assert waiting == WaitingForPartner("chat", 0, (), 1, 1)
    lobby.join(other, interests=words)
    (its,) = lobby.heard(one)
    theirs = lobby.heard(other)[1]
    assert isinstance(its, PartnerFound)
    assert isinstance(theirs, PartnerFound)
    assert its.room_id == theirs.room_id
    assert its.initiator != theirs.initiator
    assert its.partner_id != theirs.partner_id
    assert its.shared == theirs.shared == ("go", "tea")


def test_who_talks_cannot_queue(lobby: Rooms) -> None:
    one, _, room = lobby.pair()
    with pytest.raises(Conflict):
        lobby.join(one)
    assert lobby.rooms.require_pair(one, room).room_id == room


def test_only_the_room_one_is_in_can_be_named(lobby: Rooms) -> None:
    one, other, room = lobby.pair()
    typing = UserTyping(room_id=room, is_typing=True)
    for stranger, name in ((one, "another"), (one, ""), (lobby.person("third"), room)):
        with pytest.raises(NotInRoom):
            lobby.rooms.relay(stranger, name, typing)
        with pytest.raises(NotInRoom):
            lobby.rooms.say(stranger, name, "hello")
        with pytest.raises(NotInRoom):
            finish(lobby.rooms.leave(stranger, name))
    assert lobby.heard(one) == lobby.heard(other) == []
    lobby.rooms.relay(one, room, typing)
    assert (lobby.heard(one), lobby.heard(other)) == ([], [typing])


def test_both_hear_what_is_said_with_the_servers_stamp(lobby: Rooms) -> None:
    one, other, room = lobby.pair()
    message = lobby.rooms.say(one, room, "hello")
    assert lobby.heard(one) == lobby.heard(other) == [message]
    assert isinstance(message, NewMessage)
    assert message.timestamp == "2025-06-15T15:06:40.000Z"
    assert lobby.rooms.say(other, room, "hello").sender != message.sender


def test_a_slow_partner_is_not_talked_to_and_can_still_be_left(lobby: Rooms) -> None:
    one, other, room = lobby.pair()
    lobby.slow.add("other")
    with pytest.raises(RateLimited):
        lobby.rooms.say(one, room, "hello")
    with pytest.raises(RateLimited):
        lobby.rooms.relay(one, room, UserTyping(room_id=room, is_typing=True))
    assert lobby.heard(one) == lobby.heard(other) == []
    lobby.rooms.say(other, room, "I am slow to read, not to write")
    finish(lobby.rooms.skip(one))
    assert PartnerDisconnected(room, "skipped") in lobby.heard(other)


@pytest.mark.parametrize("reason", ["left", "skipped", "dropped"])
def test_who_is_left_is_told_once_and_it_is_remembered(lobby: Rooms, reason: Any) -> None:
    one, other, room = lobby.pair()
    lobby.clock.advance(90)
    if reason == "left":
        finish(lobby.rooms.leave(one, room))
    elif reason == "skipped":
        finish(lobby.rooms.skip(one))
    else:
        finish(lobby.rooms.gone(one, "dropped"))
    finish(lobby.rooms.gone(one, "left"))
    assert lobby.heard(other) == [PartnerDisconnected(room, reason)]
    assert not any(isinstance(event, PartnerDisconnected) for event in lobby.heard(one))
    (ended,) = lobby.ended
    assert (ended.room_id, ended.kind, ended.ended_by) == (room, "chat", reason)
    assert {ended.person_a, ended.person_b} == {one.person, other.person}
    assert ended.ended_at - ended.started_at == 90_000


def test_who_requeues_goes_back_to_the_queue_by_itself(lobby: Rooms) -> None:
    one, other, room = lobby.pair(requeues=True)
    finish(lobby.rooms.leave(one, room))
    gone, queued, waiting = lobby.heard(other)
    assert gone == PartnerDisconnected(room, "left")
    assert isinstance(queued, Queued)
    assert isinstance(waiting, WaitingForPartner)
    assert lobby.heard(one) == []  # it left on purpose, and does not look


def test_two_who_skipped_meet_again_when_the_cooldown_is_over(lobby: Rooms) -> None:
    one, other, _ = lobby.pair(requeues=True)
    finish(lobby.rooms.skip(one))
    assert lobby.rooms.pairs == {}
    lobby.clock.advance(59.9)
    finish(lobby.rooms.advance())
    assert lobby.rooms.pairs == {}
    lobby.clock.advance(0.1)
    finish(lobby.rooms.advance())
    assert len(lobby.rooms.pairs) == 1
    for each in (one, other):
        assert isinstance(lobby.heard(each)[-1], PartnerFound)


def test_a_break_is_told_and_so_is_the_return(lobby: Rooms) -> None:
    one, other, room = lobby.pair()
    finish(lobby.rooms.absent(one))
    finish(lobby.rooms.returned(one))
    assert lobby.heard(other) == [PartnerReconnecting(room), PartnerReconnected(room)]
    assert lobby.heard(one) == []


def test_who_is_away_waits_unmatched_and_is_told_its_rung_on_return(lobby: Rooms) -> None:
    one, other = lobby.person("one"), lobby.person("other")
    lobby.join(one, interests=frozenset({"tea"}), pool="a")
    lobby.heard(one)
    finish(lobby.rooms.absent(one))
    lobby.clock.advance(3)
    finish(lobby.rooms.advance())
    lobby.join(other, pool="a")
    assert lobby.heard(one) == []
    finish(lobby.rooms.leave_queue(other))
    finish(lobby.rooms.returned(one))
    assert lobby.heard(one) == [WaitingForPartner("chat", 1, ("interests",), 1)]


def test_who_requeues_while_away_is_not_matched_before_it_returns(lobby: Rooms) -> None:
    one, other, room = lobby.pair(requeues=True)
    finish(lobby.rooms.absent(other))
    finish(lobby.rooms.leave(one, room))
    third = lobby.person("third")
    lobby.join(third)
    assert isinstance(lobby.heard(third)[-1], WaitingForPartner)
    finish(lobby.rooms.returned(other))
    assert isinstance(lobby.heard(third)[-1], PartnerFound)


def test_when_the_server_stops_both_are_told_once_and_nobody_is_queued(lobby: Rooms) -> None:
    one, other, room = lobby.pair(requeues=True)
    waiting = lobby.person("waiting")
    lobby.rooms.stop()
    lobby.rooms.stop()
    for each in (one, other):
        finish(lobby.rooms.gone(each, "dropped"))
        assert lobby.heard(each) == [PartnerDisconnected(room, "dropped")]
    lobby.join(waiting)
    assert lobby.heard(waiting) == []
    assert [ended.ended_by for ended in lobby.ended] == ["server_stopped"]
