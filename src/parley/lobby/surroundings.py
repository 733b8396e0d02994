"""What pair rooms work with: the ports, time, ids, and whom to tell what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from parley.kernel.clock import Clock
from parley.kernel.ids import Ids

from .lobby import Apart, Lobby
from .participants import Participant
from .ticket import Kind

End = Literal["left", "skipped", "dropped", "server_stopped"]


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
