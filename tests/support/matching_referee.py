"""A referee of the matcher: it knows who waits and what was told, and calls every foul.

It keeps its own books (who came when, which rungs were told, who is kept apart until when) and takes
nothing from the matcher but what that tells the world.
"""

from __future__ import annotations

from collections import deque
from itertools import combinations

import msgspec

from parley.lobby.matching import Match, Matcher, Rung, Ticket, compatible
from parley.lobby.ticket import rungs


class Foul(AssertionError):
    """The matcher broke a promise."""


class Waiter(msgspec.Struct):
    """One who waits, as the world knows it."""

    ticket: Ticket
    since: float
    rung: Rung


class Referee:
    """Watches one `Matcher` with this `patience`; every method raises `Foul`."""

    def __init__(self, matcher: Matcher, patience: float) -> None:
        self.matcher = matcher
        self.patience = patience
        self.now = 0.0
        self.before = 0.0
        self.matches = 0
        self.met: deque[tuple[str, str]] = deque(maxlen=20)
        self.waiters: dict[str, Waiter] = {}
        self.cooldowns: dict[tuple[str, str], float] = {}
        self.blocks: set[tuple[str, str]] = set()

    def pass_time(self, seconds: float) -> None:
        """Let that much time pass; what it brings is to be told by `news`."""
        self.before, self.now = self.now, self.now + seconds

    def join(self, ticket: Ticket, match: Match | None) -> None:
        """`ticket` joined, and that came of it."""
        self.waiters[ticket.id] = Waiter(ticket, self.now, rungs(ticket)[0])
        if match is not None:
            self._match(match, ticket.id)

    def news(self, told: list[tuple[str, Match | Rung]]) -> None:
        """Time passed, and that was told."""
        for ticket_id, outcome in told:
            waiter = self.waiters.get(ticket_id)
            if waiter is None:
                raise Foul(f"{ticket_id} was told something but does not wait")
            if isinstance(outcome, Match):
                # Its new rung, or the end of a cooldown just before, brought it about.
                if self._is_due(waiter) and not self._is_allowed(outcome):
                    waiter.rung = self._next_rung(waiter) or waiter.rung
                self._match(outcome, ticket_id)
            else:
                if outcome != self._next_rung(waiter):
                    raise Foul(f"{ticket_id} skipped a rung")
                if not self._is_due(waiter):
                    raise Foul(f"{ticket_id} was told its rung too early")
                waiter.rung = outcome

    def idle(self) -> None:
        """All that is due has been done: nobody may wait in vain."""
        if set(self.waiters) != {one for one in self.waiters if one in self.matcher}:
            raise Foul("somebody is in no pair and does not wait")
        if len(self.matcher) != len(self.waiters):
            raise Foul("somebody waits and is in a pair")
        for one, other in combinations(self.waiters.values(), 2):
            if self._may_meet(one, other, self.now):
                raise Foul(f"{one.ticket.id} and {other.ticket.id} could meet and wait")
        for waiter in self.waiters.values():
            if self._is_due(waiter):
                raise Foul(f"{waiter.ticket.id} is due for a rung and was not told")
        self.cooldowns = {pair: end for pair, end in self.cooldowns.items() if end > self.now}

    def kept_apart(self, a: str, b: str, now: float) -> bool:
        """Whether these persons must not meet at that time."""
        pair = (min(a, b), max(a, b))
        return pair in self.blocks or self.cooldowns.get(pair, now) > now

    def _is_allowed(self, match: Match) -> bool:
        one, other = self.waiters.get(match.a.id), self.waiters.get(match.b.id)
        return one is not None and other is not None and self._may_meet(one, other, self.now)

    def _match(self, match: Match, told: str) -> None:
        a, b = match.a.id, match.b.id
        if told != a or a == b or a not in self.waiters or b not in self.waiters:
            raise Foul(f"{a} and {b} do not both wait, or {told} is neither")
        one, other = self.waiters[a], self.waiters[b]
        if not self._may_meet(one, other, self.now):
            raise Foul(f"{a} and {b} must not meet")
        if match.initiator not in (a, b):
            raise Foul("somebody else initiates")
        if match.shared != tuple(sorted(one.ticket.interests & other.ticket.interests)):
            raise Foul("the shared interests are not those")
        for left_out in self.waiters.values():
            # Whose cooldown ended in the same moment may have come too late for this match.
            if left_out.since < other.since and self._as_good(one, left_out, other, self.before):
                raise Foul(f"{left_out.ticket.id} had waited longer than {b}")
        del self.waiters[a], self.waiters[b]
        self.matches += 1
        self.met.append((one.ticket.person, other.ticket.person))

    def _as_good(self, one: Waiter, left_out: Waiter, chosen: Waiter, now: float) -> bool:
        mine, theirs = one.ticket.interests, left_out.ticket.interests
        if mine.isdisjoint(theirs) and not mine.isdisjoint(chosen.ticket.interests):
            return False
        return self._may_meet(one, left_out, now)

    def _may_meet(self, one: Waiter, other: Waiter, now: float) -> bool:
        a, b = one.ticket, other.ticket
        return a.kind == b.kind and compatible(
            a, b, one.rung.relaxed, other.rung.relaxed, self.kept_apart(a.person, b.person, now)
        )

    def _next_rung(self, waiter: Waiter) -> Rung | None:
        ladder = rungs(waiter.ticket)
        return ladder[waiter.rung.step + 1] if waiter.rung.step + 1 < len(ladder) else None

    def _is_due(self, waiter: Waiter) -> bool:
        due = waiter.since + self.patience * (waiter.rung.step + 1)
        return self._next_rung(waiter) is not None and due <= self.now
