"""The rule: who may meet whom, and what is given up when."""

from __future__ import annotations

import random
from typing import Any

import pytest

from parley.lobby.matching import Ticket, compatible
from parley.lobby.ticket import meet, rungs

INTERESTS, LANGUAGE, COUNTRY = (
    ("interests",),
    ("interests", "language"),
    ("interests", "language", "country"),
)


def ticket(name: str, **wishes: Any) -> Ticket:
    wishes = {
        key: frozenset(value) if isinstance(value, set) else value for key, value in wishes.items()
    }
    return Ticket(**{"id": name, "person": name, "kind": "video", **wishes})


def may_meet(
    a: dict[str, Any],
    b: dict[str, Any],
    relaxed_a: tuple[str, ...] = (),
    relaxed_b: tuple[str, ...] = (),
) -> bool:
    one, other = ticket("a", **a), ticket("b", **b)
    there = compatible(one, other, relaxed_a, relaxed_b, apart=False)
    back = compatible(other, one, relaxed_b, relaxed_a, apart=False)
    assert there == back, "the rule is symmetric"
    assert not compatible(one, other, relaxed_a, relaxed_b, apart=True), "kept apart is kept apart"
    return there


@pytest.mark.parametrize(
    ("a", "b", "allowed"),
    [
        ({}, {}, True),
        ({"person": "x"}, {"person": "x"}, False),
        ({"id": "x"}, {"id": "x"}, False),
        ({"kind": "chat"}, {"kind": "video"}, False),
        ({"pool": "one"}, {"pool": "two"}, False),
        ({"pool": "one"}, {"pool": "one"}, True),
        ({"available": False}, {}, False),
        ({"countries": {"DE"}}, {}, False),
        ({"countries": {"DE"}}, {"country": "US"}, False),
        ({"countries": {"DE"}}, {"country": "DE"}, True),
        ({"countries": {"DE", "US"}}, {"country": "US"}, True),
        ({"countries": {"DE"}, "country": "US"}, {"country": "DE", "countries": {"FR"}}, False),
        ({"countries": {"DE"}, "country": "FR"}, {"country": "DE", "countries": {"FR"}}, True),
        ({"language": "de"}, {"language": "de"}, True),
        ({"language": "de"}, {"language": "en"}, False),
        ({"language": "de"}, {}, False),
        ({"interests": {"art"}}, {}, False),
        ({"interests": {"art"}}, {"interests": {"chess"}}, False),
        ({"interests": {"art", "chess"}}, {"interests": {"chess"}}, True),
        ({"country_required": True}, {}, True),
    ],
)
def test_who_insists_gets_what_was_asked_for(
    a: dict[str, Any], b: dict[str, Any], allowed: bool
) -> None:
    assert may_meet(a, b) == allowed


@pytest.mark.parametrize(
    ("a", "b", "relaxed_a", "relaxed_b", "allowed"),
    [
        ({"interests": {"art"}}, {}, INTERESTS, (), True),
        ({"interests": {"art"}}, {"interests": {"chess"}}, INTERESTS, (), False),
        ({"interests": {"art"}}, {"interests": {"chess"}}, INTERESTS, INTERESTS, True),
        ({"language": "de"}, {}, LANGUAGE, (), True),
        ({"language": "de"}, {}, INTERESTS, (), False),
        ({"language": "de"}, {"language": "en"}, LANGUAGE, (), False),
        ({"language": "de"}, {"language": "en"}, LANGUAGE, LANGUAGE, True),
        ({"countries": {"DE"}}, {"country": "US"}, COUNTRY, (), True),
        ({"countries": {"DE"}}, {}, COUNTRY, (), True),
        ({"countries": {"DE"}}, {"country": "US"}, LANGUAGE, (), False),
        (
            {"countries": {"DE"}, "country_required": True},
            {"country": "US"},
            COUNTRY,
            COUNTRY,
            False,
        ),
        ({"pool": "one"}, {"pool": "two"}, COUNTRY, COUNTRY, False),
    ],
)
def test_a_wish_given_up_counts_no_more_and_a_must_always(
    a: dict[str, Any],
    b: dict[str, Any],
    relaxed_a: tuple[str, ...],
    relaxed_b: tuple[str, ...],
    allowed: bool,
) -> None:
    assert may_meet(a, b, relaxed_a, relaxed_b) == allowed


@pytest.mark.parametrize(
    ("wishes", "ladder"),
    [
        ({}, [()]),
        ({"interests": {"art"}}, [(), ("interests",)]),
        ({"language": "de"}, [(), ("language",)]),
        ({"countries": {"DE"}}, [(), ("country",)]),
        ({"countries": {"DE"}, "country_required": True}, [()]),
        ({"countries": {"DE"}, "language": "de"}, [(), ("language",), ("language", "country")]),
        (
            {"countries": {"DE"}, "language": "de", "interests": {"art"}},
            [(), INTERESTS, LANGUAGE, COUNTRY],
        ),
    ],
)
def test_the_ladder_has_the_wishes_of_the_ticket_in_the_declared_order(
    wishes: dict[str, Any], ladder: list[tuple[str, ...]]
) -> None:
    steps = rungs(ticket("a", **wishes))
    assert [rung.relaxed for rung in steps] == ladder
    assert [rung.step for rung in steps] == list(range(len(ladder)))


@pytest.mark.parametrize(
    "wishes",
    [
        {"kind": "telepathy"},
        {"interests": {str(n) for n in range(11)}},
        {"countries": {str(n) for n in range(11)}},
        {"interests": {""}},
        {"countries": {""}},
        {"country": ""},
        {"language": ""},
        {"language": "de\0en"},
    ],
)
def test_a_ticket_that_the_index_could_not_hold_is_refused(wishes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ticket("a", **wishes)


def test_a_ticket_may_ask_for_as_much_as_the_bounds_allow() -> None:
    most = {str(n) for n in range(10)}
    assert len(ticket("a", interests=most, countries=most).interests) == 10


def test_exactly_one_initiates_and_either_may() -> None:
    a, b = ticket("a"), ticket("b")
    coin = random.Random(1)
    initiators = [meet(a, b, coin).initiator for _ in range(100)]
    assert set(initiators) == {"a", "b"}


def test_a_match_names_the_shared_interests_in_order() -> None:
    a = ticket("a", interests={"music", "art", "go"})
    b = ticket("b", interests={"art", "chess", "music"})
    assert meet(a, b, random.Random(1)).shared == ("art", "music")
