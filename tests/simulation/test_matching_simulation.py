"""Two hundred thousand steps before a referee, and matchers that cheat and must be caught.

Virtual time, one seed. The lobby as a whole has its own simulation; here are more people, more
wishes and nothing but the matcher.
"""

from __future__ import annotations

import random

import pytest

from parley.lobby.index import Keys
from parley.lobby.matching import Match, Matcher, Rung, Ticket
from parley.lobby.ticket import KINDS
from tests.support.matching_referee import Foul, Referee

SEED = 20251121
PATIENCE = 10.0
PEOPLE = 400
CROWDED = 60
COUNTRIES = ("AR", "BR", "DE", "IN", "JP", "US")
SOUGHT = ("AR", "JP")
LANGUAGES = ("de", "en", "hi", "pt")
INTERESTS = tuple(f"interest {number}" for number in range(25))


class World:
    """People who come, wait, skip, block and go, in an order that the seed decides."""

    def __init__(self, seed: int, matcher: type[Matcher] = Matcher) -> None:
        self.rng = random.Random(seed)
        self.matcher = matcher(PATIENCE, random.Random(seed))
        self.referee = Referee(self.matcher, PATIENCE)
        self.tickets = 0

    def live(self, steps: int) -> Referee:
        """Take that many steps; everything that is due is done before each."""
        acts = (
            self.join,
            self.leave,
            self.be_away,
            self.skip,
            self.block,
            self.reunite,
            self.claim,
        )
        chances = (60, 9, 6, 10, 2, 2, 1)
        for step in range(steps):
            self.referee.pass_time(self.rng.expovariate(4))
            self.referee.news(self.matcher.advance(self.referee.now))
            if step % 400 == 0:
                self.referee.idle()
            self.rng.choices(acts, chances)[0]()
            while len(self.referee.waiters) > CROWDED:
                self.leave()
        return self.referee

    def join(self) -> None:
        rng = self.rng
        self.tickets += 1
        # Most insist on where few are from, so that there is a queue.
        wanted = SOUGHT if rng.random() < 0.8 else COUNTRIES
        ticket = Ticket(
            id=f"t{self.tickets}",
            person=self.anybody(),
            kind=rng.choice(KINDS),
            pool=rng.choice(("", "", "", "", "grown up")),
            country=rng.choice((*COUNTRIES[:1], *COUNTRIES[1:4] * 3, *COUNTRIES[4:], None)),
            countries=frozenset(rng.sample(wanted, rng.choice((0, 1, 1, 2)))),
            country_required=rng.random() < 0.8,
            interests=frozenset(rng.sample(INTERESTS, rng.choice((0, 0, 1, 2, 4)))),
            language=rng.choice((None, *LANGUAGES)),
            available=rng.random() < 0.95,
        )
        self.referee.join(ticket, self.matcher.add(ticket, self.referee.now))

    def leave(self) -> None:
        if self.referee.waiters:
            gone = self.somebody()
            del self.referee.waiters[gone]
            if not self.matcher.remove(gone):
                raise Foul(f"{gone} did not wait")

    def be_away(self) -> None:
        if self.referee.waiters:
            waiter = self.referee.waiters[self.somebody()]
            here = not waiter.ticket.available
            match = self.matcher.set_available(waiter.ticket.id, here, self.referee.now)
            fields = {name: getattr(waiter.ticket, name) for name in Ticket.__struct_fields__}
            waiter.ticket = Ticket(**{**fields, "available": here})
            if match is not None:
                self.referee.news([(waiter.ticket.id, match)])

    def skip(self) -> None:
        a, b = self.two_who_met()
        until = self.referee.now + self.rng.uniform(1, 60)
        self.matcher.keep_apart(a, b, until)
        self.referee.cooldowns[a, b] = max(until, self.referee.cooldowns.get((a, b), 0))
        self.join_again(a, b)

    def block(self) -> None:
        a, b = self.two_who_met()
        self.matcher.keep_apart(a, b, None)
        self.referee.blocks.add((a, b))
        self.join_again(a, b)

    def reunite(self) -> None:
        if self.referee.blocks:
            pair = self.rng.choice(sorted(self.referee.blocks))
            self.matcher.reunite(*pair)
            self.referee.blocks.remove(pair)

    def claim(self) -> None:
        for waiting in list(self.referee.waiters)[:5]:
            for found in self.matcher.candidates(waiting, 2):
                raise Foul(f"{found} is a candidate for {waiting} and was not matched")
        a, b = self.somebody(), self.somebody()
        free = a != b and all(self.referee.waiters[one].ticket.available for one in (a, b))
        if self.matcher.claim(a, b) != free:
            raise Foul(f"{a} and {b} were claimed, or not, against the truth")
        if free:
            del self.referee.waiters[a], self.referee.waiters[b]

    def somebody(self) -> str:
        return self.rng.choice(tuple(self.referee.waiters))

    def anybody(self) -> str:
        return f"p{self.rng.randrange(PEOPLE):03}"

    def two_who_met(self) -> tuple[str, str]:
        """Two persons in alphabetical order, mostly of one of the latest matches."""
        if self.referee.met and self.rng.random() < 0.8:
            a, b = self.rng.choice(self.referee.met)
        else:
            a, b = self.rng.sample([f"p{number:03}" for number in range(PEOPLE)], 2)
        return min(a, b), max(a, b)

    def join_again(self, *persons: str) -> None:
        """They ask for so little that they would meet at once, were they not kept apart."""
        kind, language = self.rng.choice(KINDS), self.rng.choice((None, *LANGUAGES))
        for person in persons:
            self.tickets += 1
            ticket = Ticket(id=f"t{self.tickets}", person=person, kind=kind, language=language)
            self.referee.join(ticket, self.matcher.add(ticket, self.referee.now))


def test_the_matcher_keeps_its_promises_for_two_hundred_thousand_steps() -> None:
    world = World(SEED)
    referee = world.live(200_000)
    referee.idle()
    # It was a full life, or the promises were never put to the test.
    assert referee.matches > 15_000
    assert len(referee.waiters) > 40


class KeepsTheMatched(Matcher):
    """Forgets to take one side out of the queue."""

    def _drop(self, me: object) -> None:
        if self._coin.random() < 0.99:
            super()._drop(me)  # type: ignore[arg-type]


class IgnoresCooldowns(Matcher):
    def keep_apart(self, a: str, b: str, until: float | None) -> None:
        if until is None:
            super().keep_apart(a, b, until)


class IgnoresBlocks(Matcher):
    def keep_apart(self, a: str, b: str, until: float | None) -> None:
        if until is not None:
            super().keep_apart(a, b, until)


class ForgetsReunions(Matcher):
    def _bring_together(self, a: str, b: str) -> list[tuple[str, Match]]:  # type: ignore[override]
        return []


class PrefersTheYoung(Matcher):
    def _partner(self, me: object, keys: Keys) -> object:  # type: ignore[override]
        ids = self._index.ranked(keys, 99, lambda place: self._fits(me, place))  # type: ignore[arg-type]
        return self._by_place[ids[-1]] if ids else None


class IsImpatient(Matcher):
    def __init__(self, patience: float, coin: random.Random) -> None:
        super().__init__(patience / 2, coin)


class NeverRelaxes(Matcher):
    def advance(self, now: float) -> list[tuple[str, Match | Rung]]:
        return [news for news in super().advance(now) if isinstance(news[1], Match)]


class MeetsOneself(Matcher):
    def add(self, ticket: Ticket, now: float) -> Match | None:
        nobody = Ticket(
            **{name: getattr(ticket, name) for name in Ticket.__struct_fields__}
            | {"person": ticket.id}
        )
        return super().add(nobody, now)


@pytest.mark.parametrize(
    ("cheat", "foul"),
    [
        (KeepsTheMatched, "waits and is in a pair|do not both wait|but does not wait"),
        (IgnoresCooldowns, "must not meet"),
        (IgnoresBlocks, "must not meet"),
        (ForgetsReunions, "could meet and wait|was not matched"),
        (PrefersTheYoung, "had waited longer"),
        (IsImpatient, "too early|must not meet"),
        (NeverRelaxes, "was not told|must not meet"),
        (MeetsOneself, "must not meet"),
    ],
)
def test_a_matcher_that_cheats_is_caught(cheat: type[Matcher], foul: str) -> None:
    with pytest.raises(Foul, match=foul):
        World(SEED, cheat).live(20_000)
