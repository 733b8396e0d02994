"""Pair rooms: two strangers, from the moment they meet until one of them is gone.

Decides without I/O: what people are told goes to `tell`, what is to be remembered to `ended`, time
and ids are handed in. Only the `Lobby` may suspend, and every decision here is taken before it does.

Promises: nobody is in two rooms; a signal from outside the room reaches nobody; whoever is left
behind is told once, whatever ended the pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from parley.kernel.clock import Clock, timestamp
from parley.kernel.errors import Conflict, NotInRoom, RateLimited
from parley.kernel.ids import Ids

from .lobby import Apart, Lobby
from .participants import FIRST_RUNG, Pair, Participant, Persona
from .schemas import (
    EndReason,
    NewMessage,
    PartnerDisconnected,
    PartnerReconnected,
    PartnerReconnecting,
    Queued,
    WaitingForPartner,
)
from .ticket import Kind, Match, Rung, Ticket

__all__ = ["EndedPair", "Pair", "PairRooms", "Participant", "Persona", "Surroundings"]

End = Literal["left", "skipped", "dropped", "server_stopped"]


SAME_PERSON_S = 86_400.0
"""For how long somebody who signed in does not meet the guest that they were, in another tab."""


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
        if not one.available:
            ticket = msgspec.structs.replace(ticket, available=False)
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
            await self._meet(match)
        elif ticket.id not in self._tickets:  # it left before the lobby knew of it
            await self._around.lobby.remove(ticket.id)
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
                await self._meet(news)
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

    async def _meet(self, match: Match) -> None:
        found = (self._tickets.pop(ticket.id, None) for ticket in (match.a, match.b))
        here = [one for one in found if one is not None]
        for one in here:
            one.waiting = False
        if len(here) == 2 and not self._stopped:
            self._pair(here[0], here[1], match)
            return
        for one in here:  # the other one left while the lobby was matching it
            await self._queue_again(one)

    def _pair(self, a: Participant, b: Participant, match: Match) -> None:
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
            one.ticket, id=self._around.ids.short(), available=one.matchable
        )
        await self._queue(one, ticket)

    async def block(self, one: Participant) -> Persona:
        """Never meet the present stranger again, or else the last one; says who that is, to be remembered.

        The stranger is told what it is told of anybody who leaves. Raises Conflict when there was none.
        """
        pair = one.pair
        stranger = one.last if pair is None else pair.partner(one).persona
        if stranger is None:
            raise Conflict("There is nobody to block.")
        await self._around.apart.keep_apart(one.person, stranger.id, None)
        if pair is not None and one.pair is pair:
            await self._end(pair, one, "left")
        return stranger

    def _forget(self, pair: Pair, ended_by: End) -> None:
        pair.a.pair = pair.b.pair = None
        pair.a.last, pair.b.last = pair.b.persona, pair.a.persona
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
        else:
            await self._match_or_not(one)

    async def returned(self, one: Participant) -> None:
        """It is back."""
        one.absent = False
        if one.pair is not None:
            self._tell(PartnerReconnected(room_id=one.pair.room_id), one.pair.partner(one))
        else:
            await self._match_or_not(one)
            if one.waiting:
                # It may have climbed meanwhile, or be a page without memory.
                self._tell_to_wait(one)

    # --- changing ------------------------------------------------------------------------------------

    async def change(self, one: Participant, person: str, available: bool) -> None:
        """This one is somebody known now, or wants to be matched or no longer, at once; its chat goes on."""
        one.available = available
        if person == one.person:
            await self._match_or_not(one)
            return
        guest = one.person
        one.persona.id = person
        until = self._around.clock.now() + SAME_PERSON_S
        await self._around.apart.keep_apart(guest, person, until)
        if one.ticket is None:
            return
        one.ticket = msgspec.structs.replace(one.ticket, person=person)
        if one.waiting:
            await self.leave_queue(one)
            await self._queue_again(one)

    async def _match_or_not(self, one: Participant) -> None:
        if not one.waiting or one.ticket is None:
            return
        now = self._around.clock.now()
        match = await self._around.lobby.set_available(one.ticket.id, one.matchable, now)
        if match is not None:
            await self._meet(match)
