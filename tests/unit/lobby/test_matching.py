"""What the matcher promises, one promise at a time."""

from __future__ import annotations

import random
from typing import Any

import pytest

from parley.lobby.matching import Match, Matcher, Rung, Ticket

PATIENCE = 10.0


@pytest.fixture
def matcher() -> Matcher:
    return Matcher(PATIENCE, random.Random(1))


def ticket(name: str, **wishes: Any) -> Ticket:
    """`"ann-2"` is the second ticket of ann; sets stand for frozensets."""
    fields: dict[str, Any] = {
        key: frozenset(value) if isinstance(value, set) else value for key, value in wishes.items()
    }
    return Ticket(**{"id": name, "person": name.split("-")[0], "kind": "video", **fields})


def ids(match: Match | Rung | None) -> tuple[str, str]:
    assert isinstance(match, Match)
    return match.a.id, match.b.id


def wait(matcher: Matcher, *tickets: Ticket, now: float = 0) -> None:
    for one in tickets:
        assert matcher.add(one, now) is None


def test_the_first_waits_and_the_second_meets_them(matcher: Matcher) -> None:
    wait(matcher, ticket("ann"))
    assert matcher.waiting("video") == len(matcher) == 1
    assert "ann" in matcher
    assert ids(matcher.add(ticket("bob"), 1)) == ("bob", "ann")
    assert matcher.waiting("video") == len(matcher) == 0
    assert "ann" not in matcher
    wait(matcher, ticket("cid"))


def test_who_waited_longest_is_met_first(matcher: Matcher) -> None:
    wait(matcher, *(ticket(name, country="DE", countries={"US"}) for name in ("ann", "bob", "cid")))
    met = [ids(matcher.add(ticket(f"u{n}", country="US"), 1))[1] for n in range(3)]
    assert met == ["ann", "bob", "cid"]


def test_a_shared_interest_is_preferred_to_a_longer_wait(matcher: Matcher) -> None:
    here = {"country": "DE", "countries": {"US"}, "country_required": True}
    wait(
        matcher,
        ticket("ann", **here),
        ticket("bob", interests={"art", "go"}, **here),
        ticket("cid", interests={"go"}, **here),
        ticket("dan", interests={"tea"}, **here),
    )
    matcher.advance(PATIENCE)
    newcomer = {"country": "US", "interests": {"go", "tea"}}
    match = matcher.add(ticket("eve", **newcomer), PATIENCE)
    assert ids(match) == ("eve", "bob")
    assert match is not None
    assert match.shared == ("go",)
    assert ids(matcher.add(ticket("fay", country="US"), PATIENCE)) == ("fay", "ann")
    assert ids(matcher.add(ticket("gus", **newcomer), PATIENCE)) == ("gus", "cid")


def test_who_gives_up_a_wish_keeps_the_place_in_the_queue(matcher: Matcher) -> None:
    must = {"country": "DE", "countries": {"US"}, "country_required": True}
    wait(matcher, ticket("ann", interests={"art"}, **must), now=0)
    wait(matcher, ticket("bob", **must), now=1)
    matcher.advance(PATIENCE)
    assert ids(matcher.add(ticket("cid", country="US"), PATIENCE)) == ("cid", "ann")


def test_two_tickets_of_one_person_never_meet(matcher: Matcher) -> None:
    wait(matcher, *(ticket(f"ann-{tab}") for tab in range(5)))
    assert matcher.advance(1000) == []
    assert ids(matcher.add(ticket("bob"), 1000)) == ("bob", "ann-0")


@pytest.mark.parametrize("other", [{"kind": "chat"}, {"pool": "other"}])
def test_kinds_and_pools_never_meet(matcher: Matcher, other: dict[str, Any]) -> None:
    wait(matcher, ticket("ann"), ticket("bob", **other))
    assert matcher.advance(1000) == []


def test_wishes_are_given_up_one_by_one_and_each_step_is_told_on_time(matcher: Matcher) -> None:
    wait(matcher, ticket("ann", interests={"art"}, language="de", countries={"DE"}))
    told = []
    while (due := matcher.next_due()) is not None:
        assert matcher.advance(due - 0.001) == []
        told += [(due, *news) for news in matcher.advance(due)]
    assert told == [
        (10, "ann", Rung(1, ("interests",))),
        (20, "ann", Rung(2, ("interests", "language"))),
        (30, "ann", Rung(3, ("interests", "language", "country"))),
    ]
    assert matcher.rung("ann") == told[-1][2]
    assert matcher.waited("ann", 45) == 45


def test_a_late_advance_makes_up_for_every_step_in_order(matcher: Matcher) -> None:
    wait(matcher, ticket("ann", interests={"art"}, language="de"), now=0)
    wait(matcher, ticket("bob", interests={"go"}, language="fr"), now=5)
    told = matcher.advance(100)
    assert [(name, news.step) for name, news in told[:3] if isinstance(news, Rung)] == [
        ("ann", 1),
        ("bob", 1),
        ("ann", 2),
    ]
    assert [ids(news) for _, news in told[3:]] == [("bob", "ann")]


def test_a_step_that_finds_a_partner_is_told_as_the_match(matcher: Matcher) -> None:
    wait(matcher, ticket("ann", language="de"), now=0)
    wait(matcher, ticket("bob"), now=1)
    ((name, match),) = matcher.advance(PATIENCE)
    assert name == "ann"
    assert ids(match) == ("ann", "bob")
    assert matcher.next_due() is None


def test_a_must_is_never_given_up(matcher: Matcher) -> None:
    wait(
        matcher, ticket("ann", countries={"US"}, country_required=True), ticket("bob", country="DE")
    )
    assert matcher.advance(1e6) == []
    assert ids(matcher.add(ticket("cid", country="US"), 1e6)) == ("cid", "ann")


def test_who_is_away_is_not_met_and_keeps_the_place_and_the_ladder(matcher: Matcher) -> None:
    wait(matcher, ticket("ann", interests={"art"}), ticket("bob", available=False, language="de"))
    assert matcher.set_available("ann", False, 1) is None
    assert matcher.set_available("ann", False, 2) is None
    wait(matcher, ticket("cid"), now=3)
    assert [name for name, _ in matcher.advance(PATIENCE)] == ["ann", "bob"]
    assert len(matcher) == matcher.waiting("video") == 3
    assert ids(matcher.set_available("bob", True, 11)) == ("bob", "cid")
    assert matcher.set_available("ann", True, 12) is None
    assert ids(matcher.add(ticket("dan"), 13)) == ("dan", "ann")


def test_those_kept_apart_do_not_meet_until_the_cooldown_ends_and_then_at_once(
    matcher: Matcher,
) -> None:
    matcher.keep_apart("ann", "bob", 100)
    wait(matcher, ticket("ann"), ticket("bob"))
    assert matcher.kept_apart("bob", "ann")
    assert matcher.next_due() == 100
    assert matcher.advance(99.9) == []
    ((_, match),) = matcher.advance(100)
    assert set(ids(match)) == {"ann", "bob"}
    assert not matcher.kept_apart("bob", "ann")
    assert matcher.next_due() is None


def test_a_cooldown_that_has_ended_counts_no_more_even_before_advance(matcher: Matcher) -> None:
    matcher.keep_apart("ann", "bob", 100)
    wait(matcher, ticket("ann"))
    assert ids(matcher.add(ticket("bob"), 100)) == ("bob", "ann")


def test_when_a_cooldown_ends_the_other_wishes_still_count(matcher: Matcher) -> None:
    matcher.keep_apart("ann", "bob", 5)
    wait(
        matcher,
        ticket("ann", language="de"),
        ticket("bob", available=False),
        ticket("bob-2", language="fr"),
    )
    assert matcher.advance(5) == []


def test_when_a_cooldown_ends_those_who_share_an_interest_are_preferred(matcher: Matcher) -> None:
    matcher.keep_apart("ann", "bob", 50)
    wait(
        matcher, ticket("ann", interests={"art"}), ticket("bob"), ticket("bob-2", interests={"art"})
    )
    news = [match for _, match in matcher.advance(50) if isinstance(match, Match)]
    assert [ids(match) for match in news] == [("ann", "bob-2")]


def test_a_block_lasts_until_it_is_lifted_and_then_they_meet_at_the_next_advance(
    matcher: Matcher,
) -> None:
    matcher.keep_apart("ann", "bob", None)
    wait(matcher, ticket("ann"), ticket("bob"))
    assert matcher.advance(1e9) == []
    assert matcher.next_due() is None
    matcher.reunite("bob", "ann")
    due = matcher.next_due()
    assert due is not None
    assert due <= 1e9
    ((_, match),) = matcher.advance(1e9)
    assert set(ids(match)) == {"ann", "bob"}


def test_somebody_else_is_met_in_place_of_those_kept_apart(matcher: Matcher) -> None:
    far = {"country": "DE", "countries": {"US"}, "country_required": True}
    wait(matcher, *(ticket(f"p{n}", **far) for n in range(50)))
    for n in range(49):
        matcher.keep_apart("ann", f"p{n}", None)
    assert ids(matcher.add(ticket("ann", country="US"), 1)) == ("ann", "p49")


def test_the_longest_wait_counts_also_when_those_before_are_kept_apart(matcher: Matcher) -> None:
    # Two lines to look in: the head of the first is refused, and who is next there came last.
    must = {"country": "DE", "countries": {"US"}, "country_required": True}
    wait(
        matcher,
        ticket("ann", interests={"art"}, **must),
        ticket("bob", interests={"go"}, **must),
        ticket("cid", interests={"art"}, **must),
    )
    matcher.keep_apart("eve", "ann", None)
    assert ids(matcher.add(ticket("eve", country="US", interests={"art", "go"}), 1)) == (
        "eve",
        "bob",
    )


def test_candidates_are_offered_the_best_first_and_stay_in_the_queue(matcher: Matcher) -> None:
    far = {"country": "DE", "countries": {"US"}, "country_required": True}
    for n in range(6):
        wait(matcher, ticket(f"p{n}", interests={"art"} if n % 2 else set(), **far))
        matcher.keep_apart("ann", f"p{n}", None if n == 3 else 50)
    wait(matcher, ticket("ann", country="US", interests={"art"}))
    matcher.advance(PATIENCE)
    assert matcher.candidates("ann", 9) == []
    # The cooldowns have ended, and nobody has been brought together for it yet.
    wait(matcher, ticket("zoe", kind="chat"), now=50)
    assert matcher.candidates("ann", 9) == ["p1", "p5", "p0", "p2", "p4"]
    assert matcher.candidates("ann", 3) == ["p1", "p5", "p0"]
    assert matcher.candidates("ann", 0) == []
    assert matcher.candidates("p4", 9) == ["ann"]
    assert matcher.claim("ann", "p1")
    assert matcher.candidates("p4", 9) == []


def test_a_claim_takes_both_or_neither(matcher: Matcher) -> None:
    wait(matcher, ticket("ann"), ticket("ann-2"), ticket("ann-3", available=False))
    assert not matcher.claim("ann", "ann")
    assert not matcher.claim("ann", "nobody")
    assert not matcher.claim("nobody", "ann")
    assert not matcher.claim("ann", "ann-3")
    assert len(matcher) == 3
    assert matcher.claim("ann", "ann-2")
    assert not matcher.claim("ann", "ann-2")
    assert len(matcher) == 1


def test_who_is_removed_is_never_met(matcher: Matcher) -> None:
    wait(matcher, ticket("ann"))
    assert matcher.remove("ann")
    assert not matcher.remove("ann")
    assert matcher.add(ticket("bob"), 1) is None
    assert matcher.next_due() is None


def test_an_id_waits_once(matcher: Matcher) -> None:
    wait(matcher, ticket("ann"))
    with pytest.raises(ValueError, match="waits already"):
        matcher.add(ticket("ann", person="bob"), 1)
    assert len(matcher) == 1


def test_who_does_not_wait_has_no_rung(matcher: Matcher) -> None:
    for ask in (
        lambda: matcher.rung("ann"),
        lambda: matcher.waited("ann", 0),
        lambda: matcher.candidates("ann", 1),
        lambda: matcher.set_available("ann", True, 0),
    ):
        with pytest.raises(KeyError):
            ask()


def test_a_clock_may_begin_below_zero(matcher: Matcher) -> None:
    wait(matcher, ticket("ann", country="DE", countries={"IN"}), now=-7)
    wait(matcher, ticket("bob", country="DE", countries={"IN"}, since=-6), now=-5)
    match = matcher.add(ticket("cat", country="IN"), -5)
    assert match is not None
    assert match.b.id == "ann"


def test_a_clock_that_runs_backwards_stands_still(matcher: Matcher) -> None:
    wait(matcher, ticket("ann", language="de"), now=100)
    wait(matcher, ticket("bob", language="fr", kind="chat"), now=50)
    assert matcher.advance(20) == []
    assert [name for name, _ in matcher.advance(110)] == ["ann", "bob"]
    assert matcher.waited("bob", 50) == 0


@pytest.mark.parametrize("patience", [0, -1, float("nan"), float("inf")])
def test_patience_is_a_positive_number_of_seconds(patience: float) -> None:
    with pytest.raises(ValueError, match="patience"):
        Matcher(patience, random.Random(1))
