"""Pair rooms: two strangers, from the moment they meet until one of them is gone.

Decides without I/O: what people are told goes to `tell`, what is to be remembered to `ended`, time
and ids are handed in. Only the `Lobby` and `Apart` may suspend. Everything is decided, and everybody told,
before they are asked; what they answer is for `Waiters` to reconcile with what has happened meanwhile.

Promises: nobody is in two rooms; a signal from outside the room reaches nobody; whoever is left
behind is told once, whatever ended the pair.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from mypy_extensions import mypyc_attr

from parley.kernel.clock import timestamp
from parley.kernel.errors import Conflict, NotInRoom, RateLimited

from .participants import Pair, Participant, Persona
from .schemas import (
    EndReason,
    NewMessage,
    PartnerDisconnected,
    PartnerReconnected,
    PartnerReconnecting,
)
from .surroundings import End, EndedPair, Surroundings
from .ticket import Match, Ticket
from .waiters import Waiters

__all__ = ["End", "EndedPair", "Pair", "PairRooms", "Participant", "Persona", "Surroundings"]

SAME_PERSON_S = 86_400.0
"""For how long somebody who signed in does not meet the guest that they were, in another tab."""


@mypyc_attr(allow_interpreted_subclasses=True)
class PairRooms:
    """All who look for strangers or have met one, on this node."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._tell = around.tell
        self._waiters = Waiters(around, self._pair)
        self.pairs: dict[str, Pair] = {}
        self.relayed = 0
        self.matched = 0

    # --- looking for somebody ----------------------------------------------------------------------

    async def join(self, one: Participant, make_ticket: Callable[[str], Ticket]) -> None:
        """Enter the queue with a new ticket (`make_ticket` gets its id), in place of the one before.

        Raises Conflict when one has a stranger already. Who has just come back to that stranger may be a client that
        joins whenever it connects: it is told of the pair again, once.
        """
        ticket = make_ticket(self._around.ids.short())
        if one.pair is None:
            self._waiters.enqueue(one, ticket)
            await self._waiters.settle(one)
        elif one.returned and one.pair.kind == ticket.kind:
            self._tell_again(one, one.pair)
        else:
            raise Conflict("You are talking to somebody already.")

    def _tell_again(self, one: Participant, pair: Pair) -> None:
        one.returned = False
        # What it had of the call is gone, so the next offer is its own; but of two who came back only one's.
        if one.recalls:
            pair.initiator = one
            pair.partner(one).recalls = False
        self._tell(pair.found(one), one)

    def withdraw(self, one: Participant) -> None:
        """Meet nobody from this moment on; `leave_queue` lets the lobby know."""
        self._waiters.withdraw(one)

    async def leave_queue(self, one: Participant) -> None:
        """Stop looking; nothing happens to who does not."""
        self._waiters.withdraw(one)
        await self._waiters.settle(one)

    def _queue_again(self, one: Participant) -> None:
        if one.ticket is not None and one.pair is None and not one.waiting:
            again = msgspec.structs.replace(one.ticket, id=self._around.ids.short())
            self._waiters.enqueue(one, again)

    async def advance(self) -> None:
        """Let time pass: wishes are given up, cooldowns end, and people meet for it."""
        await self._waiters.advance()

    def _pair(self, a: Participant, b: Participant, match: Match) -> None:
        ids = self._around.ids
        aliases = ids.short(), ids.short()
        pair = Pair(ids.long(), a, b, aliases, match, self._around.clock.wall())
        a.pair = b.pair = pair
        a.typing = b.typing = a.returned = b.returned = False
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
        """Leave the stranger, not to meet again for a while, and look for another.

        Who has none looks for one as before; in the queue, and before the first `join`, nothing happens.
        """
        if one.pair is None or one.ticket is None:
            self._queue_again(one)
            await self._waiters.settle(one)
            return
        other = self._end(one.pair, one, "skipped")
        self._queue_again(one)
        until = self._around.clock.now() + self._around.cooldown
        await self._waiters.keep_apart(one.persona, other.persona, until)
        await self._waiters.settle(other, one)

    async def leave(self, one: Participant, room_id: str) -> None:
        """Leave the stranger. Raises NotInRoom."""
        other = self._end(self.require_pair(one, room_id), one, "left")
        await self._waiters.settle(other)

    async def gone(self, one: Participant, reason: EndReason) -> None:
        """This one is gone for good."""
        one.gone = True
        self._waiters.withdraw(one)
        other = None if one.pair is None else self._end(one.pair, one, reason)
        await self._waiters.settle(one, *([] if other is None else [other]))

    def blockable(self, one: Participant) -> Persona:
        """The present stranger, or else the last one. Raises Conflict when there was none."""
        stranger = one.last if one.pair is None else one.pair.partner(one).persona
        if stranger is None:
            raise Conflict("There is nobody to block.")
        return stranger

    async def block(self, one: Participant) -> Persona:
        """Never meet that stranger again; says who that is, to be remembered. Raises Conflict when there was none.

        The stranger is told what it is told of anybody who leaves.
        """
        pair, stranger = one.pair, self.blockable(one)
        left = () if pair is None else (self._end(pair, one, "left"),)
        await self._waiters.keep_apart(one.persona, stranger, None)
        await self._waiters.settle(*left)
        return stranger

    def _end(self, pair: Pair, by: Participant, reason: EndReason) -> Participant:
        """End the pair; gives the other one, of whom the lobby may have to hear (`settle`)."""
        other = pair.partner(by)
        self._forget(pair, reason)
        self._tell(PartnerDisconnected(room_id=pair.room_id, reason=reason), other)
        if other.requeues:
            self._queue_again(other)
        return other

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
        self._waiters.close()
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
        await self._waiters.settle(one)

    async def returned(self, one: Participant) -> None:
        """It is back."""
        one.absent = False
        if one.pair is not None:
            # Until it asks, whatever else it says: what a client said while it was away comes before its `join`.
            one.returned = one.recalls = True
            self._tell(PartnerReconnected(room_id=one.pair.room_id), one.pair.partner(one))
        await self._waiters.settle(one)
        if one.waiting:
            # It may have climbed meanwhile, or be a page without memory.
            self._waiters.tell_to_wait(one)

    # --- changing ------------------------------------------------------------------------------------

    async def change(self, one: Participant, person: str, available: bool) -> None:
        """This one is somebody known now, or wants to be matched or no longer, at once; its chat goes on."""
        one.available = available
        if person != one.person:
            until = self._around.clock.now() + SAME_PERSON_S
            await self._waiters.become(one, person, until)
        await self._waiters.settle(one)

    # --- who must not meet, for whoever decides it elsewhere: an `Apart` --------------------------------

    async def keep_apart(self, a: str, b: str, until: float | None) -> None:
        """Keep two persons apart from now on, until then or for good."""
        await self._waiters.keep_apart(Persona(a), Persona(b), until)

    async def reunite(self, a: str, b: str) -> None:
        """Lift a block."""
        await self._around.apart.reunite(a, b)

    async def adopt(self, guest: str, user: str) -> None:
        """The guest turned out to be that user: what keeps others apart from the one does from both."""
        await self._waiters.adopt(guest, user)
