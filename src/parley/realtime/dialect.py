"""A dialect: which events a kind of client sends, and what it calls those that it is sent.

A dialect is two tables. `incoming` maps an event's name to the struct that its payload must fit, the
limit that it counts against, and what to do. `outgoing` maps a struct of ours to the event by which
this dialect tells it; what is not in it, its clients never hear of.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import msgspec

from parley.engine import Emission, Payload

if TYPE_CHECKING:
    from .connection import Connection

P = TypeVar("P", bound=msgspec.Struct)

Limit = Literal["events", "chat", "skip", "candidates", "typing"]
# A handler may answer with the `data` of the acknowledgement, at once or later.
Handler = Callable[["Connection", P], Awaitable[Any] | Any]


class Incoming(Generic[P]):
    """An event that clients of a dialect send.

    It counts once against its limit, or as often as `weigh` says of who sends it and its payload.
    """

    __slots__ = ("limit", "payload", "reader", "run", "summary", "weigh")

    def __init__(
        self,
        payload: type[P],
        run: Handler[P],
        summary: str,
        limit: Limit = "events",
        weigh: Callable[[Connection, P], int] | None = None,
    ) -> None:
        self.payload = payload
        self.run = run
        self.summary = summary
        self.limit: Limit = limit
        self.weigh = weigh
        # Who has nothing to say may say so with null.
        self.reader: Payload[P] = Payload(payload if payload.__struct_fields__ else payload | None)


class Outgoing:
    """An event that clients of a dialect are sent: its name, the shapes of its arguments, how they are made.

    `make` gets the struct and returns the arguments; None means that this one is not told.
    A volatile event is not kept for those who are away.
    """

    __slots__ = ("args", "make", "name", "summary", "volatile")

    def __init__(
        self,
        name: str,
        args: tuple[Any, ...],
        summary: str,
        make: Callable[[Any], tuple[Any, ...] | None] = lambda event: (event,),
        *,
        volatile: bool = False,
    ) -> None:
        self.name = name
        self.args = args
        self.summary = summary
        self.make = make
        self.volatile = volatile


class Dialect:
    """One kind of client. `greets` is called for each that connects, once it is known to speak so."""

    def __init__(
        self,
        name: str,
        incoming: Mapping[str, Incoming[Any]],
        outgoing: Mapping[type[msgspec.Struct], list[Outgoing] | Outgoing],
        greets: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        self.name = name
        self.incoming = dict(incoming)
        self.outgoing: dict[type[msgspec.Struct], list[Outgoing]] = {
            kind: told if isinstance(told, list) else [told] for kind, told in outgoing.items()
        }
        self.greets = greets

    def emissions(self, event: msgspec.Struct) -> list[Emission]:
        """The events by which this dialect tells `event`; none when it does not."""
        found = []
        for out in self.outgoing.get(type(event), ()):
            args = out.make(event)
            if args is not None:
                found.append(Emission(out.name, args, out.volatile))
        return found


def tell(event: msgspec.Struct, *connections: Connection) -> None:
    """Tell an event to connections, each in its dialect; encoded once for all who share one."""
    made: dict[Dialect, list[Emission]] = {}
    dialect: Dialect | None = None
    emissions: list[Emission] = []
    for connection in connections:
        if connection.dialect is not dialect:
            dialect = connection.dialect
            known = made.get(dialect)
            emissions = made[dialect] = dialect.emissions(event) if known is None else known
        for emission in emissions:
            connection.socket.send(emission)
