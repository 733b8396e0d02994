"""Who takes part in pair rooms, and the pairs that they make. State alone: `pairs` decides."""

from __future__ import annotations

from typing import Any

from .schemas import PartnerFound
from .ticket import Kind, Match, Rung, Ticket

FIRST_RUNG = Rung(0, ())


class Persona:
    """Who a participant is, now and later: a guest may turn out to be a user."""

    __slots__ = ("id",)

    def __init__(self, id: str) -> None:
        self.id = id


class Participant:
    """Somebody who looks for a stranger or has one. `connection` is whatever `tell` can reach them by."""

    __slots__ = (
        "absent",
        "available",
        "connection",
        "gone",
        "held",
        "last",
        "pair",
        "persona",
        "recalls",
        "requeues",
        "returned",
        "rung",
        "settling",
        "ticket",
        "typing",
        "unheard",
        "waiting",
    )

    def __init__(self, connection: Any, person: str, *, requeues: bool = False) -> None:
        self.connection = connection
        self.persona = Persona(person)
        self.last: Persona | None = None  # the stranger before, who may still be blocked
        # Whether this one goes back to the queue when the stranger is gone, without asking (seed 001).
        self.requeues = requeues
        self.ticket: Ticket | None = None  # what was last looked for
        self.waiting = False
        self.rung = FIRST_RUNG  # while waiting: which wishes were given up
        self.unheard = False  # while waiting: it has yet to hear that it does
        # What the lobby has been asked to hold for this one, and whether it is being asked now.
        self.held: Ticket | None = None
        self.settling = False
        self.pair: Pair | None = None
        self.typing = False  # whether the stranger believes that it types
        self.returned = False  # it came back into this pair, and may not know of it
        self.recalls = False  # and if so, it is to make the next offer
        self.absent = False
        self.available = True  # whether it wants to be matched at all
        self.gone = False

    @property
    def person(self) -> str:
        """Under which id cooldowns and blocks are kept."""
        return self.persona.id

    @property
    def matchable(self) -> bool:
        """Whether it may be matched now."""
        return self.available and not self.absent


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
