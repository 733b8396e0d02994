"""What matching costs, counted in calls and not in time: the queue's length does not matter."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from parley.lobby.index import keys_of
from parley.lobby.matching import Matcher, Ticket

SHORT, LONG = 300, 12_000
INTERESTS = [f"interest {number}" for number in range(40)]
TEN = frozenset(INTERESTS[:10])


def calls(act: Callable[[], Any]) -> int:
    """How many functions, built-in ones and resumed generators included, `act` calls."""
    count = 0

    def tally(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tally)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def far(name: str, rng: random.Random, **fields: Any) -> Ticket:
    """Somebody who insists on a country from which nobody waits."""
    wishes: dict[str, Any] = {
        "country": rng.choice(("DE", "FR", "IN")),
        "countries": frozenset(rng.sample(("AR", "JP", "NO"), 2)),
        "country_required": True,
        "interests": frozenset(rng.sample(INTERESTS, 2)),
        "language": rng.choice(("de", "en")),
    }
    return Ticket(**{"id": name, "person": name, "kind": "video", **wishes, **fields})


def queue(length: int) -> Matcher:
    """That many people, half of them on each rung, who cannot meet each other."""
    rng = random.Random(7)
    matcher = Matcher(10, rng)
    for number in range(length):
        assert matcher.add(far(f"w{number}", rng), 20 * number / length) is None
    matcher.advance(20)
    assert len(matcher) == length
    return matcher


@pytest.fixture(scope="module")
def queues() -> tuple[Matcher, Matcher]:
    return queue(SHORT), queue(LONG)


def seeker(name: str) -> Ticket:
    return Ticket(
        id=name,
        person=name,
        kind="video",
        country="JP",
        interests=TEN,
        language="de",
    )


def greedy(name: str, **wishes: Any) -> Ticket:
    """Somebody in 200 lines, whom any `seeker` suits; two of them do not suit each other."""
    countries = frozenset(("JP", *(f"C{number}" for number in range(9))))
    return far(
        name,
        random.Random(1),
        **{"countries": countries, "interests": TEN, "language": "de", **wishes},
    )


def lines(matcher: Matcher) -> int:
    return len(matcher._index)


def test_a_join_that_waits_and_leaves_costs_the_same_in_a_long_queue(
    queues: tuple[Matcher, Matcher],
) -> None:
    def come_and_go(matcher: Matcher) -> int:
        newcomer = far("newcomer", random.Random(1))
        cost = calls(lambda: matcher.add(newcomer, 20))
        return cost + calls(lambda: matcher.remove("newcomer"))

    short, long = map(come_and_go, queues)
    assert long < 2 * short


def test_a_join_that_finds_a_partner_costs_the_same_in_a_long_queue(
    queues: tuple[Matcher, Matcher],
) -> None:
    def meet(matcher: Matcher) -> int:
        newcomers = [seeker(f"s{number}") for number in range(20)]
        before = len(matcher)
        cost = calls(lambda: [matcher.add(newcomer, 20) for newcomer in newcomers])
        assert len(matcher) == before - 20
        return cost

    short, long = map(meet, queues)
    assert long < 2 * short


def test_a_join_does_not_wait_for_all_the_lines_of_a_partner_with_many_wishes() -> None:
    def meet(*countries: str) -> tuple[int, Matcher]:
        matcher = Matcher(10, random.Random(7))
        matcher.add(greedy("g", countries=frozenset(countries)), 0)
        met: list[Any] = []
        cost = calls(lambda: met.append(matcher.add(seeker("s"), 0)))
        assert met != [None]
        return cost, matcher

    modest, _ = meet("JP")
    cost, matcher = meet("JP", "C1", "C2")
    assert cost < modest + 20
    assert lines(matcher) == 60 - 6
    for number in range(20):  # those who come and go clear them, a few each
        matcher.add(far(f"w{number}", random.Random(number)), 0)
        matcher.remove(f"w{number}")
    assert lines(matcher) < 8  # of the last of them


def test_however_many_have_left_there_are_not_many_lines_to_clear() -> None:
    matcher = Matcher(10, random.Random(7))
    for number in range(100):
        matcher.add(greedy(f"g{number}"), 0)
    assert lines(matcher) == 200
    for number in range(100):
        assert matcher.add(seeker(f"s{number}"), 0) is not None
        assert len(matcher._index._undone) <= 64
    assert len(matcher) == 0
    assert lines(matcher) <= 64


def test_who_comes_back_stands_where_it_stood_whatever_is_yet_to_be_cleared() -> None:
    def modest(name: str, **wishes: Any) -> Ticket:
        return greedy(name, countries=frozenset({"JP"}), **wishes)

    matcher = Matcher(10, random.Random(7))
    for one in (modest("g"), modest("h"), far("x", random.Random(2))):
        matcher.add(one, 5)
    matcher.remove("g")
    matcher.remove("x")
    assert len(matcher._index._undone) == 20 - 6 + 8 - 6
    assert matcher.add(modest("g again", since=5), 6) is None
    assert len(matcher._index._undone) == 8 - 6
    for number in range(10):
        matcher.add(far(f"w{number}", random.Random(number)), 6)
        matcher.remove(f"w{number}")
    assert 20 <= lines(matcher) < 28
    for name in ("g again", "h"):
        match = matcher.add(seeker(f"for {name}"), 6)
        assert match is not None
        assert match.b.id == name


def test_a_step_of_the_ladder_costs_the_same_in_a_long_queue() -> None:
    def steps(matcher: Matcher) -> float:
        told: list[Any] = []
        cost = calls(lambda: told.extend(matcher.advance(22)))
        assert told
        return cost / len(told)

    short, long = map(steps, (queue(SHORT), queue(LONG)))
    assert long < 2 * short


def test_nobody_pays_for_those_who_have_left() -> None:
    rng = random.Random(5)
    matcher = Matcher(10, rng)
    same: dict[str, Any] = {
        "country": "DE",
        "countries": frozenset({"JP"}),
        "interests": frozenset(),
    }
    for number in range(LONG):
        matcher.add(far(f"w{number}", rng, **same), 0)
    fresh = calls(lambda: matcher.candidates("w0", 1))
    for number in range(LONG - 1):
        matcher.remove(f"w{number}")
    last = f"w{LONG - 1}"
    assert calls(lambda: matcher.candidates(last, 1)) <= fresh
    assert (
        calls(lambda: matcher.add(Ticket(id="s", person="s", kind="video", country="JP"), 0)) < 200
    )
    assert last in matcher


def test_only_who_is_kept_apart_from_many_pays_for_it_and_no_more_than_for_each_of_them() -> None:
    rng = random.Random(5)
    matcher = Matcher(10, rng)
    for number in range(1000):
        matcher.add(far(f"w{number}", rng, countries=frozenset({"JP"}), interests=frozenset()), 0)
    matcher.advance(30)
    free = Ticket(id="free", person="free", kind="video", country="JP")
    shy = Ticket(id="shy", person="shy", kind="video", country="JP")
    plain = calls(lambda: matcher.add(free, 30))
    for number in range(500):
        matcher.keep_apart("shy", f"w{number}", None)
    assert calls(lambda: matcher.add(shy, 30)) < plain + 500 * 25
    assert len(matcher) == 998
    assert {f"w{number}" for number in range(1, 500)} <= {
        f"w{n}" for n in range(1000) if f"w{n}" in matcher
    }


def test_no_ticket_has_more_keys_than_the_bounds_say() -> None:
    ten = frozenset(str(number) for number in range(10))
    greedy = Ticket(
        id="g",
        person="g",
        kind="video",
        country="DE",
        countries=ten,
        country_required=True,
        interests=ten,
        language="de",
    )
    keys = keys_of(greedy, ("interests", "language"))
    assert len(keys.stands) * (len(keys.interests) + keys.unasked) == 440
    modest = keys_of(Ticket(id="m", person="m", kind="video", country="DE"), ())
    assert len(modest.stands) * (len(modest.interests) + modest.unasked) == 2
