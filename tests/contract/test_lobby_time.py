"""What every lobby promises of time and of persons: when wishes are given up, and who does not meet."""

from __future__ import annotations

import pytest

from parley.lobby.ticket import WISHES, Match, Rung

from .lobbies import NOW, PATIENCE, LobbyAndApart, meets, waits

# --- what time brings --------------------------------------------------------------------------------------


async def test_wishes_are_given_up_one_by_one(lobby: LobbyAndApart) -> None:
    one = await waits(
        lobby,
        interests=frozenset({"tea"}),
        language="de",
        countries=frozenset({"DE"}),
    )
    assert await lobby.advance(NOW + PATIENCE - 0.001) == []
    for step in (1, 2, 3):
        news = await lobby.advance(NOW + PATIENCE * step)
        assert news == [(one.id, Rung(step, WISHES[:step]))]
        assert await lobby.advance(NOW + PATIENCE * step) == []
    assert await lobby.advance(NOW + PATIENCE * 99) == []


async def test_a_must_is_never_given_up(lobby: LobbyAndApart) -> None:
    await waits(lobby, countries=frozenset({"DE"}), country_required=True)
    await waits(lobby, country="IN")
    assert await lobby.advance(NOW + PATIENCE * 99) == []


async def test_a_wish_given_up_makes_a_match_and_is_told_once(lobby: LobbyAndApart) -> None:
    wisher = await waits(lobby, language="de")
    other = await waits(lobby)
    ((_, match),) = await lobby.advance(NOW + PATIENCE)
    assert isinstance(match, Match)
    assert {match.a.id, match.b.id} == {wisher.id, other.id}
    assert await lobby.advance(NOW + PATIENCE) == []
    assert lobby.waiting["chat"] == 0


async def test_who_is_away_climbs_and_is_not_matched(lobby: LobbyAndApart) -> None:
    away = await waits(lobby, language="de")
    await lobby.set_available(away.id, False, NOW)
    other = await waits(lobby)
    assert await lobby.advance(NOW + PATIENCE) == [(away.id, Rung(1, ("language",)))]
    match = await lobby.set_available(away.id, True, NOW + PATIENCE)
    assert match is not None
    assert {match.a.id, match.b.id} == {away.id, other.id}


async def test_a_clock_that_runs_backwards_stands_still(lobby: LobbyAndApart) -> None:
    one = await waits(lobby, language="de")
    assert await lobby.advance(NOW - 500) == []
    assert await lobby.advance(NOW + PATIENCE) == [(one.id, Rung(1, ("language",)))]
    await lobby.remove(one.id)
    first = await waits(lobby, now=NOW, person="p")
    second = await waits(lobby, now=NOW - 1, person="p")
    for one in (first, second):
        await meets(lobby, one)


async def test_who_is_put_back_stands_where_it_stood_and_gives_up_what_is_due(
    lobby: LobbyAndApart,
) -> None:
    later = NOW + PATIENCE * 1.5
    await waits(lobby, person="p", now=NOW + 1)
    elder = await waits(lobby, person="p", now=later, since=NOW, language="de")
    await waits(lobby, person="p", now=later)
    assert await lobby.advance(later) == [(elder.id, Rung(1, ("language",)))]
    await meets(lobby, elder, now=later)


async def test_nobody_has_waited_since_a_time_to_come(lobby: LobbyAndApart) -> None:
    first = await waits(lobby, person="p", since=NOW + 5)
    second = await waits(lobby, person="p", now=NOW + 1)
    for one in (first, second):
        await meets(lobby, one, now=NOW + 2)


# --- who is kept apart ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("swapped", [False, True])
async def test_a_cooldown_keeps_two_apart_until_it_ends(
    lobby: LobbyAndApart, swapped: bool
) -> None:
    persons = ("p2", "p1") if swapped else ("p1", "p2")
    await lobby.keep_apart(*persons, NOW + 60)
    one = await waits(lobby, person="p1")
    other = await waits(lobby, person="p2")
    assert await lobby.candidates(one.id, 5) == []
    assert await lobby.advance(NOW + 59.999) == []
    ((_, match),) = await lobby.advance(NOW + 60)
    assert isinstance(match, Match)
    assert {match.a.id, match.b.id} == {one.id, other.id}


async def test_a_cooldown_is_between_two_persons_alone(lobby: LobbyAndApart) -> None:
    await lobby.keep_apart("p1", "p2", NOW + 60)
    first = await waits(lobby, person="p1")
    second = await waits(lobby, person="p2")
    await meets(lobby, first)
    await meets(lobby, second)


async def test_the_longest_cooldown_counts(lobby: LobbyAndApart) -> None:
    await lobby.keep_apart("p1", "p2", NOW + 60)
    await lobby.keep_apart("p2", "p1", NOW + 90)
    await lobby.keep_apart("p1", "p2", NOW + 30)
    await waits(lobby, person="p1")
    await waits(lobby, person="p2")
    assert await lobby.advance(NOW + 89.9) == []
    assert len(await lobby.advance(NOW + 90)) == 1


async def test_a_block_lasts_until_it_is_lifted(lobby: LobbyAndApart) -> None:
    await lobby.keep_apart("p1", "p2", None)
    one = await waits(lobby, person="p1")
    other = await waits(lobby, person="p2")
    assert await lobby.advance(NOW + 1e6) == []
    await lobby.reunite("p2", "p1")
    ((_, match),) = await lobby.advance(NOW + 1e6)
    assert isinstance(match, Match)
    assert {match.a.id, match.b.id} == {one.id, other.id}


async def test_lifting_a_block_leaves_the_cooldown(lobby: LobbyAndApart) -> None:
    await lobby.keep_apart("p1", "p2", NOW + 60)
    await lobby.keep_apart("p1", "p2", None)
    await lobby.reunite("p1", "p2")
    await lobby.reunite("p1", "p2")
    await waits(lobby, person="p1")
    await waits(lobby, person="p2")
    assert await lobby.advance(NOW + 1) == []
    assert len(await lobby.advance(NOW + 60)) == 1


async def test_with_oneself_there_is_nothing_to_keep_apart(lobby: LobbyAndApart) -> None:
    await lobby.keep_apart("p1", "p1", None)
    await lobby.keep_apart("p1", "p1", NOW + 60)
    await lobby.reunite("p1", "p1")
    first = await waits(lobby, person="p1")
    await meets(lobby, first)


# --- guests who become users -----------------------------------------------------------------------------


@pytest.mark.parametrize("until", [None, NOW + 50], ids=["block", "cooldown"])
async def test_who_was_kept_apart_from_a_guest_is_kept_apart_from_its_user_as_long(
    lobby: LobbyAndApart, until: float | None
) -> None:
    await lobby.keep_apart("g", "p", until)
    await lobby.adopt("g", "u")
    await waits(lobby, person="p")
    await waits(lobby, person="u")
    news = await lobby.advance(NOW + 50)
    assert [type(one) for _, one in news] == ([] if until is None else [Match])


async def test_the_guest_that_was_adopted_stays_apart_too(lobby: LobbyAndApart) -> None:
    await lobby.keep_apart("p", "g", None)
    await lobby.adopt("g", "u")
    await waits(lobby, person="p")
    await waits(lobby, person="g")


async def test_a_user_who_adopts_a_guest_that_it_blocked_is_not_kept_from_itself(
    lobby: LobbyAndApart,
) -> None:
    await lobby.keep_apart("u", "g", None)
    await lobby.adopt("g", "u")
    first = await waits(lobby, person="u")
    await meets(lobby, first, person="p")


async def test_a_guest_who_turns_out_to_be_a_user_is_still_kept_apart(
    lobby: LobbyAndApart,
) -> None:
    await lobby.keep_apart("guest", "blocked", None)
    await lobby.keep_apart("skipped", "guest", NOW + 60)
    await lobby.adopt("guest", "user")
    user = await waits(lobby, person="user")
    blocked = await waits(lobby, person="blocked")
    assert await lobby.advance(NOW + 59) == []
    await lobby.remove(blocked.id)
    skipped = await waits(lobby, person="skipped")
    assert await lobby.candidates(user.id, 5) == []
    ((_, match),) = await lobby.advance(NOW + 60)
    assert isinstance(match, Match)
    assert {match.a.id, match.b.id} == {user.id, skipped.id}


async def test_the_guest_stays_kept_apart_as_well(lobby: LobbyAndApart) -> None:
    await lobby.keep_apart("guest", "other", None)
    await lobby.adopt("guest", "user")
    await waits(lobby, person="guest")
    await waits(lobby, person="other")
    assert await lobby.advance(NOW + 1e6) == []
