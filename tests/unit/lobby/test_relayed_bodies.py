"""What the lobby passes on holds on to itself alone: it may be kept long after its message."""

from __future__ import annotations

import tracemalloc
from typing import Any, cast

import msgspec
import pytest

from parley.kernel.actor import Actor
from parley.lobby import schemas as s
from parley.lobby.events import LobbyEvents
from parley.lobby.pairs import PairRooms
from parley.realtime import Connection

PADDING = 60_000
TIMES = 20


class Keeping:
    """Rooms in which everybody talks to somebody, and what was relayed is kept."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def require_pair(self, one: Any, room_id: str) -> None:
        """Everybody is in every room."""

    def relay(self, one: Any, room_id: str, event: Any) -> None:
        self.kept.append(event)


class Somebody:
    actor = Actor("g_somebody", "guest")


@pytest.mark.parametrize(
    ("name", "shape", "field", "body"),
    [
        ("offer", s.Offer, "offer", '{"type":"offer","sdp":"v=0"}'),
        ("answer", s.Answer, "answer", '"v=0"'),
        ("ice_candidate", s.IceCandidate, "candidate", "null"),
        ("ice_candidates", s.IceCandidates, "candidates", '[{"candidate":"a"}]'),
    ],
)
def test_a_small_body_that_is_kept_does_not_keep_the_big_message_around_it(
    name: str, shape: type[msgspec.Struct], field: str, body: str
) -> None:
    rooms = Keeping()
    handle = getattr(LobbyEvents(cast("PairRooms", rooms)), name)
    somebody = cast("Connection", Somebody())
    decoder = msgspec.json.Decoder(shape)
    tracemalloc.start()
    try:
        for number in range(TIMES):
            message = f'{{"roomId":"{number}","{field}":{body},"more":"{"x" * PADDING}"}}'
            handle(somebody, decoder.decode(message))
        del message
        assert tracemalloc.get_traced_memory()[0] < PADDING
    finally:
        tracemalloc.stop()
    assert len(rooms.kept) == TIMES
