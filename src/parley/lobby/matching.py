"""The matcher: tickets in, pairs out, by index.

Pure and synchronous: no I/O, no clock, no timers. Times are seconds on whatever clock the caller
keeps; one that runs backwards is taken to stand still. Pairs are not remembered: a matched ticket is
gone from here.

Promises, after every `advance(now)` that reaches the present:

- no two compatible tickets wait;
- a ticket is matched once, and never with its own person, with somebody kept apart from it, across
  kinds or pools, against a must, or against a wish that its rung has not given up;
- the partner is the one who has waited longest among those who share an interest, else the one who
  has waited longest. Whoever gives up a wish, or was away for a while, keeps the place in the queue.

Cost: a join, a step or a removal looks at as many lines as the ticket has keys (see `index`),
whatever the length of the queue; of the lines of a partner it clears a few, the rest is for those
who come after it. On top come the tickets skipped because their persons are kept apart from this one or
are the same: no more than the tickets of those whom this person blocked or has a cooldown with, for
each line; and the few places that are yet to be cleared.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

import msgspec

from parley.lobby.apart import Apart
from parley.lobby.index import Index, Keys, keys_of
from parley.lobby.lines import Lines
from parley.lobby.ticket import (
    KINDS,
    WISHES,
    Coin,
    Kind,
    Match,
    Rung,
    Ticket,
    compatible,
    meet,
    rungs,
)

__all__ = ["Match", "Matcher", "Rung", "Ticket", "compatible"]


# gc=False as for Ticket: no cycle can go through it.
class _Waiting(msgspec.Struct, gc=False):
    ticket: Ticket
    place: int
    since: float
    rung: Rung


class Matcher:
    """The queue of everybody who waits for a stranger.

    `patience` is for how many seconds a ticket waits before each step of its ladder; `coin` decides
    who initiates (a `random.Random`).
    """

    def __init__(self, patience: float, coin: Coin) -> None:
        if not 0 < patience < math.inf:
            raise ValueError("patience must be a positive number of seconds")
        self._patience = patience
        self._coin = coin
        self._now = -math.inf
        self._last = -(1 << 63)  # no clock is so early
        self._by_id: dict[str, _Waiting] = {}
        self._by_place: dict[int, _Waiting] = {}
        self._index = Index()
        self._persons: Lines[str] = Lines()
        # Those who have a rung before them, by step. As all have the same patience, the first in
        # line is the first to be due.
        self._ladder: Lines[int] = Lines()
        self._counts: dict[str, int] = dict.fromkeys(KINDS, 0)
        self._apart = Apart()
        self._reunited: deque[tuple[str, str]] = deque()

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, ticket_id: object) -> bool:
        return ticket_id in self._by_id

    # Tickets in and out.

    def add(self, ticket: Ticket, now: float) -> Match | None:
        """Match `ticket` at once, or let it wait and return None.

        One whose holder has waited before (`since`) stands where it stood, and climbs the rungs that it
        was on in the next `advance`. Raises ValueError when a ticket of this id waits already.
        """
        if ticket.id in self._by_id:
            raise ValueError(f"ticket {ticket.id} waits already")
        self._pass_time(now)
        ladder = rungs(ticket)
        since = self._now if ticket.since is None else min(ticket.since, self._now)
        me = _Waiting(ticket, self._place(since), since, ladder[0])
        keys = keys_of(ticket, ())
        partner = self._partner(me, keys)
        if partner is not None:
            self._drop(partner)
            return meet(ticket, partner.ticket, self._coin)
        self._last = max(self._last, me.place)
        self._by_id[ticket.id] = self._by_place[me.place] = me
        self._persons.enter((ticket.person,), me.place)
        self._counts[ticket.kind] += 1
        if len(ladder) > 1:
            self._ladder.enter((0,), me.place)
        if ticket.available:
            self._index.stand(keys, me.place)
        return None

    def _place(self, since: float) -> int:
        """Behind all who came before: the time in nanoseconds, unless somebody stands there."""
        place = int(since * 1e9)
        if since == self._now:
            return max(place, self._last + 1)
        while place in self._by_place:
            place += 1
        self._index.clear(place)
        return place

    def remove(self, ticket_id: str) -> bool:
        """Forget the ticket; False when it does not wait."""
        me = self._by_id.get(ticket_id)
        if me is None:
            return False
        self._drop(me)
        return True

    def set_available(self, ticket_id: str, available: bool, now: float) -> Match | None:
        """Let the ticket wait without being matched, or be matched again, perhaps at once.

        It keeps its place and climbs its ladder meanwhile. Raises KeyError when it does not wait.
        """
        me = self._by_id[ticket_id]
        self._pass_time(now)
        if me.ticket.available == available:
            return None
        keys = keys_of(me.ticket, me.rung.relaxed)
        if me.ticket.available:
            self._index.step_aside(keys, me.place)
        me.ticket = msgspec.structs.replace(me.ticket, available=available)
        return self._settle(me, keys)

    def candidates(self, ticket_id: str, limit: int) -> list[str]:
        """The ids of up to `limit` tickets that may meet this one now, the best first.

        Raises KeyError when it does not wait.
        """
        me = self._by_id[ticket_id]
        keys = keys_of(me.ticket, me.rung.relaxed)
        places = self._index.ranked(keys, limit, lambda place: self._fits(me, place))
        return [self._by_place[place].ticket.id for place in places]

    def claim(self, a: str, b: str) -> bool:
        """Take both tickets out of the queue, or neither: False when one of them cannot be had.

        This is the atomic step alone; whether the two may meet is for `candidates` to say.
        """
        one, other = self._by_id.get(a), self._by_id.get(b)
        if one is None or other is None or one is other:
            return False
        if not (one.ticket.available and other.ticket.available):
            return False
        self._drop(one)
        self._drop(other)
        return True

    # What time brings.

    def next_due(self) -> float | None:
        """When `advance` next has something to do, in the past if at once; None when nothing."""
        if self._reunited:
            return self._now
        step, end = self._next_step(), self._apart.next_end()
        if step is None or end is None:
            return end if step is None else step[0]
        return min(step[0], end)

    def advance(self, now: float) -> list[tuple[str, Match | Rung]]:
        """Do all that is due at `now`, in the order in which it fell due.

        Gives, with the id of the ticket concerned, each new rung and each match. A match is told
        once, under the id of its `a`, and instead of the rung that brought it.
        """
        now = max(now, self._now)
        news: list[tuple[str, Match | Rung]] = []
        while (due := self.next_due()) is not None and due <= now:
            self._pass_time(due)
            step = self._next_step()
            if self._reunited:
                news += self._bring_together(*self._reunited.popleft())
            elif step is not None and step[0] == due:
                news.append(self._climb(step[1]))
            elif (pair := self._apart.end_next()) is not None:
                news += self._bring_together(*pair)
        self._pass_time(now)
        return news

    def _next_step(self) -> tuple[float, _Waiting] | None:
        soonest: tuple[float, _Waiting] | None = None
        for step in range(len(WISHES)):
            place = self._ladder.first(step)
            if place is not None:
                me = self._by_place[place]
                due = me.since + self._patience * (step + 1)
                if soonest is None or due < soonest[0]:
                    soonest = due, me
        return soonest

    def _climb(self, me: _Waiting) -> tuple[str, Match | Rung]:
        if me.ticket.available:
            self._index.step_aside(keys_of(me.ticket, me.rung.relaxed), me.place)
        ladder = rungs(me.ticket)
        self._ladder.leave((me.rung.step,), me.place)
        me.rung = ladder[me.rung.step + 1]
        if me.rung.step + 1 < len(ladder):
            self._ladder.enter((me.rung.step,), me.place)
        match = self._settle(me, keys_of(me.ticket, me.rung.relaxed))
        return me.ticket.id, match or me.rung

    def _pass_time(self, now: float) -> None:
        if now > self._now:
            self._now = now

    # Persons kept apart.

    def keep_apart(self, a: str, b: str, until: float | None) -> None:
        """Keep two persons apart: until a time (a cooldown), or with None until `reunite` (a block).

        Both may hold at once, and of cooldowns the longest counts. With oneself it does nothing.
        """
        if until is None:
            self._apart.block(a, b)
        else:
            self._apart.cool(a, b, until)

    def reunite(self, a: str, b: str) -> None:
        """Lift the block between two persons; a cooldown runs on. They may meet in `advance`."""
        both_wait = self._persons.first(a) is not None and self._persons.first(b) is not None
        if self._apart.lift(a, b) and both_wait:
            self._reunited.append((a, b))

    def adopt(self, guest: str, user: str) -> None:
        """Keep whoever is kept apart from `guest` apart from `user`, too, and as long."""
        self._apart.adopt(guest, user)

    def kept_apart(self, a: str, b: str) -> bool:
        """Whether the two persons are kept apart, at the latest time known here."""
        return self._apart.between(a, b, self._now)

    def _bring_together(self, a: str, b: str) -> Iterator[tuple[str, Match]]:
        # Only the tickets of these two can have become compatible, and a person has few.
        for place in list(self._persons.walk(a)):
            me = self._by_place[place]
            fitting = [other for other in self._persons.walk(b) if self._fits(me, other)]
            if fitting:
                mine = me.ticket.interests
                sharing = [
                    other
                    for other in fitting
                    if not mine.isdisjoint(self._by_place[other].ticket.interests)
                ]
                partner = self._by_place[(sharing or fitting)[0]]
                self._drop(partner)
                self._drop(me)
                yield me.ticket.id, meet(me.ticket, partner.ticket, self._coin)

    # What is known of the queue.

    def waiting(self, kind: Kind) -> int:
        """How many tickets of this kind wait, those that are not available among them."""
        return self._counts[kind]

    def rung(self, ticket_id: str) -> Rung:
        """Where the ticket is on its ladder. Raises KeyError when it does not wait."""
        return self._by_id[ticket_id].rung

    def waited(self, ticket_id: str, now: float) -> float:
        """For how many seconds the ticket has waited. Raises KeyError when it does not wait."""
        return max(now - self._by_id[ticket_id].since, 0.0)

    # The one way to a partner, and the one way out.

    def _settle(self, me: _Waiting, keys: Keys) -> Match | None:
        """Match somebody who waits but stands in no line, or put it into its lines."""
        if not me.ticket.available:
            return None
        partner = self._partner(me, keys)
        if partner is None:
            self._index.stand(keys, me.place)
            return None
        self._drop(partner)
        self._forget(me)
        return meet(me.ticket, partner.ticket, self._coin)

    def _partner(self, me: _Waiting, keys: Keys) -> _Waiting | None:
        if not me.ticket.available:
            return None
        place = self._index.best(keys, lambda place: self._fits(me, place))
        return None if place is None else self._by_place[place]

    def _fits(self, me: _Waiting, place: int) -> bool:
        """Whether somebody may meet who stands there. The index proposes, the rule decides."""
        other = self._by_place.get(place)
        if other is None:
            return False
        one, two = me.ticket, other.ticket
        apart = self._apart.between(one.person, two.person, self._now)
        return compatible(one, two, me.rung.relaxed, other.rung.relaxed, apart)

    def _drop(self, me: _Waiting) -> None:
        if me.ticket.available:
            self._index.depart(keys_of(me.ticket, me.rung.relaxed), me.place)
        self._forget(me)

    def _forget(self, me: _Waiting) -> None:
        """Forget somebody who stands in no line of the index any more."""
        ticket = me.ticket
        del self._by_id[ticket.id], self._by_place[me.place]
        self._persons.leave((ticket.person,), me.place)
        self._counts[ticket.kind] -= 1
        if me.rung.step + 1 < len(rungs(ticket)):
            self._ladder.leave((me.rung.step,), me.place)
