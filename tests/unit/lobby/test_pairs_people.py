"""Guests who sign in, users who cannot be met, strangers who are blocked: what it means for pair rooms."""

from __future__ import annotations

import pytest

from parley.kernel.errors import Conflict
from parley.lobby.pairs import Participant
from parley.lobby.schemas import PartnerDisconnected, PartnerFound, WaitingForPartner
from tests.support.coroutines import finish
from tests.unit.lobby.test_pairs import Rooms


@pytest.fixture
def lobby() -> Rooms:
    return Rooms()


def waits(lobby: Rooms, one: Participant) -> bool:
    return isinstance(lobby.heard(one)[-1], WaitingForPartner)


def test_who_is_not_available_waits_unmatched_until_it_is(lobby: Rooms) -> None:
    one, other = lobby.person("one"), lobby.person("other")
    one.available = False
    for each in (one, other):
        lobby.join(each)
        assert waits(lobby, each)
    finish(lobby.rooms.change(one, one.person, available=True))
    assert isinstance(lobby.heard(one)[-1], PartnerFound)
    assert isinstance(lobby.heard(other)[-1], PartnerFound)


def test_coming_back_makes_nobody_available_who_did_not_want_to_be(lobby: Rooms) -> None:
    one, other = lobby.person("one"), lobby.person("other")
    lobby.join(one)
    finish(lobby.rooms.absent(one))
    finish(lobby.rooms.change(one, one.person, available=False))
    lobby.join(other)
    finish(lobby.rooms.returned(one))
    assert one.waiting
    assert other.waiting
    finish(lobby.rooms.absent(one))
    finish(lobby.rooms.change(one, one.person, available=True))
    assert one.waiting
    finish(lobby.rooms.returned(one))
    assert one.pair is not None


def test_a_busy_one_goes_on_talking_and_is_not_matched_afterwards(lobby: Rooms) -> None:
    one, other, _ = lobby.pair()
    finish(lobby.rooms.change(one, one.person, available=False))
    assert lobby.heard(other) == []
    finish(lobby.rooms.skip(one))
    third = lobby.person("third")
    lobby.join(third)
    assert one.waiting
    assert third.waiting


def test_who_signs_in_keeps_the_chat_and_is_remembered_as_the_user(lobby: Rooms) -> None:
    one, other, room = lobby.pair()
    finish(lobby.rooms.change(one, "user", available=True))
    assert lobby.heard(one) == lobby.heard(other) == []
    finish(lobby.rooms.leave(other, room))
    assert "user" in (lobby.ended[0].person_a, lobby.ended[0].person_b)
    finish(lobby.rooms.skip(one))
    lobby.join(one)
    assert one.ticket is not None
    assert one.ticket.person == "user"


def test_who_signs_in_while_waiting_does_not_meet_the_guest_that_it_was(lobby: Rooms) -> None:
    one, tab = lobby.person("one"), Participant("tab", "person of one")
    for each in (one, tab):
        lobby.join(each)
    finish(lobby.rooms.change(one, "user", available=True))
    assert one.waiting
    assert tab.waiting
    other = lobby.person("other")
    lobby.join(other)
    assert other.pair is not None


def test_the_blocked_hears_that_the_other_has_left(lobby: Rooms) -> None:
    one, other, room = lobby.pair()
    stranger = finish(lobby.rooms.block(one))
    assert stranger.id == other.person
    assert lobby.heard(one) == []
    assert lobby.heard(other) == [PartnerDisconnected(room_id=room, reason="left")]
    assert lobby.ended[0].ended_by == "left"
    for each in (one, other):
        lobby.join(each)
        assert waits(lobby, each)


def test_the_last_stranger_can_be_blocked_under_the_name_that_it_has_now(lobby: Rooms) -> None:
    one, other, room = lobby.pair()
    finish(lobby.rooms.leave(other, room))
    finish(lobby.rooms.change(other, "user", available=True))
    assert finish(lobby.rooms.block(one)).id == "user"


def test_with_nobody_to_block_it_is_a_conflict(lobby: Rooms) -> None:
    with pytest.raises(Conflict):
        finish(lobby.rooms.block(lobby.person("one")))
