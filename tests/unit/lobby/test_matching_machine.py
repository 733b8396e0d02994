"""Whatever is done to it, and in whatever order, the indexed matcher does what the obvious one does."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from parley.lobby.matching import Match, Matcher, Ticket
from tests.support.slow_matcher import SlowMatcher

PATIENCE = 10
INTERESTS = ("art", "chess", "music")

people = st.sampled_from("abcdefghijkl")
countries = st.sampled_from(("DE", "IN", "US"))
interests = st.frozensets(st.sampled_from(INTERESTS), max_size=2)
wishes = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("chat", "video", "video", "video")),
        "pool": st.sampled_from(("", "", "", "other")),
        "country": st.none() | countries,
        "countries": st.just(frozenset()) | st.frozensets(countries, max_size=2),
        "country_required": st.booleans(),
        "interests": interests,
        "language": st.none() | st.sampled_from(("de", "en")),
        "available": st.sampled_from((True, True, True, False)),
    }
)


class MatcherMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.fast = Matcher(PATIENCE, random.Random(0))
        self.slow = SlowMatcher(PATIENCE)
        self.now = 0
        self.tickets = 0
        self.paired: set[str] = set()

    @rule(person=people, wish=wishes)
    def join(self, person: str, wish: dict[str, object]) -> None:
        self.tickets += 1
        ticket = Ticket(id=f"t{self.tickets}", person=person, **wish)  # type: ignore[arg-type]
        self.agree(self.fast.add(ticket, self.now), self.slow.add(ticket, self.now))

    @rule(person=people, wish=wishes, seconds=st.integers(1, 25))
    def join_again(self, person: str, wish: dict[str, object], seconds: int) -> None:
        """Somebody who has waited for that long already, and at no time when somebody else came."""
        since = self.now - seconds + (self.tickets + 1) / 1e6
        self.join(person, wish | {"since": since})

    @rule(seed=st.integers(0, 2**32))
    def a_crowd_joins(self, seed: int) -> None:
        """People whom few suit, so that there is a queue with something to choose from."""
        rng = random.Random(seed)
        for _ in range(12):
            self.join(
                rng.choice("abcdefghijkl"),
                {
                    "kind": "video",
                    "country": rng.choice(("DE", "DE", "IN", None)),
                    "countries": frozenset(
                        rng.sample(("DE", "IN", "US"), rng.choice((0, 1, 1, 2)))
                    ),
                    "country_required": rng.random() < 0.7,
                    "interests": frozenset(rng.sample(INTERESTS, rng.choice((0, 1, 2)))),
                    "language": rng.choice((None, "de", "en")),
                    "available": rng.random() < 0.8,
                },
            )

    @precondition(lambda self: self.slow.waiters)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        ticket_id = self.someone(data)
        assert self.fast.remove(ticket_id)
        assert not self.fast.remove(ticket_id)
        del self.slow.waiters[ticket_id]

    @precondition(lambda self: self.slow.waiters)
    @rule(data=st.data(), available=st.booleans())
    def be_away_or_back(self, data: st.DataObject, available: bool) -> None:
        ticket_id = self.someone(data)
        if self.slow.waiters[ticket_id].ticket.available == available:
            assert self.fast.set_available(ticket_id, available, self.now) is None
        else:
            self.agree(
                self.fast.set_available(ticket_id, available, self.now),
                self.slow.set_available(ticket_id, available, self.now),
            )

    @rule(a=people, b=people, seconds=st.none() | st.integers(1, 30))
    def keep_apart(self, a: str, b: str, seconds: int | None) -> None:
        until = None if seconds is None else self.now + seconds
        self.fast.keep_apart(a, b, until)
        self.slow.keep_apart(a, b, until)

    @rule(a=people, b=people)
    def reunite(self, a: str, b: str) -> None:
        self.fast.reunite(a, b)
        self.slow.reunite(a, b)

    @rule(seconds=st.integers(0, 25))
    def let_time_pass(self, seconds: int) -> None:
        self.now += seconds
        fast, slow = self.fast.advance(self.now), self.slow.advance(self.now)
        assert len(fast) == len(slow)
        for (told, outcome), (expected, what) in zip(fast, slow, strict=True):
            assert told == expected
            if isinstance(outcome, Match):
                assert isinstance(what, tuple)
                self.agree(outcome, what)
            else:
                assert outcome == what
        assert not self.slow.someone_could_meet()

    @rule(seconds=st.integers(1, 5))
    def let_time_pass_unnoticed(self, seconds: int) -> None:
        self.now += seconds

    @precondition(lambda self: len(self.slow.waiters) > 1)
    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        a, b = self.someone(data), self.someone(data)
        before = len(self.fast)
        free = a != b and all(self.slow.waiters[one].ticket.available for one in (a, b))
        assert self.fast.claim(a, b) == free
        if free:
            del self.slow.waiters[a], self.slow.waiters[b]
        assert len(self.fast) == before - 2 * free

    @precondition(lambda self: self.slow.waiters)
    @rule(data=st.data(), limit=st.integers(0, 4))
    def ask_for_candidates(self, data: st.DataObject, limit: int) -> None:
        ticket_id = self.someone(data)
        assert self.fast.candidates(ticket_id, limit) == self.slow.candidates(ticket_id)[:limit]

    @invariant()
    def the_same_people_wait_on_the_same_rungs(self) -> None:
        assert len(self.fast) == len(self.slow.waiters)
        for ticket_id, waiter in self.slow.waiters.items():
            assert ticket_id not in self.paired
            assert self.fast.rung(ticket_id) == waiter.rung
            assert self.fast.waited(ticket_id, self.now) == self.now - waiter.since
        kinds = [waiter.ticket.kind for waiter in self.slow.waiters.values()]
        assert self.fast.waiting("chat") == kinds.count("chat")
        assert self.fast.waiting("video") == kinds.count("video")

    @invariant()
    def no_two_compatible_wait_unless_something_is_due(self) -> None:
        due = self.fast.next_due()
        if due is None or due > self.slow.now:
            assert not self.slow.someone_could_meet()

    @invariant()
    def nobody_waits_at_a_place_that_is_yet_to_be_cleared(self) -> None:
        undone = self.fast._index._undone
        assert self.fast._by_place.keys().isdisjoint(place for _, _, place in undone)

    def agree(self, match: Match | None, expected: tuple[str, str] | None) -> None:
        if match is None:
            assert expected is None
            return
        assert expected == (match.a.id, match.b.id)
        assert match.a.person != match.b.person
        assert not self.slow.kept_apart(match.a.person, match.b.person)
        assert match.initiator in expected
        assert match.shared == tuple(sorted(match.a.interests & match.b.interests))
        assert not self.paired & set(expected)
        self.paired |= set(expected)

    def someone(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.slow.waiters)))

    def teardown(self) -> None:
        for ticket_id in self.slow.waiters:
            self.fast.remove(ticket_id)
        end = max((one.until for one in self.slow.cooldowns.values()), default=self.now)
        for pair in self.slow.blocks:
            self.fast.reunite(*pair)
        self.fast.advance(end)
        clear(self.fast)
        assert left_behind(self.fast) == 0
        super().teardown()


def clear(matcher: Matcher) -> None:
    """What others do who come and go: clear the lines of those who are gone."""
    while matcher._index._undone:
        matcher._index._tidy()


def left_behind(matcher: Matcher) -> int:
    """How many entries the matcher holds, of any sort."""
    return (
        len(matcher)
        + len(matcher._by_place)
        + len(matcher._index)
        + len(matcher._index._corners)
        + len(matcher._index._interests)
        + len(matcher._index._undone)
        + len(matcher._persons)
        + len(matcher._ladder)
        + len(matcher._apart)
        + len(matcher._apart._cooldowns)
        + len(matcher._apart._blocks)
        + len(matcher._reunited)
        + sum(matcher._counts.values())
    )


TestMatcherMachine = MatcherMachine.TestCase
TestMatcherMachine.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
