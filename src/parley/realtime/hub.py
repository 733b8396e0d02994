"""The hub: who is connected, who came back, and what each of them is told on arrival.

A person who returns with a token takes the place that a broken connection of theirs still holds; one
who returns before the break was noticed gets it as soon as the old transport proves to be dead. A
second tab, whose elder answers, is a connection of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

import msgspec

from parley.engine import ConnectRefused, Emission, Event, Namespace, Reason, Socket
from parley.kernel.actor import Actor
from parley.kernel.clock import Clock
from parley.kernel.errors import BadRequest, ParleyError, RateLimited

from .connection import Connection
from .dispatch import Dispatcher
from .schemas import ErrorEvent, Session

# Seconds; a little more than the engine gives a session to prove that it is alive.
_COMES_BACK_WITHIN = 3.0


class Identities(Protocol):
    """Knows people by their tokens. `verify` raises InvalidToken."""

    def new(self) -> Actor: ...
    def verify(self, token: Any) -> Actor: ...
    def issue(self, actor: Actor) -> str: ...


class Feature(Protocol):
    """Something that connections take part in and that must learn what becomes of them."""

    def place(self, connection: Connection) -> msgspec.Struct | None:
        """What a client that comes back must know of where it is, for `session`."""

    def busy(self, connection: Connection) -> bool:
        """Whether the connection takes part, so that its place is worth keeping."""

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
        self.connections = 0
        self.greeted = 0
        self.empty = asyncio.Event()
        self.empty.set()

    # --- arriving ----------------------------------------------------------------------------------

    def admit(self, socket: Socket, auth: dict[str, Any]) -> None:
        try:
            actor = self._identify(auth)
            name = auth.get("dialect")
            if name is None and socket.session is not None and "dialect=" in socket.session.query:
                name = socket.session.parameters().get("dialect")
            dialect = self._default if name is None else self._dispatcher.dialects.get(str(name))
            if dialect is None:
                raise BadRequest("There is no such dialect.")
            if self._present(actor.id) >= self._per_person:
                raise RateLimited(10_000, "Too many connections of yours are open.")
        except ParleyError as error:
            self._dispatcher.refused[error.code] += 1
            raise ConnectRefused(error.message, ErrorEvent.of(error)) from error
        now = self._clock.now()
        socket.state = Connection(socket, actor, dialect, settled=name is not None, since=now)

    def _identify(self, auth: dict[str, Any]) -> Actor:
        token = auth.get("token")
        return self._identities.new() if not token else self._identities.verify(token)

    def _present(self, person: str) -> int:
        return sum(not one.socket.absent for one in self._by_person.get(person, ()))

    def on_connect(self, socket: Socket, auth: dict[str, Any]) -> Awaitable[None] | None:
        connection: Connection = socket.state
        elders = self._by_person.setdefault(connection.actor.id, [])
        for elder in reversed(elders):
            # One that was left while it was away has still to be told so.
            if elder.socket.missing or (elder.socket.absent and self._feature.busy(elder)):
                self._take_over(elder, connection)
                return None
        elders.append(connection)
        self.connections += 1
        self.empty.clear()
        self._greet(connection, recovered=False)
        for elder in elders[:-1]:
            if self._feature.busy(elder) and elder.socket.session is not None:
                elder.socket.session.prove_alive()
        greets = connection.dialect.greets
        return None if greets is None else greets(connection)

    def _greet(self, connection: Connection, *, recovered: bool) -> None:
        self.greeted += 1
        actor = connection.actor
        room = self._feature.place(connection) if recovered else None
        session = Session(self._identities.issue(actor), actor, recovered, room)
        connection.socket.send(Emission("session", session, volatile=True))

    def _take_over(self, elder: Connection, newcomer: Connection) -> None:
        """Give the elder connection, whose socket is absent, the newcomer's socket."""
        socket = newcomer.socket
        missed = elder.socket.hand_over(socket)
        elder.socket = socket
        socket.state = elder
        if newcomer.settled:
            elder.dialect = newcomer.dialect
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
            if other is not connection and self._came_back_as(other):
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
        others = self._by_person.get(connection.actor.id)
        if others is None or connection not in others:
            return
        others.remove(connection)
        self.connections -= 1
        if self.connections == 0:
            self.empty.set()
        if not others:
            del self._by_person[connection.actor.id]
