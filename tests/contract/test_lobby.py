"""What every lobby promises, whatever it is kept in: who is matched, and that it is only once."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from parley.lobby.ticket import Ticket

from .lobbies import NOW, LobbyAndApart, meets, ticket, waits

# --- add and remove ------------------------------------------------------------------------------------


async def test_the_first_waits_and_the_second_meets_it(lobby: LobbyAndApart) -> None:
    first = await waits(lobby, interests=frozenset({"tea", "go", "maps"}))
    wishes = frozenset({"maps", "go", "x"})
    match = await meets(lobby, first, interests=wishes)
    assert match.shared == ("go", "maps")
    assert match.initiator in (match.a.id, match.b.id)
    assert match.b == first


async def test_both_sides_initiate_now_and_then(lobby: LobbyAndApart) -> None:
    initiated = set()
    for _ in range(40):
        first = await waits(lobby)
        match = await meets(lobby, first)
        initiated.add(match.initiator == first.id)
    assert initiated == {True, False}


async def test_whoever_is_matched_waits_no_longer(lobby: LobbyAndApart) -> None:
    first = await waits(lobby)
    match = await meets(lobby, first)
    for one in (match.a, match.b):
        assert await lobby.remove(one.id) is False
        assert await lobby.candidates(one.id, 10) == []
        assert await lobby.set_available(one.id, False, NOW) is None
    assert lobby.waiting["chat"] == 0
    await waits(lobby)


async def test_an_id_waits_once(lobby: LobbyAndApart) -> None:
    one = await waits(lobby, kind="video")
    with pytest.raises(ValueError, match="waits already"):
        await lobby.add(one, NOW)
    with pytest.raises(ValueError, match="waits already"):
        await lobby.add(ticket(id=one.id), NOW)
    assert lobby.waiting["chat"] == 0
    assert await lobby.remove(one.id) is True
    await lobby.add(one, NOW)
    assert lobby.waiting["video"] == 1


async def test_who_is_removed_is_not_matched(lobby: LobbyAndApart) -> None:
    first = await waits(lobby)
    assert await lobby.remove(first.id) is True
    assert await lobby.remove(first.id) is False
    assert await lobby.remove("nobody") is False
    await waits(lobby)


async def test_who_waits_is_counted_by_kind(lobby: LobbyAndApart) -> None:
    assert dict(lobby.waiting) == {"chat": 0, "video": 0}
    one = await waits(lobby, kind="video")
    await waits(lobby, kind="video", person=one.person)
    await waits(lobby, kind="chat", available=False)
    assert dict(lobby.waiting) == {"chat": 1, "video": 2}
    await lobby.remove(one.id)
    assert dict(lobby.waiting) == {"chat": 1, "video": 1}


# --- who may meet ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"kind": "chat"}, {"kind": "video"}),
        ({"pool": "a"}, {"pool": "b"}),
        ({"person": "p"}, {"person": "p"}),
        ({"available": False}, {}),
        ({}, {"available": False}),
        ({"countries": frozenset({"DE"}), "country_required": True}, {"country": "IN"}),
        ({"countries": frozenset({"DE"}), "country_required": True}, {}),
        ({"country": "IN"}, {"countries": frozenset({"DE"})}),
        ({"interests": frozenset({"tea"})}, {"interests": frozenset({"go"})}),
        ({"language": "de"}, {"language": "en"}),
        ({"language": "de"}, {}),
    ],
)
async def test_who_does_not_fit_waits(
    lobby: LobbyAndApart, one: dict[str, Any], other: dict[str, Any]
) -> None:
    for first, second in ((one, other), (other, one)):
        tickets = [await waits(lobby, **first), await waits(lobby, **second)]
        for each in tickets:
            assert await lobby.candidates(each.id, 10) == []
            await lobby.remove(each.id)


async def test_the_longest_waiting_comes_first(lobby: LobbyAndApart) -> None:
    queue = [await waits(lobby, person="p", now=NOW + n) for n in range(5)]
    for first in queue:
        await meets(lobby, first, now=NOW + 9)


async def test_a_shared_interest_comes_before_a_longer_wait(lobby: LobbyAndApart) -> None:
    words = frozenset({"tea"})
    first = await waits(lobby, person="p")
    second = await waits(lobby, person="p", interests=words)
    await meets(lobby, second, interests=words)
    await meets(lobby, first)


# --- availability ----------------------------------------------------------------------------------------


async def test_who_becomes_available_meets_who_waits(lobby: LobbyAndApart) -> None:
    away = await waits(lobby, available=False)
    here = await waits(lobby)
    match = await lobby.set_available(away.id, True, NOW)
    assert match is not None
    assert {match.a.id, match.b.id} == {away.id, here.id}
    assert dict(lobby.waiting) == {"chat": 0, "video": 0}


async def test_who_goes_away_keeps_its_place(lobby: LobbyAndApart) -> None:
    first = await waits(lobby, person="p")
    second = await waits(lobby, person="p")
    assert await lobby.set_available(first.id, False, NOW) is None
    assert await lobby.set_available(first.id, False, NOW) is None
    await meets(lobby, second)
    third = await waits(lobby, person="p")
    assert await lobby.set_available(first.id, True, NOW + 5) is None
    await meets(lobby, first, now=NOW + 6)
    await meets(lobby, third, now=NOW + 6)


async def test_nothing_happens_when_nobody_of_that_id_waits(lobby: LobbyAndApart) -> None:
    assert await lobby.set_available("nobody", True, NOW) is None
    assert await lobby.candidates("nobody", 5) == []
    assert await lobby.claim("nobody", "nobody else") is False


# --- candidates and claim --------------------------------------------------------------------------------


async def apart_crowd(lobby: LobbyAndApart, size: int) -> list[Ticket]:
    """Tickets that would fit but were kept apart when they came, and no longer are: they all wait."""
    crowd = [ticket() for _ in range(size)]
    for one, other in itertools.combinations(crowd, 2):
        await lobby.keep_apart(one.person, other.person, None)
    for one in crowd:
        assert await lobby.add(one, NOW) is None
    for one, other in itertools.combinations(crowd, 2):
        await lobby.reunite(one.person, other.person)
    return crowd


async def test_candidates_are_who_may_meet_the_best_first(lobby: LobbyAndApart) -> None:
    crowd = await apart_crowd(lobby, 4)
    ids = [one.id for one in crowd]
    assert await lobby.candidates(ids[0], 10) == ids[1:]
    assert await lobby.candidates(ids[2], 2) == ids[:2]
    assert await lobby.candidates(ids[2], 0) == []
    await lobby.keep_apart(crowd[0].person, crowd[1].person, None)
    assert await lobby.candidates(ids[0], 10) == ids[2:]
    await lobby.set_available(ids[3], False, NOW)
    assert await lobby.candidates(ids[0], 10) == [ids[2]]


async def test_a_claim_takes_both_or_neither(lobby: LobbyAndApart) -> None:
    a, b, c = await apart_crowd(lobby, 3)
    assert await lobby.claim(a.id, a.id) is False
    assert await lobby.claim(a.id, "nobody") is False
    assert lobby.waiting["chat"] == 3
    assert await lobby.claim(a.id, b.id) is True
    assert lobby.waiting["chat"] == 1
    assert await lobby.claim(a.id, c.id) is False
    assert await lobby.claim(c.id, b.id) is False
    assert lobby.waiting["chat"] == 1
    assert await lobby.remove(a.id) is False
    assert await lobby.remove(c.id) is True


async def test_who_is_away_cannot_be_claimed(lobby: LobbyAndApart) -> None:
    a, b = await apart_crowd(lobby, 2)
    await lobby.set_available(a.id, False, NOW)
    assert await lobby.claim(a.id, b.id) is False
    assert await lobby.claim(b.id, a.id) is False
    assert lobby.waiting["chat"] == 2


async def test_of_many_claims_at_once_each_ticket_is_had_by_one(lobby: LobbyAndApart) -> None:
    crowd = await apart_crowd(lobby, 8)
    pairs = list(itertools.combinations([one.id for one in crowd], 2))
    had = await asyncio.gather(*(lobby.claim(a, b) for a, b in pairs))
    taken = [one for pair, got in zip(pairs, had, strict=True) if got for one in pair]
    assert sorted(taken) == sorted(one.id for one in crowd)
    assert lobby.waiting["chat"] == 0


async def test_of_many_who_come_at_once_each_is_matched_once(lobby: LobbyAndApart) -> None:
    crowd = [ticket() for _ in range(50)]
    matches = [
        match
        for match in await asyncio.gather(*(lobby.add(one, NOW) for one in crowd))
        if match is not None
    ]
    matched = [one.id for match in matches for one in (match.a, match.b)]
    assert sorted(matched) == sorted(one.id for one in crowd)
    assert lobby.waiting["chat"] == 0
