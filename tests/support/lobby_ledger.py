"""What a careful onlooker writes down of a lobby, and cries out at when it breaks a promise.

It knows only what people do and what they are told, and keeps its own book of who waits, who talks
with whom and who must not meet; so it finds out when the lobby's book is wrong.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from parley.lobby.matching import compatible
from parley.lobby.pairs import EndedPair
from parley.lobby.schemas import PartnerDisconnected, PartnerFound, WaitingForPartner
from parley.lobby.ticket import Kind, Ticket, rungs


class PromiseBroken(AssertionError):
    """The lobby did what it must not."""


def must(kept: object, promise: str, *seen: object) -> None:
    """Cry out unless the promise was kept."""
    if not kept:
        raise PromiseBroken(": ".join((promise, *map(repr, seen))))


class Meeting:
    """One room, as both sides were told of it. `sides` maps who to the alias of the other."""

    __slots__ = ("closed", "ended_by", "initiators", "kind", "reason", "sides", "started", "told")

    def __init__(self, kind: Kind, started: int) -> None:
        self.kind: Kind = kind
        self.started = started
        self.sides: dict[Any, str] = {}
        self.initiators = 0
        self.told: list[Any] = []
        self.reason: str | None = None
        self.ended_by: Any = None
        self.closed = 0


class Ledger:
    """The book. "Who" is any hashable thing with a `person`, matched when `available` and not `away`."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self.now = 0.0
        self.waiting: dict[Any, tuple[Ticket, float]] = {}
        self.counts: dict[Kind, int] = {"chat": 0, "video": 0}
        self.room_of: dict[Any, str] = {}
        self.returned: set[Any] = set()
        self.recalls: set[Any] = set()
        self.meetings: dict[str, Meeting] = {}
        self.ended = 0
        self._cooling: dict[tuple[str, str], float] = {}
        self._blocked: dict[tuple[str, str], None] = {}
        self._perhaps: dict[tuple[str, str], float] = {}

    # --- what people do ----------------------------------------------------------------------------

    def queued(self, who: Any, ticket: Ticket) -> None:
        """Somebody was put into the queue."""
        must(who not in self.room_of, "nobody waits and talks at once", who)
        must(who not in self.waiting, "nobody waits twice", who)
        must(ticket.person == who.person, "a ticket is its holder's", who, ticket)
        free = who.available and not who.away
        must(free or not ticket.available, "who is away is not available", who, ticket)
        self.waiting[who] = msgspec.structs.replace(ticket, available=True), self.now
        self.counts[ticket.kind] += 1

    def unqueued(self, who: Any) -> None:
        """Somebody stopped waiting, if they did wait."""
        entry = self.waiting.pop(who, None)
        if entry is not None:
            self.counts[entry[0].kind] -= 1

    def leaves(self, who: Any, reason: str) -> str | None:
        """Somebody is about to end the room they are in, if they are; gives the room."""
        room = self.room_of.pop(who, None)
        if room is not None:
            meeting = self.meetings[room]
            meeting.ended_by = who
            meeting.reason = reason
        return room

    def left(self, room: str | None) -> None:
        """That is done: whoever was left behind must have been told, once."""
        if room is None:
            return
        meeting = self.meetings.pop(room, None)
        must(meeting is not None, "a room ends once", room)
        assert meeting is not None
        others = [who for who in meeting.sides if who is not meeting.ended_by]
        must(meeting.told == others, "who is left behind is told once", room, meeting.told)
        must(meeting.closed == 1, "an end is recorded once", room)

    def keep_apart(self, a: str, b: str, until: float) -> None:
        """Two persons must not meet until then."""
        pair = _pair(a, b)
        self._cooling[pair] = max(until, self._cooling.get(pair, until))

    def blocked(self, a: str, b: str) -> bool:
        """Whether there is a block between two persons."""
        return _pair(a, b) in self._blocked

    def blocks(self) -> list[tuple[str, str]]:
        """All there are, the oldest first."""
        return list(self._blocked)

    def block(self, a: str, b: str) -> None:
        """Two persons must not meet until `reunite`."""
        if a != b:
            self._blocked[_pair(a, b)] = None

    def reunite(self, a: str, b: str) -> None:
        """A block was lifted."""
        self._blocked.pop(_pair(a, b), None)
        self._perhaps.pop(_pair(a, b), None)

    def adopt(self, guest: str, user: str) -> None:
        """What keeps others apart from the guest does from the user, too."""
        for a, b in list(self._blocked):
            if guest in (a, b):
                self.block(user, b if a == guest else a)
        for (a, b), end in list(self._cooling.items()):
            if guest in (a, b):
                self.keep_apart(user, b if a == guest else a, end)

    def may_have_adopted(self, guest: str, user: str) -> None:
        """What has come to keep others from the guest since may do so from the user, or not."""
        for pair in self._blocked:
            if guest in pair:
                self._perhaps[_pair(user, pair[pair[0] == guest])] = math.inf
        for pair, end in self._cooling.items():
            if guest in pair:
                other = _pair(user, pair[pair[0] == guest])
                self._perhaps[other] = max(end, self._perhaps.get(other, end))

    def became(self, who: Any, guest: str, until: float) -> None:
        """`who` was that guest until now, and does not meet that one before then."""
        self.keep_apart(guest, who.person, until)
        if who in self.waiting:
            ticket, since = self.waiting[who]
            self.waiting[who] = msgspec.structs.replace(ticket, person=who.person), since

    def apart(self, a: str, b: str) -> bool:
        """Whether two persons must not meet now."""
        pair = _pair(a, b)
        return pair in self._blocked or self._cooling.get(pair, self.now) > self.now

    # --- what people are told ----------------------------------------------------------------------

    def relaxed(self, who: Any) -> tuple[str, ...]:
        """Which wishes somebody who waits has given up by now."""
        ticket, since = self.waiting[who]
        ladder = rungs(ticket)
        # A step is due at `since + patience * n`, by the same arithmetic.
        step = sum(since + self._patience * n <= self.now for n in range(1, len(ladder)))
        return ladder[step].relaxed

    def told_to_wait(self, who: Any, event: WaitingForPartner) -> None:
        """Somebody was told on which rung they wait."""
        must(who in self.waiting, "only who waits is told to wait", who)
        must(event.type == self.waiting[who][0].kind, "it waits for what it asked for", who)
        # When much time passes at once, rungs are told one after the other.
        reached = self.relaxed(who)[: event.rung]
        must(event.relaxed == reached, "a wish is given up when its time has come", who, event)
        must(event.rung == len(event.relaxed), "the rung counts the wishes given up", event)

    def told_of_partner(self, who: Any, event: PartnerFound, started: int) -> None:
        """Somebody was told that they have met somebody; once more, if they came back and asked for somebody."""
        if who in self.room_of and who in self.returned:
            self.returned.discard(who)
            must(
                self.room_of[who] == event.room_id,
                "one is told again of one's own room",
                who,
                event,
            )
            meeting = self.meetings[event.room_id]
            must(event.partner_id == meeting.sides[who], "under the same alias", event)
            must(event.initiator == (who in self.recalls), "one of two calls again", who, event)
            if event.initiator:
                self.recalls.difference_update(meeting.sides)
            return
        must(who in self.waiting, "only who waits is matched, and once", who, event)
        must(who not in self.room_of, "nobody is in two rooms", who, event)
        must(who.available and not who.away, "only who is available is matched", who)
        meeting = self.meetings.setdefault(event.room_id, Meeting(event.type, started))
        must(len(meeting.sides) < 2 and not meeting.told, "a room is for two", event)
        self.room_of[who] = event.room_id
        self.returned.discard(who)
        self.recalls.discard(who)
        meeting.sides[who] = event.partner_id
        meeting.initiators += event.initiator
        if len(meeting.sides) == 2:
            self._met(meeting, event)

    def _met(self, meeting: Meeting, event: PartnerFound) -> None:
        one, other = meeting.sides
        a, b = self.waiting[one][0], self.waiting[other][0]
        must(one.person != other.person, "nobody meets oneself", one, other)
        must(meeting.initiators == 1, "exactly one side makes the offer", event)
        must(meeting.sides[one] != meeting.sides[other], "aliases tell two people apart", event)
        must(not {one.person, other.person} & set(meeting.sides.values()), "an alias hides", event)
        must(event.type == a.kind == b.kind, "one meets for what one asked for", event)
        must(event.shared == tuple(sorted(a.interests & b.interests)), "what both like", event)
        must(not self.apart(a.person, b.person), "who is kept apart does not meet", one, other)
        fits = compatible(a, b, self.relaxed(one), self.relaxed(other), apart=False)
        must(fits, "a pair fits what both asked for", a, b)
        self.unqueued(one)
        self.unqueued(other)

    def kind_of(self, who: Any) -> Kind:
        """What somebody who is in a room meets for."""
        return self.meetings[self.room_of[who]].kind

    def came_back(self, who: Any) -> None:
        """The lobby heard that somebody is back."""
        if who in self.room_of:
            self.returned.add(who)
            self.recalls.add(who)

    def told_of_end(self, who: Any, event: PartnerDisconnected) -> None:
        """Somebody was told that their partner is gone."""
        must(self.room_of.get(who) == event.room_id, "an end is told once, to who is there", who)
        del self.room_of[who]
        meeting = self.meetings[event.room_id]
        meeting.told.append(who)
        must(event.reason == meeting.reason, "the reason is the true one", event, meeting.reason)

    def told_in_room(self, who: Any, room: str) -> None:
        """Somebody was told something that belongs to a room."""
        must(self.room_of.get(who) == room, "nothing from outside the room is heard", who, room)

    def recorded(self, pair: EndedPair, wall: int) -> None:
        """An end went into the history."""
        meeting = self.meetings.get(pair.room_id)
        must(meeting is not None, "only what was is recorded", pair)
        assert meeting is not None
        meeting.closed += 1
        self.ended += 1
        persons = {who.person for who in meeting.sides}
        must({pair.person_a, pair.person_b} == persons, "the record names who met", pair)
        must(pair.ended_by == meeting.reason, "the record says how it ended", pair)
        must((pair.started_at, pair.ended_at) == (meeting.started, wall), "and when", pair)
        must(pair.kind == meeting.kind, "and what for", pair)

    # --- taking stock ------------------------------------------------------------------------------

    def nobody_waits_in_vain(self) -> None:
        """No two who may meet both wait. Compares everybody with everybody."""
        now = self.now
        self._cooling = {pair: until for pair, until in self._cooling.items() if until > now}
        ready = [
            (who, ticket, self.relaxed(who))
            for who, (ticket, _) in self.waiting.items()
            if who.available and not who.away
        ]
        for index, (one, a, relaxed_a) in enumerate(ready):
            for other, b, relaxed_b in ready[:index]:
                if compatible(a, b, relaxed_a, relaxed_b, apart=False):
                    apart = self.apart(a.person, b.person)
                    apart = apart or self._perhaps.get(_pair(a.person, b.person), now) > now
                    must(apart, "no two who fit both wait", one, other)


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)
