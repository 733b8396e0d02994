"""Who waits for a stranger, and keeping the lobby to what they want.

What somebody wants is decided here and at once; the lobby hears of it afterwards, and may take its time
over it. So one of them may know something that the other has yet to hear of, and what counts is what is
known here: a match with somebody who has left, is away or must not meet the other is none, and whoever of
the two is still here waits on, in the same place.

Promises: for each participant the lobby is asked one thing at a time, until it knows what is wanted;
nobody who is gone waits in it; whoever waits is told so once, and once of each rung.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from .participants import FIRST_RUNG, Participant, Persona
from .schemas import Queued, WaitingForPartner
from .surroundings import Surroundings
from .ticket import Match, Rung, Ticket


class _Parting:
    """Two of whom the lobby may not know yet that they must not meet; without `b`, one and whoever it is.

    It lasts until the lobby has been told, and what it was asked before that is answered (`older`).
    """

    __slots__ = ("a", "b", "later", "older", "until")

    def __init__(self, a: Persona, b: Persona | None, until: float | None) -> None:
        self.a = a
        self.b = b
        self.until = until
        self.older: set[_Question] | None = None
        self.later: list[Participant] = []  # who would be matched again if the lobby were asked now

    def concerns(self, a: str, b: str) -> bool:
        """Whether these two must not meet."""
        if self.b is None:
            return self.a.id in (a, b)
        return {self.a.id, self.b.id} == {a, b}

    def other(self, person: str) -> str | None:
        """From whom that person is being kept apart, if this is about them and one other."""
        if self.b is None or person not in (self.a.id, self.b.id):
            return None
        return self.b.id if person == self.a.id else self.a.id


class _Question:
    """Something that the lobby is asked. While it is, there is a list for those to `settle` when that is done."""

    __slots__ = ("_again", "_answered", "_asked")

    def __init__(
        self, asked: set[_Question], answered: Callable[[_Question], list[Participant]]
    ) -> None:
        self._asked = asked
        self._answered = answered
        self._again: list[Participant] = []

    def __enter__(self) -> list[Participant]:
        self._asked.add(self)
        return self._again

    def __exit__(self, *_: object) -> None:
        self._asked.discard(self)
        self._again += self._answered(self)


class Waiters:
    """All who wait on this node. `pair(a, b, match)` is called for two who may meet, and wait no longer."""

    def __init__(
        self, around: Surroundings, pair: Callable[[Participant, Participant, Match], None]
    ) -> None:
        self._around = around
        self._tell = around.tell
        self._pair = pair
        self._tickets: dict[str, Participant] = {}
        self._partings: list[_Parting] = []
        self._questions: set[_Question] = set()
        self._advancing = False
        self._closed = False

    # --- what is wanted, decided at once; `settle` lets the lobby know --------------------------------

    def enqueue(self, one: Participant, ticket: Ticket) -> None:
        """Begin to wait with this ticket, in place of the one before. Nothing for who is gone."""
        self.withdraw(one)
        if self._closed or one.gone:
            return
        self._wait(one, ticket, ticket.id, self._around.clock.now())
        one.rung = FIRST_RUNG
        one.unheard = True
        self._tell(Queued(), one)

    def withdraw(self, one: Participant) -> None:
        """Wait no longer."""
        if one.waiting and one.ticket is not None:
            one.waiting = False
            del self._tickets[one.ticket.id]

    def reissue(self, one: Participant) -> None:
        """Wait on in the same place under another ticket, if this one waits: the old one is of no use."""
        if one.waiting and one.ticket is not None:
            self.withdraw(one)
            if not self._closed:
                self._wait(one, one.ticket, self._around.ids.short(), one.ticket.since)

    def _wait(self, one: Participant, ticket: Ticket, id: str, since: float | None) -> None:
        one.ticket = msgspec.structs.replace(
            ticket, id=id, person=one.person, available=one.matchable, since=since
        )
        one.waiting = True
        self._tickets[id] = one

    def close(self) -> None:
        """From now on nobody begins to wait, and nobody meets."""
        self._closed = True

    # --- letting the lobby know ------------------------------------------------------------------------

    async def settle(self, *people: Participant) -> None:
        """Let the lobby know what these want now, unless somebody sees to it already."""
        for one in people:
            if one.settling:
                continue
            one.settling = True
            try:
                while await self._tell_lobby(one):
                    pass
            finally:
                one.settling = False

    async def _tell_lobby(self, one: Participant) -> bool:
        """Tell the lobby the next thing that it does not know of this one; False when it knows all."""
        lobby, now = self._around.lobby, self._around.clock.now()
        wanted, held = one.ticket if one.waiting else None, one.held
        if held is not None and (wanted is None or wanted.id != held.id):
            one.held = None
            await lobby.remove(held.id)
            return True
        if wanted is None or (held is not None and held.available == one.matchable):
            return False
        # Noted before it is asked, as it may be matched and be asked for anew before the answer is here.
        asked = wanted
        if asked.available != one.matchable:
            asked = msgspec.structs.replace(wanted, available=one.matchable)
        one.held = asked
        with _Question(self._questions, self._answered) as again:
            if held is None:
                match = await lobby.add(asked, now)
            else:
                match = await lobby.set_available(asked.id, asked.available, now)
            if match is not None:
                again += self._meet(match)
            elif one.waiting and one.unheard:
                self.tell_to_wait(one, first=True)
        await self.settle(*again)
        return True

    async def advance(self) -> None:
        """Let time pass: wishes are given up, cooldowns end, and people meet for it.

        Returns at once while the call before is not done yet.
        """
        if self._advancing:
            return
        self._advancing = True
        try:
            with _Question(self._questions, self._answered) as again:
                for ticket_id, news in await self._around.lobby.advance(self._around.clock.now()):
                    if isinstance(news, Match):
                        again += self._meet(news)
                    else:
                        self._climbed(ticket_id, news)
            await self.settle(*again)
        finally:
            self._advancing = False

    # --- what the lobby says ---------------------------------------------------------------------------

    def _meet(self, match: Match) -> list[Participant]:
        """Let two meet, or put back whoever is here; gives those of whom the lobby is to hear again."""
        a, b = self._tickets.get(match.a.id), self._tickets.get(match.b.id)
        here = [one for one in (a, b) if one is not None]
        for one in here:
            one.held = None
        if self._closed:
            return []
        parting = None if a is None or b is None else self._parting(a, b)
        if a is not None and b is not None and a.matchable and b.matchable and parting is None:
            self.withdraw(a)
            self.withdraw(b)
            self._pair(a, b, match)
            return []
        for one in here:
            self.reissue(one)
        if parting is None:
            return here
        parting.later += here
        return []

    def _climbed(self, ticket_id: str, rung: Rung) -> None:
        one = self._tickets.get(ticket_id)
        # Who was put back climbs again the rungs that it has heard of.
        if one is not None and rung.step > one.rung.step:
            one.rung = rung
            if not one.absent:
                self.tell_to_wait(one)

    def tell_to_wait(self, one: Participant, *, first: bool = False) -> None:
        """Tell somebody who waits on which rung, and with how many others."""
        assert one.ticket is not None
        one.unheard = False
        waiting = self._around.lobby.waiting[one.ticket.kind]
        self._tell(
            WaitingForPartner(
                type=one.ticket.kind,
                rung=one.rung.step,
                relaxed=one.rung.relaxed,
                waiting=waiting,
                position=waiting if first else msgspec.UNSET,
            ),
            one,
        )

    # --- who must not meet -----------------------------------------------------------------------------

    async def keep_apart(self, a: Persona, b: Persona, until: float | None) -> None:
        """Keep two apart, whoever they turn out to be meanwhile; on this node from this moment on."""
        with self._being_parted(a, b, until):
            known = None
            while known != (a.id, b.id):
                known = a.id, b.id
                await self._around.apart.keep_apart(*known, until)
        await self.settle(*self._parted())

    async def adopt(self, guest: str, user: str) -> None:
        """Whoever is kept apart from the guest is kept apart from the user, too."""
        with self._being_parted(Persona(user)):
            await self._adopt(guest, user)
        await self.settle(*self._parted())

    async def _adopt(self, guest: str, user: str) -> None:
        # What the lobby is being told of the guest at this moment may come too late to be adopted.
        told = [(parting.other(guest), parting.until) for parting in self._partings]
        await self._around.apart.adopt(guest, user)
        for other, until in told:
            if other is not None and other != user:
                await self._around.apart.keep_apart(user, other, until)

    async def become(self, one: Participant, user: str, until: float) -> None:
        """This guest is that user from now on, and does not meet the guest that it was until then."""
        guest, one.persona.id = one.persona.id, user
        self.reissue(one)
        both = self._being_parted(Persona(guest), one.persona, until)
        with both, self._being_parted(one.persona):
            # Somebody may have left the guest or blocked it since its user was kept apart in its stead.
            await self._adopt(guest, user)
            await self._around.apart.keep_apart(guest, user, until)
        await self.settle(*self._parted())

    @contextmanager
    def _being_parted(
        self, a: Persona, b: Persona | None = None, until: float | None = None
    ) -> Iterator[None]:
        """While the lobby is being told."""
        parting = _Parting(a, b, until)
        self._partings.append(parting)
        try:
            yield
        finally:
            parting.older = self._questions.copy()

    def _parting(self, a: Participant, b: Participant) -> _Parting | None:
        for parting in self._partings:
            if parting.concerns(a.person, b.person):
                return parting
        return None

    def _answered(self, question: _Question) -> list[Participant]:
        """The lobby has answered that; gives those who waited for it."""
        if not self._partings:
            return []
        for parting in self._partings:
            if parting.older is not None:
                parting.older.discard(question)
        return self._parted()

    def _parted(self) -> list[Participant]:
        """Forget the partings that the lobby knows of; gives those who waited for that."""
        over = [parting for parting in self._partings if parting.older == set()]
        self._partings = [parting for parting in self._partings if parting.older != set()]
        return [one for parting in over for one in parting.later]
