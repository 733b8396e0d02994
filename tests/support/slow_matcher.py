"""The matcher written the obvious way: everybody is looked at, every time.

It promises the same outcome as `Matcher`, partner by partner and rung by rung, and is what that one
is compared with. It shares the rule (`compatible`) and the ladders with it, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from parley.lobby.ticket import Rung, Ticket, compatible, rungs


@dataclass
class Waiter:
    ticket: Ticket
    place: tuple[float, int]
    since: float
    rung: Rung

    def due(self, patience: float) -> float | None:
        """When the next step comes; None at the end of the ladder."""
        if self.rung.step + 1 == len(rungs(self.ticket)):
            return None
        return self.since + patience * (self.rung.step + 1)


@dataclass(frozen=True)
class Cooldown:
    until: float
    a: str
    b: str


class SlowMatcher:
    """As `Matcher`; a match is told as the pair of ids `(a, b)`."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.now = float("-inf")
        self.waiters: dict[str, Waiter] = {}
        self.blocks: set[frozenset[str]] = set()
        self.cooldowns: dict[frozenset[str], Cooldown] = {}
        self._reunited: list[tuple[str, str]] = []
        self._places = 0

    def add(self, ticket: Ticket, now: float) -> tuple[str, str] | None:
        self.now = max(self.now, now)
        self._places += 1
        since = self.now if ticket.since is None else min(ticket.since, self.now)
        me = Waiter(ticket, (since, self._places), since, rungs(ticket)[0])
        self.waiters[ticket.id] = me
        return self._try(me)

    def set_available(self, ticket_id: str, available: bool, now: float) -> tuple[str, str] | None:
        self.now = max(self.now, now)
        me = self.waiters[ticket_id]
        me.ticket = msgspec.structs.replace(me.ticket, available=available)
        return self._try(me)

    def keep_apart(self, a: str, b: str, until: float | None) -> None:
        pair = frozenset((a, b))
        if len(pair) < 2:
            return
        if until is None:
            self.blocks.add(pair)
        elif pair not in self.cooldowns:
            self.cooldowns[pair] = Cooldown(until, a, b)
        else:
            old = self.cooldowns[pair]
            self.cooldowns[pair] = replace(old, until=max(old.until, until))

    def reunite(self, a: str, b: str) -> None:
        if frozenset((a, b)) in self.blocks:
            self.blocks.remove(frozenset((a, b)))
            self._reunited.append((a, b))

    def advance(self, now: float) -> list[tuple[str, tuple[str, str] | Rung]]:
        now = max(self.now, now)
        news: list[tuple[str, tuple[str, str] | Rung]] = []
        while True:
            while self._reunited:
                news += self._bring_together(*self._reunited.pop(0))
            ends = [(one.until, one.a, one.b) for one in self.cooldowns.values()]
            steps = [
                (due, one.rung.step, one.place, one.ticket.id)
                for one in self.waiters.values()
                if (due := one.due(self.patience)) is not None
            ]
            end, step = min(ends, default=None), min(steps, default=None)
            if step is not None and step[0] <= now and (end is None or step[0] <= end[0]):
                self.now = max(self.now, step[0])
                me = self.waiters[step[3]]
                me.rung = rungs(me.ticket)[me.rung.step + 1]
                news.append((me.ticket.id, self._try(me) or me.rung))
            elif end is not None and end[0] <= now:
                self.now = max(self.now, end[0])
                del self.cooldowns[frozenset(end[1:])]
                news += self._bring_together(*end[1:])
            else:
                self.now = now
                return news

    def candidates(self, ticket_id: str) -> list[str]:
        """All who may meet this one, the best first."""
        me = self.waiters[ticket_id]
        fitting = [one for one in self.waiters.values() if self.may_meet(me, one)]
        fitting.sort(
            key=lambda one: (me.ticket.interests.isdisjoint(one.ticket.interests), one.place)
        )
        return [one.ticket.id for one in fitting]

    def may_meet(self, one: Waiter, other: Waiter) -> bool:
        apart = self.kept_apart(one.ticket.person, other.ticket.person)
        return compatible(
            one.ticket, other.ticket, one.rung.relaxed, other.rung.relaxed, apart=apart
        )

    def kept_apart(self, a: str, b: str) -> bool:
        pair = frozenset((a, b))
        cooling = self.cooldowns.get(pair)
        return pair in self.blocks or (cooling is not None and cooling.until > self.now)

    def someone_could_meet(self) -> bool:
        """Whether two compatible tickets wait."""
        everybody = list(self.waiters.values())
        return any(
            self.may_meet(one, other)
            for number, one in enumerate(everybody)
            for other in everybody[:number]
        )

    def _try(self, me: Waiter) -> tuple[str, str] | None:
        best = self.candidates(me.ticket.id)
        return self._pair(me.ticket.id, best[0]) if best else None

    def _pair(self, a: str, b: str) -> tuple[str, str]:
        del self.waiters[a], self.waiters[b]
        return a, b

    def _bring_together(self, a: str, b: str) -> list[tuple[str, tuple[str, str] | Rung]]:
        news: list[tuple[str, tuple[str, str] | Rung]] = []
        mine = sorted(
            (one for one in self.waiters.values() if one.ticket.person == a),
            key=lambda one: one.place,
        )
        for one in mine:
            theirs = [
                found
                for found in self.candidates(one.ticket.id)
                if self.waiters[found].ticket.person == b
            ]
            if theirs:
                news.append((one.ticket.id, self._pair(one.ticket.id, theirs[0])))
        return news
