"""The hub: who is connected, who came back, and what each of them is told on arrival.

A person who returns with a token takes the place that a broken connection of theirs still holds; one
who returns before the break was noticed gets it as soon as the old transport proves to be dead. A
second tab, whose elder answers, is a connection of its own, and so is another device of the same user.

A guest is known by its signature, at once. A user is looked up, so that a session that has ended opens
nothing; what is decided of the user meanwhile, and later, reaches its connections through here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import msgspec
from msgspec import structs

from parley.engine import ConnectRefused, Emission, Event, Namespace, Reason, Socket
from parley.kernel.actor import Actor
from parley.kernel.clock import Clock
from parley.kernel.errors import (
    BadRequest,
    Draining,
    Forbidden,
    InvalidToken,
    ParleyError,
    RateLimited,
)

from .connection import Connection
from .dispatch import Dispatcher
from .proofs import GRACE_S, Arrival, Proof, Proofs
from .schemas import ErrorEvent, Session, SessionEnded

# Seconds; a little more than the engine gives a session to prove that it is alive.
_COMES_BACK_WITHIN = 3.0
_STOPS_FOR_MS = 5000


class Identities(Protocol):
    """Knows people by their tokens: guests at once, users after a look. `verify` raises InvalidToken."""

    def new(self) -> Actor: ...
    def verify(self, token: Any) -> Actor | Awaitable[Proof]: ...
    def issue(self, actor: Actor) -> str: ...


class Feature(Protocol):
    """Something that connections take part in and that must learn what becomes of them."""

    def place(self, connection: Connection) -> msgspec.Struct | None:
        """What a client that comes back must know of where it is, for `session`."""

    def busy(self, connection: Connection) -> bool:
        """Whether the connection takes part, so that its place is worth keeping."""

    def changed(self, connection: Connection) -> Coroutine[Any, Any, None]:
        """The connection's actor or its availability is another one now."""

    def absent(self, connection: Connection) -> Coroutine[Any, Any, None]: ...
    def returned(self, connection: Connection) -> Coroutine[Any, Any, None]: ...
    def gone(self, connection: Connection, reason: Reason) -> Coroutine[Any, Any, None]: ...


class Hub(Namespace):
    """The namespace `/`, and the plain WebSocket: everybody's way in."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        identities: Identities,
        feature: Feature,
        clock: Clock,
        *,
        default_dialect: str,
        per_person: int,
        token_grace: float = GRACE_S,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._dispatcher = dispatcher
        self._identities = identities
        self._feature = feature
        self._clock = clock
        self._default = dispatcher.dialects[default_dialect]
        self._per_person = per_person
        self._spawn = spawn
        self._by_person: dict[str, list[Connection]] = {}
        self._proofs = Proofs(clock, token_grace)
        self._arriving: set[Arrival] = set()
        self.adopt: Callable[[str, str], Awaitable[None]] = _nothing_to_adopt
        """`adopt(guest, user)` before the guest becomes that user. Set by `app`."""
        self.draining = False
        """Whether this node is about to stop and lets nobody in any more. Set by `app`."""
        self.connections = 0
        self.greeted = 0
        self.empty = asyncio.Event()
        self.empty.set()

    # --- arriving ----------------------------------------------------------------------------------

    def admit(self, socket: Socket, auth: dict[str, Any]) -> Awaitable[None] | None:
        token = auth.get("token")
        if not token and socket.session is not None and socket.session.credential is not None:
            return self._admit_by_credential(socket, auth, socket.session.credential)
        try:
            found = self._identities.verify(token) if token else self._identities.new()
        except ParleyError as error:
            raise self._refusal(error) from error
        if not isinstance(found, Actor):
            return self._admit_user(socket, auth, found)
        self._let_in(socket, auth, found)
        return None

    async def _admit_user(
        self, socket: Socket, auth: dict[str, Any], asked: Awaitable[Proof]
    ) -> None:
        try:
            proof = await self._proven(asked)
        except ParleyError as error:
            raise self._refusal(error) from error
        self._let_in_user(socket, auth, proof)

    async def _admit_by_credential(
        self, socket: Socket, auth: dict[str, Any], credential: str
    ) -> None:
        """What a browser sends by itself says who it is as far as it can; one that is too old shuts nobody out."""
        try:
            asked = self._identities.verify(credential)
            if isinstance(asked, Actor):
                raise InvalidToken
            proof = await self._proven(asked)
        except InvalidToken:
            self._let_in(socket, auth, self._identities.new())
        else:
            # It is for no script to read, and comes again by itself.
            self._let_in_user(socket, auth, structs.replace(proof, token=""))

    async def _proven(self, asked: Awaitable[Proof]) -> Proof:
        with self._listening() as arrival:
            proof = arrival.up_to_date(await asked)
        if proof is None:
            raise InvalidToken
        return proof

    def _let_in_user(self, socket: Socket, auth: dict[str, Any], proof: Proof) -> None:
        self._let_in(socket, auth, proof.actor)
        connection: Connection = socket.state
        connection.proof = proof

    @contextmanager
    def _listening(self) -> Iterator[Arrival]:
        """What becomes known of users while one of them is looked up."""
        arrival = Arrival()
        self._arriving.add(arrival)
        try:
            yield arrival
        finally:
            self._arriving.discard(arrival)

    def _refusal(self, error: ParleyError) -> ConnectRefused:
        self._dispatcher.refused[error.code] += 1
        return ConnectRefused(error.message, ErrorEvent.of(error))

    def _let_in(self, socket: Socket, auth: dict[str, Any], actor: Actor) -> None:
        try:
            if self.draining:
                raise Draining(_STOPS_FOR_MS)
            name = auth.get("dialect")
            if name is None and socket.session is not None and "dialect=" in socket.session.query:
                name = socket.session.parameters().get("dialect")
            dialect = self._default if name is None else self._dispatcher.dialects.get(str(name))
            if dialect is None:
                raise BadRequest("There is no such dialect.")
            self._make_room(actor.id)
        except ParleyError as error:
            raise self._refusal(error) from error
        now = self._clock.now()
        socket.state = Connection(socket, actor, dialect, settled=name is not None, since=now)

    def _make_room(self, person: str) -> None:
        present = sum(not one.socket.absent for one in self._by_person.get(person, ()))
        if present >= self._per_person:
            raise RateLimited(10_000, "Too many connections of yours are open.")

    def on_connect(self, socket: Socket, auth: dict[str, Any]) -> Awaitable[None] | None:
        connection: Connection = socket.state
        if connection.proof is not None:
            self._proofs.set(connection, connection.proof)
        elders = self._by_person.setdefault(connection.actor.id, [])
        for elder in reversed(elders):
            if not _same_device(elder, connection):
                continue
            # One that was left while it was away has still to be told so.
            if elder.socket.missing or (elder.socket.absent and self._feature.busy(elder)):
                self._take_over(elder, connection)
                return None
        elders.append(connection)
        self.connections += 1
        self.empty.clear()
        self._greet(connection, recovered=False)
        for elder in elders[:-1]:
            if not _same_device(elder, connection):
                continue
            if self._feature.busy(elder) and elder.socket.session is not None:
                elder.socket.session.prove_alive()
        greets = connection.dialect.greets
        return None if greets is None or connection.over else greets(connection)

    def _greet(self, connection: Connection, *, recovered: bool) -> None:
        self.greeted += 1
        actor = connection.actor
        room = self._feature.place(connection) if recovered else None
        token = (
            self._identities.issue(actor) if connection.proof is None else connection.proof.token
        )
        session = Session(token, actor, recovered, room)
        connection.socket.send(Emission("session", (session,), volatile=True))

    def _take_over(self, elder: Connection, newcomer: Connection) -> None:
        """Give the elder connection, whose socket is absent, the newcomer's socket."""
        socket = newcomer.socket
        missed = elder.socket.hand_over(socket)
        elder.socket = socket
        socket.state = elder
        if newcomer.settled:
            elder.dialect = newcomer.dialect
        if newcomer.proof is not None:
            self._proofs.forget(newcomer)
            self._proofs.set(elder, newcomer.proof)
        self._greet(elder, recovered=True)
        self._spawn(self._feature.returned(elder))
        for emission in missed:
            socket.send(emission)

    # --- events ------------------------------------------------------------------------------------

    def on_event(self, socket: Socket, event: Event) -> Awaitable[None] | None:
        return self._dispatcher.dispatch(socket.state, event)

    def on_malformed(self, socket: Socket) -> None:
        self._dispatcher.fail(socket.state, None, BadRequest())

    # --- leaving and coming back ---------------------------------------------------------------------

    def on_absent(self, socket: Socket, reason: Reason) -> None:
        connection: Connection = socket.state
        self._spawn(self._feature.absent(connection))
        if reason is Reason.TAKEN_OVER:
            return
        for other in reversed(self._by_person.get(connection.actor.id, [])):
            if (
                other is not connection
                and _same_device(other, connection)
                and self._came_back_as(other)
            ):
                self._drop(other)
                self._spawn(self._feature.gone(other, Reason.TAKEN_OVER))
                self._take_over(connection, other)
                return

    def _came_back_as(self, other: Connection) -> bool:
        """Whether `other` is somebody who came back before the break was noticed, and no second tab.

        A second tab is older: when it came, the first one was asked for a sign of life and gave it.
        """
        fresh = self._clock.now() - other.since < _COMES_BACK_WITHIN
        return fresh and not other.socket.absent and not self._feature.busy(other)

    def on_return(self, socket: Socket) -> None:
        connection: Connection = socket.state
        self._greet(connection, recovered=True)
        self._spawn(self._feature.returned(connection))

    def on_disconnect(self, socket: Socket, reason: Reason) -> None:
        connection: Connection = socket.state
        self._drop(connection)
        self._spawn(self._feature.gone(connection, reason))

    def _drop(self, connection: Connection) -> None:
        connection.over = True
        self._proofs.forget(connection)
        others = self._by_person.get(connection.actor.id)
        if others is None or connection not in others:
            return
        self._leave_person(connection)
        self.connections -= 1
        if self.connections == 0:
            self.empty.set()

    def _leave_person(self, connection: Connection) -> None:
        others = self._by_person[connection.actor.id]
        others.remove(connection)
        if not others:
            del self._by_person[connection.actor.id]

    # --- users -------------------------------------------------------------------------------------

    async def authenticate(self, connection: Connection, token: str) -> Proof:
        """Show another token: of the same user, or of the user that a guest is from now on.

        The chat that it is in goes on. Raises InvalidToken, Forbidden for another user's token, RateLimited.
        """
        asked = self._identities.verify(token)
        if isinstance(asked, Actor):
            raise InvalidToken
        with self._listening() as arrival:
            found = await asked
            before = connection.actor
            if before.kind == "user" and before != found.actor:
                raise Forbidden("This connection is somebody else's; open another one.")
            if before != found.actor:
                self._make_room(found.actor.id)
                await self.adopt(before.id, found.actor.id)
            proof = arrival.up_to_date(found)
        if proof is None or connection.over:
            raise InvalidToken
        if before != proof.actor:
            self._leave_person(connection)
            self._by_person.setdefault(proof.actor.id, []).append(connection)
        self._proofs.set(connection, proof)
        await self._feature.changed(connection)
        return proof

    def of(self, person: str) -> Sequence[Connection]:
        """The connections of that person, on all devices, those included that may yet come back."""
        return tuple(self._by_person.get(person, ()))

    def has_users(self) -> bool:
        """Whether any user is connected or about to be."""
        return bool(self._proofs) or bool(self._arriving)

    def set_matching(self, user_id: str, available: bool, country: str) -> None:
        """That user wants to be matched with strangers, or no longer: at once, on all devices.

        Where it is from counts from its next `join` on.
        """
        for arrival in self._arriving:
            arrival.heard_matching(user_id, available, country)
        for connection in self.of(user_id):
            connection.country = country
            if connection.available != available:
                connection.available = available
                self._spawn(self._feature.changed(connection))

    def end_sessions(self, user_id: str, session_ids: Sequence[str], reason: str) -> None:
        """These sessions of that user have ended: tell their connections why, and close them."""
        ended = frozenset(session_ids)
        for arrival in self._arriving:
            arrival.heard_ended(ended)
        for connection in self.of(user_id):
            if connection.proof is not None and connection.proof.session_id in ended:
                connection.socket.emit("session_ended", SessionEnded(reason))
                connection.socket.disconnect(Reason.SERVER_LEFT)

    def sweep(self) -> None:
        """About once a second: what time does to those who are signed in."""
        self._proofs.sweep()


def _same_device(one: Connection, other: Connection) -> bool:
    """Guests are as many as they have tokens; a user's devices have a session each."""
    if one.proof is None or other.proof is None:
        return one.proof is other.proof
    return one.proof.session_id == other.proof.session_id


async def _nothing_to_adopt(guest: str, user: str) -> None:
    """Nobody keeps anything under a guest's id."""
