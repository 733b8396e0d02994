"""One of those who live in the lobby of a simulation. It understands what it hears; `lobby_world` moves it."""

from __future__ import annotations

from collections import deque

import msgspec

from parley.lobby.pairs import Participant
from parley.lobby.schemas import PartnerDisconnected, PartnerFound, Queued, WaitingForPartner

from .lobby_ledger import must


class Client:
    """One tab of a person: where it is, what waits for it, and what it believes of the world."""

    __slots__ = (
        "available",
        "away",
        "busy",
        "closed",
        "guest",
        "heard",
        "name",
        "online",
        "outbox",
        "participant",
        "person",
        "reading",
        "room",
        "rung",
        "since",
        "used",
    )

    def __init__(self, name: str, person: str) -> None:
        self.name = name
        self.guest = self.person = person
        self.participant: Participant | None = None  # None: closed, and the lobby knows
        self.online = False
        self.away = False  # the lobby was told that its transport broke
        self.closed = True  # the connection is over, though the lobby may not know yet
        self.available = True
        self.busy = 0  # what it asked for and has no answer to: one thing at a time
        self.reading = True
        self.outbox: deque[tuple[int, msgspec.Struct]] = deque()
        self.heard = 0  # the number of the last event read
        self.since = 0  # the number from which on the client knows of its own last deed
        self.room: str | None = None
        self.used = "none"  # the last room it was in
        self.rung = 0

    def __repr__(self) -> str:
        return f"<{self.name} of {self.person}>"

    def hear(self, number: int, event: msgspec.Struct) -> None:
        """Take an event, of which none may be missing, doubled or from another room."""
        must(number > self.heard, "everything is heard once and in order", self, event)
        self.heard = number
        if number <= self.since:
            return  # it was on its way when the client did something else
        if isinstance(event, PartnerFound):
            known = self.room in (None, event.room_id)
            must(known, "a client learns of one room at a time", self, event)
            self.room = event.room_id
        elif isinstance(event, PartnerDisconnected):
            must(self.room == event.room_id, "a client hears an end once", self, event)
            self.used, self.room = event.room_id, None
        elif isinstance(event, WaitingForPartner):
            self.rung = event.rung
        elif not isinstance(event, Queued):
            room: str = event.room_id  # type: ignore[attr-defined]
            must(self.room == room, "nothing from outside the room is heard", self, event)
