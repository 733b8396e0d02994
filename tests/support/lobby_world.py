"""A whole lobby in virtual time: people who do as they please, and an onlooker who keeps a `Ledger`.

Between the lobby and its people stands what the engine does for real ones: an outbox within a bound
for those who read slowly or are away, and news of breaks that reaches the lobby a little later. With
a `FarLobby`, what one client does is still on its way while others act. One seed makes one history,
to the last id.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from parley.kernel.errors import Conflict, NotInRoom, ParleyError, RateLimited
from parley.lobby.lobby_memory import MemoryLobby
from parley.lobby.pairs import SAME_PERSON_S, EndedPair, PairRooms, Participant, Surroundings
from parley.lobby.schemas import (
    IceCandidate,
    NewMessage,
    PartnerDisconnected,
    PartnerFound,
    Queued,
    UserTyping,
    WaitingForPartner,
)
from parley.lobby.ticket import Ticket

from .clock import ManualClock
from .far_lobby import FarLobby, Flights
from .ids import CountedIds
from .lobby_client import Client
from .lobby_ledger import Ledger, must

PATIENCE = 3.0
COOLDOWN = 60.0
OUTBOX = 16
CROWDED_SKY = 48


class World:
    """The lobby, its people and its onlooker. `rooms` and `lobby` make the parts under test."""

    def __init__(
        self,
        seed: int,
        people: int,
        *,
        rooms: type[PairRooms] = PairRooms,
        lobby: type[MemoryLobby] = MemoryLobby,
    ) -> None:
        self.random = random.Random(seed)
        self.clock = ManualClock()
        self.ledger = Ledger(PATIENCE)
        self.ledger.now = self.clock.now()
        self.lobby = lobby(PATIENCE, self.random)
        self.flights = Flights(self.random)
        self.far = issubclass(lobby, FarLobby)
        self.rooms = rooms(
            Surroundings(
                lobby=self.lobby,
                apart=self.lobby,
                clock=self.clock,
                ids=CountedIds(),
                cooldown=COOLDOWN,
                tell=self._tell,
                ended=self._ended,
                congested=lambda one: len(one.connection.outbox) * 2 > OUTBOX,
            )
        )
        # Some have two tabs open.
        self.clients = [Client(f"c{n}", f"p{n * 4 // 5}") for n in range(people)]
        self.touched: set[Client] = set()
        self.deferred: deque[tuple[Callable[..., None], Client]] = deque()
        self.counts: dict[str, int] = dict.fromkeys(
            (
                *("read", "kept", "overflowed", "slowed", "late", "returned", "expired"),
                *("blocked", "reunited", "signed in", "changed"),
            ),
            0,
        )
        self._numbers = 0

    # --- what the engine does ------------------------------------------------------------------------

    def _tell(self, event: msgspec.Struct, *participants: Participant) -> None:
        self._numbers += 1
        for one in participants:
            client: Client = one.connection
            must(client.participant is one, "who is gone is told nothing", client, event)
            self.touched.add(client)
            self._note(client, event)
            if client.online and client.reading and not client.outbox:
                self._read(client, self._numbers, event)
            elif not client.closed:
                self._keep(client, event)

    def _note(self, client: Client, event: msgspec.Struct) -> None:
        ledger = self.ledger
        if isinstance(event, Queued):
            assert client.participant is not None
            assert client.participant.ticket is not None
            ledger.queued(client, client.participant.ticket)
        elif isinstance(event, WaitingForPartner):
            ledger.told_to_wait(client, event)
        elif isinstance(event, PartnerFound):
            ledger.told_of_partner(client, event, self.clock.wall())
        elif isinstance(event, PartnerDisconnected):
            ledger.told_of_end(client, event)
        else:
            room: str = event.room_id  # type: ignore[attr-defined]
            ledger.told_in_room(client, room)

    def _keep(self, client: Client, event: msgspec.Struct) -> None:
        client.outbox.append((self._numbers, event))
        self.counts["kept"] += 1
        if len(client.outbox) > OUTBOX:
            # More than may wait for anybody: the connection is lost, and all that waited with it.
            self.counts["overflowed"] += 1
            self.hang_up(client)

    def _read(self, client: Client, number: int, event: msgspec.Struct) -> None:
        self.counts["read"] += 1
        client.hear(number, event)

    def catch_up(self, client: Client) -> None:
        """The client reads all that waits for it."""
        client.reading = True
        while client.outbox:
            self._read(client, *client.outbox.popleft())

    def _ended(self, pair: EndedPair) -> None:
        self.ledger.recorded(pair, self.clock.wall())

    # --- coming and going ------------------------------------------------------------------------------

    def connect(self, client: Client) -> None:
        """A new connection, of the same guest as before or of a user who is here on other devices, too."""
        client.person = client.guest if self.random.random() < 0.8 else self.any_user()
        client.available = True
        client.busy = 0
        client.participant = Participant(client, client.person, requeues=self.random.random() < 0.3)
        client.online = client.reading = True
        client.away = client.closed = False
        client.outbox.clear()
        client.room, client.since = None, self._numbers

    def any_user(self) -> str:
        """One of the users that there are: fewer than people."""
        return f"u{int(self.random.random() * len(self.clients) / 4)}"

    def hang_up(self, client: Client, clean: bool = False) -> None:
        """The connection is over; the lobby hears of it a little later."""
        client.online, client.closed = False, True
        client.outbox.clear()
        self.deferred.append((self._left if clean else self._dropped, client))

    def lose(self, client: Client) -> None:
        """The transport breaks; the client may come back."""
        client.online = False
        self.deferred.append((self._absent, client))

    def regain(self, client: Client) -> None:
        """The client comes back, and hears what it missed."""
        self.counts["returned"] += 1
        client.online = True
        self.deferred.append((self._returned, client))
        self.catch_up(client)

    def _left(self, client: Client) -> None:
        self._gone(client, "left")

    def _dropped(self, client: Client) -> None:
        self._gone(client, "dropped")

    def _gone(self, client: Client, reason: Any) -> None:
        one = client.participant
        assert one is not None
        self.ledger.unqueued(client)
        room = self.ledger.leaves(client, reason)
        client.participant = None
        client.away = True
        self.run(client, self.rooms.gone(one, reason))
        self.ledger.left(room)
        client.room = None

    def _absent(self, client: Client) -> None:
        assert client.participant is not None
        client.away = True
        self.run(client, self.rooms.absent(client.participant))

    def _returned(self, client: Client) -> None:
        assert client.participant is not None
        client.away = False
        self.ledger.came_back(client)
        self.run(client, self.rooms.returned(client.participant))

    # --- doing -----------------------------------------------------------------------------------------

    def run(self, client: Client, work: Coroutine[Any, Any, Any]) -> ParleyError | None:
        """Let something happen to the client; gives the error that it is told, if it is."""
        self.touched.add(client)
        return self._start(work, lambda: self.touched.add(client))

    def ask(self, client: Client, work: Coroutine[Any, Any, Any]) -> ParleyError | None:
        """Let the client do something; it does nothing else before that is done."""
        self.touched.add(client)
        one = client.participant
        client.busy += 1

        def done() -> None:
            if client.participant is one:
                client.busy -= 1
            self.touched.add(client)

        return self._start(work, done)

    def _start(
        self, work: Coroutine[Any, Any, Any], landed: Callable[[], None]
    ) -> ParleyError | None:
        refused = self.flights.start(work, landed)
        must(self.far or not self.flights, "nothing suspends here")
        return refused

    def go_on(self) -> None:
        """Some of what is on its way arrives; the more there is, the more of it."""
        while self.random.random() < len(self.flights) / CROWDED_SKY:
            self.flights.go_on()

    def calm(self) -> None:
        """Everything arrives, and all that is due at this moment is done."""
        self.later(all_of_it=True)
        self.flights.land()
        self.pass_time(0.0)
        self.later(all_of_it=True)
        self.flights.land()

    def join(self, client: Client, wishes: dict[str, Any]) -> None:
        """Look for a stranger with this ticket, in place of the one before."""
        one = client.participant
        assert one is not None
        talking = client in self.ledger.room_of
        kind = wishes["kind"]
        again = talking and client in self.ledger.returned and self.ledger.kind_of(client) == kind
        if not talking:
            self.ledger.unqueued(client)

        def make(ticket_id: str) -> Ticket:
            return Ticket(id=ticket_id, person=client.person, **wishes)

        one.available = client.available
        error = self.ask(client, self.rooms.join(one, make))
        refused = talking and not again
        must(isinstance(error, Conflict) == refused, "who talks cannot queue", client, error)

    def stop_looking(self, client: Client) -> None:
        """Leave the queue."""
        assert client.participant is not None
        self.ledger.unqueued(client)
        self.ask(client, self.rooms.leave_queue(client.participant))

    def skip(self, client: Client) -> None:
        """Leave the stranger for the next one."""
        one = client.participant
        assert one is not None
        if one.pair is not None:
            other = one.pair.partner(one).person
            self.ledger.keep_apart(client.person, other, self.clock.now() + COOLDOWN)
        room = self._leaves(client, "skipped")
        self.ask(client, self.rooms.skip(one))
        self.ledger.left(room)

    def leave(self, client: Client, room: str) -> None:
        """Leave the room, if one is in it."""
        assert client.participant is not None
        here = self.ledger.room_of.get(client) == room
        left = self._leaves(client, "left") if here else None
        error = self.ask(client, self.rooms.leave(client.participant, room))
        must(isinstance(error, NotInRoom) != here, "one leaves the room one is in", client, error)
        self.ledger.left(left)

    def _leaves(self, client: Client, reason: str) -> str | None:
        room = self.ledger.leaves(client, reason)
        if room is not None:
            client.used, client.room = room, None
            client.since = self._numbers
        return room

    def signal(self, client: Client, room: str, kind: int) -> None:
        """Say something, type, or send a candidate; into a room that may be over."""
        one = client.participant
        assert one is not None
        here = self.ledger.room_of.get(client) == room
        self.touched.add(client)
        try:
            if kind == 0:
                said = self.rooms.say(one, room, "hello")
                must(isinstance(said, NewMessage), "what was said is returned", said)
            elif kind == 1:
                self.rooms.relay(one, room, UserTyping(room_id=room, is_typing=True))
            else:
                candidate = IceCandidate(room_id=room, candidate=msgspec.Raw(b"null"))
                self.rooms.relay(one, room, candidate)
        except NotInRoom:
            must(not here, "who is in a room may speak in it", client, room)
            self.counts["late"] += 1
        except RateLimited:
            must(here, "a room is checked before anything else", client, room)
            self.counts["slowed"] += 1
        else:
            must(here, "who is not in a room is not heard in it", client, room)

    def later(self, all_of_it: bool) -> None:
        """Let the lobby hear of what happened to connections: all of it, or some."""
        while self.deferred and (all_of_it or self.random.random() < 0.5):
            happened, client = self.deferred.popleft()
            happened(client)

    # --- changing ----------------------------------------------------------------------------------------

    def set_available(self, client: Client, available: bool) -> None:
        """The client wants to be matched, or no longer."""
        one = client.participant
        assert one is not None
        self.counts["changed"] += 1
        client.available = available
        self.run(client, self.rooms.change(one, client.person, available))

    def sign_in(self, client: Client, user: str) -> None:
        """The guest is that user from now on."""
        self.ask(client, self._sign_in(client, user))

    async def _sign_in(self, client: Client, user: str) -> None:
        one = client.participant
        assert one is not None
        guest = client.person
        await self.rooms.adopt(guest, user)
        self.ledger.adopt(guest, user)
        if client.participant is not one:
            # It went, and was the guest to the end; what is kept from the user is told once more, in full.
            await self.rooms.adopt(guest, user)
            self.ledger.may_have_adopted(guest, user)
            return
        self.counts["signed in"] += 1
        client.person = user
        self.ledger.became(client, guest, self.clock.now() + SAME_PERSON_S)
        await self.rooms.change(one, user, client.available)
        self.ledger.may_have_adopted(guest, user)

    # --- blocks ------------------------------------------------------------------------------------------

    def block(self, client: Client) -> None:
        """Block the stranger that it has, or the one before."""
        one = client.participant
        assert one is not None
        stranger = one.last if one.pair is None else one.pair.partner(one).persona
        if stranger is not None:
            self.counts["blocked"] += 1
            self.ledger.block(client.person, stranger.id)
        room = self._leaves(client, "left")
        error = self.ask(client, self.rooms.block(one))
        must(isinstance(error, Conflict) == (stranger is None), "a stranger is blocked", client)
        self.ledger.left(room)

    def block_or_reunite(self, a: str, b: str) -> None:
        """Block two persons from each other, or lift the block that there is and nobody is renewing."""
        if self.ledger.blocked(a, b):
            self.calm()
            self.counts["reunited"] += 1
            self.ledger.reunite(a, b)
            self._start(self.rooms.reunite(a, b), _nothing)
            self.flights.land()
        elif a != b:
            self.ledger.block(a, b)
            self._start(self.rooms.keep_apart(a, b, None), _nothing)

    # --- time --------------------------------------------------------------------------------------------

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and the lobby act on it."""
        self.clock.advance(seconds)
        self.ledger.now = self.clock.now()
        self._start(self.rooms.advance(), _nothing)


def _nothing() -> None:
    """Nobody in particular is concerned."""
