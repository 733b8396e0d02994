"""The dialects' tables: exactly the names and shapes of the seeds, and what each makes of our events."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import Raw, Struct

from parley.dialects import native, omegle
from parley.engine import Emission
from parley.lobby import schemas as s
from parley.ops.schemas import ServerDraining, UserCountUpdate
from parley.realtime import Dialect


class Handlers:
    """Has every handler that a table asks for."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


NATIVE = native(Handlers())  # type: ignore[arg-type]
OMEGLE = omegle(Handlers())  # type: ignore[arg-type]
FOUND = s.PartnerFound("r", "video", "a", True, ("tea",))


def said(dialect: Dialect, event: Struct) -> list[tuple[str, list[Any]]]:
    """The events by which the dialect tells this, as they look on the wire."""

    def plain(emission: Emission) -> list[Any]:
        return [msgspec.json.decode(msgspec.json.encode(arg)) for arg in emission.args]

    return [(emission.name, plain(emission)) for emission in dialect.emissions(event)]


def test_native_clients_send_these() -> None:
    assert set(NATIVE.incoming) == {
        *("join", "match-user", "send_message", "typing", "offer", "answer", "ice_candidate"),
        *("skip", "leave_room", "leave_queue", "ice_candidates", "block_partner"),
    }
    assert NATIVE.greets is None


def test_omegle_clients_send_these() -> None:
    assert set(OMEGLE.incoming) == {"offer", "answer", "add-ice-candidate", "skip"}
    assert OMEGLE.greets is not None


def test_what_is_limited_apart_is_limited_alike_in_both() -> None:
    limits = {
        "send_message": "chat",
        "typing": "typing",
        "skip": "skip",
        "block_partner": "skip",
        "ice_candidate": "candidates",
        "ice_candidates": "candidates",
        "add-ice-candidate": "candidates",
    }
    for dialect in (NATIVE, OMEGLE):
        for name, incoming in dialect.incoming.items():
            assert incoming.limit == limits.get(name, "events"), name


@pytest.mark.parametrize(
    ("event", "in_native", "in_omegle"),
    [
        (s.Queued(), [], [("lobby", [])]),
        (
            s.WaitingForPartner("chat", 0, (), 3, 3),
            [
                (
                    "waiting_for_partner",
                    [{"type": "chat", "rung": 0, "relaxed": [], "waiting": 3, "position": 3}],
                )
            ],
            [],
        ),
        (
            FOUND,
            [
                (
                    "partner_found",
                    [
                        {
                            "roomId": "r",
                            "type": "video",
                            "partnerId": "a",
                            "initiator": True,
                            "shared": ["tea"],
                        }
                    ],
                )
            ],
            [("create-offer", [{"roomId": "r"}])],
        ),
        (
            msgspec.structs.replace(FOUND, initiator=False, shared=()),
            [
                (
                    "partner_found",
                    [
                        {
                            "roomId": "r",
                            "type": "video",
                            "partnerId": "a",
                            "initiator": False,
                            "shared": [],
                        }
                    ],
                )
            ],
            [("wait-for-offer", [{"roomId": "r"}])],
        ),
        (
            s.PartnerDisconnected("r", "left"),
            [("partner_disconnected", [{"roomId": "r", "reason": "left"}])],
            [("partner-disconnected", [])],
        ),
        (s.PartnerReconnecting("r"), [("partner_reconnecting", [{"roomId": "r"}])], []),
        (s.PartnerReconnected("r"), [("partner_reconnected", [{"roomId": "r"}])], []),
        (s.UserTyping("r", True), [("user_typing", [{"roomId": "r", "isTyping": True}])], []),
        (
            s.Offer("r", Raw(b'{"type":"offer","sdp":"v"}')),
            [("offer", [{"roomId": "r", "offer": {"type": "offer", "sdp": "v"}}])],
            [("offer", [{"sdp": {"type": "offer", "sdp": "v"}, "roomId": "r"}])],
        ),
        (
            s.Answer("r", Raw(b'"v"')),
            [("answer", [{"roomId": "r", "answer": {"type": "answer", "sdp": "v"}}])],
            [("answer", [{"sdp": "v", "roomId": "r"}])],
        ),
        (
            s.IceCandidate("r", Raw(b"null")),
            [("ice_candidate", [{"roomId": "r", "candidate": None}])],
            [("add-ice-candidate", [{"candidate": None, "roomId": "r"}])],
        ),
        (UserCountUpdate(3), [("user_count_update", [{"count": 3}])], []),
        (ServerDraining(250), [("server_draining", [{"retryAfterMs": 250}])], []),
    ],
)
def test_each_tells_it_in_its_own_words(
    event: Struct, in_native: list[Any], in_omegle: list[Any]
) -> None:
    assert said(NATIVE, event) == in_native
    assert said(OMEGLE, event) == in_omegle


def test_a_number_of_people_is_not_kept_for_who_is_away() -> None:
    (emission,) = NATIVE.emissions(UserCountUpdate(3))
    assert emission.volatile
    (emission,) = NATIVE.emissions(s.UserTyping("r", True))
    assert not emission.volatile


def test_a_batch_counts_as_many_as_it_holds() -> None:
    weigh = NATIVE.incoming["ice_candidates"].weigh
    assert weigh is not None
    nobody: Any = None
    assert weigh(nobody, s.IceCandidates("r", [Raw(b"null")] * 5)) == 5
    assert weigh(nobody, s.IceCandidates("r", [])) == 1
