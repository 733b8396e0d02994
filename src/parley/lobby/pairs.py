"""Pair rooms: two strangers, from the moment they meet until one of them is gone.

Decides without I/O: what people are told goes to `tell`, what is to be remembered to `ended`, time
and ids are handed in. Only the `Lobby` may suspend, and every decision here is taken before it does.

Promises: nobody is in two rooms; a signal from outside the room reaches nobody; whoever is left
behind is told once, whatever ended the pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from parley.kernel.clock import Clock, timestamp
from parley.kernel.errors import Conflict, NotInRoom, RateLimited
from parley.kernel.ids import Ids

from .lobby import Apart, Lobby
from .schemas import (
    EndReason,
    NewMessage,
    PartnerDisconnected,
    PartnerFound,
    PartnerReconnected,
    PartnerReconnecting,
    Queued,
    WaitingForPartner,
)
from .ticket import Kind, Match, Rung, Ticket

FIRST_RUNG = Rung(0, ())
End = Literal["left", "skipped", "dropped", "server_stopped"]


class Participant:
    """Somebody who looks for a stranger or has one. `connection` is whatever `tell` can reach them by."""

    __slots__ = ("absent", "connection", "pair", "person", "requeues", "rung", "ticket", "waiting")

    def __init__(self, connection: Any, person: str, *, requeues: bool = False) -> None:
        self.connection = connection
        self.person = person
        # Whether this one goes back to the queue when the stranger is gone, without asking (seed 001).
        self.requeues = requeues
        self.ticket: Ticket | None = None  # what was last looked for
        self.waiting = False
        self.rung = FIRST_RUNG  # while waiting: which wishes were given up
        self.pair: Pair | None = None
        self.absent = False


class Pair:
    """Two participants and the aliases under which they know each other."""

    __slots__ = (
        "a",
        "alias_a",
        "alias_b",
        "b",
        "initiator",
        "kind",
        "room_id",
        "shared",
        "started",
    )

    def __init__(
        self,
        room_id: str,
        a: Participant,
        b: Participant,
        aliases: tuple[str, str],
        match: Match,
        started: int,
    ) -> None:
        self.room_id = room_id
        self.a = a
        self.b = b
        self.alias_a, self.alias_b = aliases
        self.kind: Kind = match.a.kind
        self.initiator = a if match.initiator == match.a.id else b
        self.shared = match.shared
        self.started = started

    def partner(self, one: Participant) -> Participant:
        """The other one."""
        return self.b if one is self.a else self.a

    def alias(self, one: Participant) -> str:
        """What the other one knows this one as."""
        return self.alias_a if one is self.a else self.alias_b

    def found(self, one: Participant) -> PartnerFound:
        """What this one is told of the pair."""
        return PartnerFound(
            room_id=self.room_id,
            type=self.kind,
            partner_id=self.alias(self.partner(one)),
            initiator=self.initiator is one,
            shared=self.shared,
        )


class EndedPair(msgspec.Struct, frozen=True):
    """What is remembered of a meeting: who, when, how it ended. Times in ms since 1970 (`Clock.wall`)."""

    room_id: str
    kind: Kind
    person_a: str
    person_b: str
    started_at: int
    ended_at: int
    ended_by: End


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What `PairRooms` works with. `cooldown` is in seconds."""

    lobby: Lobby
    apart: Apart
    clock: Clock
    ids: Ids
    cooldown: float
    tell: Callable[..., None]
    """`tell(event, *participants)`; an event is a struct of `schemas`."""
    ended: Callable[[EndedPair], None]
    congested: Callable[[Participant], bool] = lambda _: False
    """Whether so much waits for this one already that more could cost it its connection."""


class PairRooms:
    """All who look for strangers or have met one, on this node."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._tell = around.tell
        self._tickets: dict[str, Participant] = {}
        self.pairs: dict[str, Pair] = {}
        self.relayed = 0
        self.matched = 0
        self._stopped = False

    # --- looking for somebody ----------------------------------------------------------------------

    async def join(self, one: Participant, make_ticket: Callable[[str], Ticket]) -> None:
        """Enter the queue with a new ticket (`make_ticket` gets its id), in place of the one before.

        Raises Conflict when one has a stranger already.
        """
        if one.pair is not None:
            raise Conflict("You are talking to somebody already.")
        ticket = make_ticket(self._around.ids.short())
        await self.leave_queue(one)
        await self._queue(one, ticket)

    async def leave_queue(self, one: Participant) -> None:
        """Stop looking; nothing happens to who does not."""
        if one.waiting and one.ticket is not None:
            one.waiting = False
            self._tickets.pop(one.ticket.id, None)
            await self._around.lobby.remove(one.ticket.id)

    async def _queue(self, one: Participant, ticket: Ticket) -> None:
        if self._stopped:
            return
        one.ticket = ticket
        one.waiting = True
        one.rung = FIRST_RUNG
        self._tickets[ticket.id] = one
        self._tell(Queued(), one)
        match = await self._around.lobby.add(ticket, self._around.clock.now())
        if match is not None:
            self._meet(match)
        elif one.waiting:
            waiting = self._around.lobby.waiting[ticket.kind]
            self._tell(
                WaitingForPartner(
                    type=ticket.kind, rung=0, relaxed=(), waiting=waiting, position=waiting
                ),
                one,
            )

    async def advance(self) -> None:
        """Let time pass: wishes are given up, cooldowns end, and people meet for it."""
        for ticket_id, news in await self._around.lobby.advance(self._around.clock.now()):
            if isinstance(news, Match):
                self._meet(news)
            else:
                self._climbed(ticket_id, news)

    def _climbed(self, ticket_id: str, rung: Rung) -> None:
        one = self._tickets.get(ticket_id)
        if one is not None:
            one.rung = rung
            if not one.absent:
                self._tell_to_wait(one)

    def _tell_to_wait(self, one: Participant) -> None:
        assert one.ticket is not None
        kind = one.ticket.kind
        self._tell(
            WaitingForPartner(
                type=kind,
                rung=one.rung.step,
                relaxed=one.rung.relaxed,
                waiting=self._around.lobby.waiting[kind],
            ),
            one,
        )

    def _meet(self, match: Match) -> None:
        a = self._tickets.pop(match.a.id)
        b = self._tickets.pop(match.b.id)
        a.waiting = b.waiting = False
        ids = self._around.ids
        aliases = ids.short(), ids.short()
        pair = Pair(ids.long(), a, b, aliases, match, self._around.clock.wall())
        a.pair = b.pair = pair
        self.pairs[pair.room_id] = pair
        self.matched += 1
        self._tell(pair.found(a), a)
        self._tell(pair.found(b), b)

    # --- talking -----------------------------------------------------------------------------------

    def require_pair(self, one: Participant, room_id: str) -> Pair:
        """The pair that this one is in, if it is the one named. Raises NotInRoom."""
        pair = one.pair
        if pair is None or pair.room_id != room_id:
            raise NotInRoom
        return pair

    def relay(self, one: Participant, room_id: str, event: msgspec.Struct) -> None:
        """Pass a signal on to the partner. Raises NotInRoom, RateLimited when the partner cannot keep up."""
        pair = self._open_pair(one, room_id)
        self.relayed += 1
        self._tell(event, pair.partner(one))

    def _open_pair(self, one: Participant, room_id: str) -> Pair:
        pair = self.require_pair(one, room_id)
        # Nobody may talk a slow partner out of its connection.
        if self._around.congested(pair.partner(one)):
            raise RateLimited(1000, "The stranger's connection is slow; wait a moment.")
        return pair

    def say(self, one: Participant, room_id: str, text: str) -> NewMessage:
        """Say something; both hear it. Raises NotInRoom, RateLimited when the partner cannot keep up."""
        pair = self._open_pair(one, room_id)
        self.relayed += 1
        message = NewMessage(
            id=self._around.ids.short(),
            text=text,
            sender=pair.alias(one),
            timestamp=timestamp(self._around.clock.wall()),
            room_id=room_id,
        )
        self._tell(message, pair.a, pair.b)
        return message

    # --- the end -----------------------------------------------------------------------------------

    async def skip(self, one: Participant) -> None:
        """Leave the stranger, not to meet again for a while, and look for another."""
        if one.pair is None or one.ticket is None:
            return
        await self._end(one.pair, one, "skipped")
        await self._queue_again(one)

    async def leave(self, one: Participant, room_id: str) -> None:
        """Leave the stranger. Raises NotInRoom."""
        await self._end(self.require_pair(one, room_id), one, "left")

    async def gone(self, one: Participant, reason: EndReason) -> None:
        """This one is gone for good."""
        await self.leave_queue(one)
        if one.pair is not None:
            await self._end(one.pair, one, reason)

    async def _end(self, pair: Pair, by: Participant, reason: EndReason) -> None:
        other = pair.partner(by)
        self._forget(pair, reason)
        self._tell(PartnerDisconnected(room_id=pair.room_id, reason=reason), other)
        if reason == "skipped":
            until = self._around.clock.now() + self._around.cooldown
            await self._around.apart.keep_apart(by.person, other.person, until)
        if other.requeues:
            await self._queue_again(other)

    async def _queue_again(self, one: Participant) -> None:
        if one.ticket is None or one.pair is not None or one.waiting:
            return
        ticket = msgspec.structs.replace(
            one.ticket, id=self._around.ids.short(), available=not one.absent
        )
        await self._queue(one, ticket)

    def _forget(self, pair: Pair, ended_by: End) -> None:
        pair.a.pair = pair.b.pair = None
        del self.pairs[pair.room_id]
        self._around.ended(
            EndedPair(
                room_id=pair.room_id,
                kind=pair.kind,
                person_a=pair.a.person,
                person_b=pair.b.person,
                started_at=pair.started,
                ended_at=self._around.clock.wall(),
                ended_by=ended_by,
            )
        )

    def stop(self) -> None:
        """The server stops: every pair ends, both sides are told, nobody is queued any more."""
        self._stopped = True
        for pair in list(self.pairs.values()):
            self._forget(pair, "server_stopped")
            told = PartnerDisconnected(room_id=pair.room_id, reason="dropped")
            self._tell(told, pair.a, pair.b)

    # --- broken transports ---------------------------------------------------------------------------

    async def absent(self, one: Participant) -> None:
        """This one's transport broke; it may be back soon."""
        one.absent = True
        if one.pair is not None:
            self._tell(PartnerReconnecting(room_id=one.pair.room_id), one.pair.partner(one))
        elif one.waiting and one.ticket is not None:
            now = self._around.clock.now()
            await self._around.lobby.set_available(one.ticket.id, False, now)

    async def returned(self, one: Participant) -> None:
        """It is back."""
        one.absent = False
        if one.pair is not None:
            self._tell(PartnerReconnected(room_id=one.pair.room_id), one.pair.partner(one))
        elif one.waiting and one.ticket is not None:
            now = self._around.clock.now()
            match = await self._around.lobby.set_available(one.ticket.id, True, now)
            if match is not None:
                self._meet(match)
            elif one.waiting:
                # It may have climbed meanwhile, or be a page without memory.
                self._tell_to_wait(one)
