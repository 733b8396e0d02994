"""What clients ask of the lobby, whatever their dialect: the handlers behind the dialects' tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from parley.kernel.errors import BadRequest, RateLimited, TooLarge
from parley.realtime import Connection, Reason, Window, whose

from .pairs import PairRooms, Participant, Persona
from .schemas import (
    Answer,
    EndReason,
    IceCandidate,
    IceCandidates,
    Join,
    LeaveRoom,
    MatchUser,
    Nothing,
    Offer,
    PartnerFound,
    Preferences,
    SendMessage,
    Sent,
    TypingState,
    UserTyping,
    candidate_fits,
    description_fits,
)
from .ticket import MAX_COUNTRIES, Kind, Ticket

_LEFT = frozenset((Reason.CLIENT_LEFT, Reason.TRANSPORT_CLOSE))


class Blocked(Protocol):
    """Remembers who has blocked whom."""

    async def block_stranger(self, blocker: str, stranger: str) -> None:
        """Durable once it returns."""


class _Participants(dict[Connection, Participant]):
    """The participant behind each connection; whoever is asked for becomes one, and is kept until it is gone."""

    def __missing__(self, connection: Connection) -> Participant:
        one = Participant(connection, connection.actor.id)
        if connection.over:
            one.gone = True
        else:
            self[connection] = one
        return one


class LobbyEvents:
    """Finds the participant behind a connection and passes on what it wants. A `realtime.Feature`.

    Without `blocked`, blocks last as long as the lobby. `guests_blocks` bounds how many the guests of one address
    make: anybody is as many guests as they like, and what they block is kept for good.
    """

    def __init__(
        self,
        rooms: PairRooms,
        blocked: Blocked | None = None,
        guests_blocks: Window | None = None,
    ) -> None:
        self._rooms = rooms
        self._blocked = blocked
        self._guests_blocks = guests_blocks
        self._participants = _Participants()

    # --- looking -----------------------------------------------------------------------------------

    def join(self, connection: Connection, payload: Join) -> Awaitable[None]:
        return self._choose(connection, payload.type, payload.preferences or Preferences())

    def match_user(self, connection: Connection, payload: MatchUser) -> Awaitable[None]:
        return self._choose(connection, payload.type, Preferences(country=payload.country))

    async def join_video(self, connection: Connection) -> None:
        """Queue somebody for video who has not asked for anything, and again after each stranger."""
        one = self._participants[connection]
        one.requeues = True
        await self._join(one, "video", Preferences())

    def _choose(self, connection: Connection, kind: Kind, wishes: Preferences) -> Awaitable[None]:
        one = self._participants[connection]
        if not one.requeues:
            return self._join(one, kind, wishes)
        # It was queued before it said that it speaks another dialect: at once, as what it is told from now on is
        # told in that dialect, and would be of somebody for whom it has not asked.
        one.requeues = False
        self._rooms.withdraw(one)
        return self._start_over(one, kind, wishes)

    async def _start_over(self, one: Participant, kind: Kind, wishes: Preferences) -> None:
        if one.pair is not None:
            await self._rooms.leave(one, one.pair.room_id)
        await self._rooms.leave_queue(one)
        # Not looked up again: it may be gone by now, and nobody would ever hear of another one's end.
        await self._join(one, kind, wishes)

    async def _join(self, one: Participant, kind: Kind, wishes: Preferences) -> None:
        one.available = one.connection.available
        home = one.connection.country
        await self._rooms.join(one, ticket_maker(one.person, kind, wishes, home))

    async def leave_queue(self, connection: Connection, payload: Nothing) -> None:
        await self._rooms.leave_queue(self._participants[connection])

    async def skip(self, connection: Connection, payload: Nothing) -> None:
        await self._rooms.skip(self._participants[connection])

    async def leave_room(self, connection: Connection, payload: LeaveRoom) -> None:
        one = self._participants[connection]
        # Clients of seed 003 have no other way to stop looking.
        if one.waiting and not payload.room_id:
            await self._rooms.leave_queue(one)
        else:
            await self._rooms.leave(one, payload.room_id or "")

    async def block_partner(self, connection: Connection, payload: Nothing) -> None:
        """Acknowledged once it is stored; the two are kept apart from the first moment on."""
        one = self._participants[connection]
        self._rooms.blockable(one)  # what blocks nobody does not count
        if self._guests_blocks is not None and connection.actor.kind == "guest":
            wait = self._guests_blocks.take(whose(connection.socket.address))
            if wait:
                raise RateLimited(round(wait * 1000), "Too many blocks for one address.")
        stranger = await self._rooms.block(one)
        if self._blocked is not None:
            await self._remember(self._blocked, one.person, stranger)

    @staticmethod
    async def _remember(blocked: Blocked, blocker: str, stranger: Persona) -> None:
        known = None
        while known != stranger.id:  # a guest may sign in meanwhile
            known = stranger.id
            await blocked.block_stranger(blocker, known)

    # --- talking -----------------------------------------------------------------------------------

    def send_message(self, connection: Connection, payload: SendMessage) -> Sent:
        one = self._participants[connection]
        message = self._rooms.say(one, payload.room_id, payload.message)
        return Sent(message.id, message.timestamp)

    def typing(self, connection: Connection, payload: TypingState) -> None:
        one = self._participants[connection]
        told = UserTyping(room_id=payload.room_id, is_typing=payload.is_typing)
        self._rooms.relay(one, payload.room_id, told)
        one.typing = payload.is_typing

    def typing_weight(self, connection: Connection, payload: TypingState) -> int:
        """That one no longer types is always passed on, or the stranger would wait for what never comes."""
        return int(payload.is_typing or not self._participants[connection].typing)

    def offer(self, connection: Connection, payload: Offer) -> None:
        self._describe(connection, payload.room_id, payload.offer, payload)

    def answer(self, connection: Connection, payload: Answer) -> None:
        self._describe(connection, payload.room_id, payload.answer, payload)

    def _describe(
        self, connection: Connection, room_id: str, body: msgspec.Raw, event: msgspec.Struct
    ) -> None:
        if not description_fits(body):
            raise TooLarge("A session description has at most 32 KiB.")
        self._rooms.relay(self._participants[connection], room_id, event)

    def ice_candidate(self, connection: Connection, payload: IceCandidate) -> None:
        if not candidate_fits(payload.candidate):
            raise TooLarge("A candidate has at most 1 KiB.")
        self._rooms.relay(self._participants[connection], payload.room_id, payload)

    def ice_candidates(self, connection: Connection, payload: IceCandidates) -> None:
        one = self._participants[connection]
        if not all(map(candidate_fits, payload.candidates)):
            raise TooLarge("A candidate has at most 1 KiB.")
        self._rooms.require_pair(one, payload.room_id)
        for candidate in payload.candidates:
            told = IceCandidate(room_id=payload.room_id, candidate=candidate)
            self._rooms.relay(one, payload.room_id, told)

    # --- what becomes of connections -----------------------------------------------------------------

    def place(self, connection: Connection) -> PartnerFound | None:
        one = self._participants.get(connection)
        return None if one is None or one.pair is None else one.pair.found(one)

    def busy(self, connection: Connection) -> bool:
        one = self._participants.get(connection)
        return one is not None and (one.waiting or one.pair is not None)

    async def changed(self, connection: Connection) -> None:
        one = self._participants.get(connection)
        if one is not None:
            await self._rooms.change(one, connection.actor.id, connection.available)

    async def absent(self, connection: Connection) -> None:
        one = self._participants.get(connection)
        if one is not None:
            await self._rooms.absent(one)

    async def returned(self, connection: Connection) -> None:
        one = self._participants.get(connection)
        if one is not None:
            await self._rooms.returned(one)

    async def gone(self, connection: Connection, reason: Reason) -> None:
        one = self._participants.pop(connection, None)
        if one is not None:
            how: EndReason = "left" if reason in _LEFT else "dropped"
            await self._rooms.gone(one, how)


def ticket_maker(
    person: str, kind: Kind, wishes: Preferences, home: str = ""
) -> Callable[[str], Ticket]:
    """The ticket that these wishes ask for, once it has an id.

    Somebody who names one country and not their own is taken to be from there: seed 000 matches by
    "selected country", and its clients send no other. Who names none at all is from `home`, the country of the
    account. A blank counts as nothing. Raises BadRequest.
    """
    wanted = {_code(country) for country in (*(wishes.countries or ()), wishes.country or "")} - {
        ""
    }
    if len(wanted) > MAX_COUNTRIES:
        raise BadRequest(f"At most {MAX_COUNTRIES} countries.")
    own = _code(wishes.country or home if wishes.my_country is None else wishes.my_country)
    interests = frozenset(word for word in map(_word, wishes.interests or ()) if word)

    def make(ticket_id: str) -> Ticket:
        return Ticket(
            id=ticket_id,
            person=person,
            kind=kind,
            country=own or None,
            countries=frozenset(wanted),
            country_required=wishes.country_required,
            interests=interests,
            language=_word(wishes.language or "") or None,
        )

    return make


def _word(text: str) -> str:
    return " ".join(text.casefold().split())


def _code(country: str) -> str:
    return " ".join(country.upper().split())
