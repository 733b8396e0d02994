"""What goes over the wire between strangers, in the native names (seed 003 and Parley's own).

Other dialects translate these. Sizes: a chat text has at most 2,000 code points, a session
description 32 KiB, a candidate 1 KiB.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from .ticket import MAX_COUNTRIES, MAX_INTERESTS, Kind, Wish

Word = Annotated[str, Meta(max_length=64)]
RoomId = Annotated[str, Meta(max_length=64)]
Text = Annotated[str, Meta(min_length=1, max_length=2000)]
EndReason = Literal["left", "skipped", "dropped"]

MAX_DESCRIPTION_BYTES = 32 * 1024
MAX_CANDIDATE_BYTES = 1024

# Bodies that pass through as they are: read by `description_fits` and `candidate_fits`, never rewritten.
SessionDescription = Annotated[
    Raw,
    Meta(
        description="A session description: RTCSessionDescriptionInit (W3C WebRTC), or the bare SDP.",
        extra_json_schema={
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"type": {"type": "string"}, "sdp": {"type": "string"}},
                },
                {"type": "string"},
            ]
        },
    ),
]
Candidate = Annotated[
    Raw,
    Meta(
        description="An ICE candidate: RTCIceCandidateInit, or null after the last one.",
        extra_json_schema={"anyOf": [{"type": "object"}, {"type": "string"}, {"type": "null"}]},
    ),
]


class _Wire(Struct, rename="camel", gc=False):
    """Field names are camelCase on the wire; unknown fields are ignored.

    None of them can be part of a cycle, and the garbage collector is spared looking.
    """


# --- client → server ---------------------------------------------------------------------------


class Preferences(_Wire):
    """Whom somebody would like to meet. Wishes are given up one by one; a required country is not.

    A blank counts as nothing; of `myCountry` it says that one is from nowhere in particular.
    """

    country: Word | None = None
    countries: Annotated[list[Word], Meta(max_length=MAX_COUNTRIES)] | None = None
    country_required: bool = False
    my_country: Word | None = None
    interests: Annotated[list[Word], Meta(max_length=MAX_INTERESTS)] | None = None
    language: Word | None = None


class Join(_Wire):
    """Look for a stranger. `userId` is accepted and ignored: who you are is not yours to say."""

    type: Kind
    preferences: Preferences | None = None


class MatchUser(_Wire):
    """Look for a stranger, preferably in a country (seed 000)."""

    country: Word | None = None
    type: Kind = "video"


class Nothing(_Wire):
    """An event without a payload."""


class SendMessage(_Wire):
    """Say something to the stranger."""

    room_id: RoomId
    message: Text


class TypingState(_Wire):
    """Whether one is typing."""

    room_id: RoomId
    is_typing: bool


class LeaveRoom(_Wire):
    """Leave the stranger. Without a room: stop looking for one."""

    room_id: RoomId | None = None


# --- both ways ---------------------------------------------------------------------------------


class Offer(_Wire):
    """A session description that offers (W3C WebRTC, RTCSessionDescriptionInit), passed on verbatim."""

    room_id: RoomId
    offer: SessionDescription


class Answer(_Wire):
    """A session description that answers, passed on verbatim."""

    room_id: RoomId
    answer: SessionDescription


class IceCandidate(_Wire):
    """An ICE candidate (RTCIceCandidateInit) or null for the end of them, passed on verbatim."""

    room_id: RoomId
    candidate: Candidate


class IceCandidates(_Wire):
    """Several ICE candidates at once; the partner gets them one by one."""

    room_id: RoomId
    candidates: Annotated[list[Candidate], Meta(max_length=32)]


# --- server → client ---------------------------------------------------------------------------


class Queued(_Wire):
    """Somebody entered the queue, or came back to it. Has no name in the native dialect."""


class WaitingForPartner(_Wire):
    """Nobody fits yet. `relaxed` names the wishes that are no longer insisted on."""

    type: Kind
    rung: int
    relaxed: tuple[Wish, ...]
    waiting: int
    position: int | msgspec.UnsetType = msgspec.UNSET


class PartnerFound(_Wire):
    """You have met. `partnerId` is an alias for this meeting alone; one side is the initiator."""

    room_id: str
    type: Kind
    partner_id: str
    initiator: bool
    shared: tuple[str, ...]


class PartnerDisconnected(_Wire):
    """The stranger is gone: left on purpose, skipped you, or was lost. Said once."""

    room_id: str
    reason: EndReason


class PartnerReconnecting(_Wire):
    """The stranger's transport broke; what you say is kept for a while."""

    room_id: str


class PartnerReconnected(_Wire):
    """The stranger is back."""

    room_id: str


class NewMessage(_Wire, kw_only=True):
    """Something was said, by you or the stranger; `sender` is an alias, `timestamp` ISO 8601."""

    id: str
    text: str
    sender: str
    timestamp: str
    type: Literal["text"] = "text"
    room_id: str


class Sent(_Wire):
    """The answer to `send_message`: what the message is known by, and when the server got it."""

    id: str
    timestamp: str


class UserTyping(_Wire):
    """Whether the stranger is typing."""

    room_id: str
    is_typing: bool


_any = msgspec.json.Decoder()


def description_fits(body: Raw) -> bool:
    """Whether it is a session description (an object with `sdp`, or the bare SDP) of a bearable size.

    Raises msgspec.ValidationError or ValueError when it is none.
    """
    value = _any.decode(body)
    sdp = value.get("sdp", "") if isinstance(value, dict) else value
    if not isinstance(sdp, str):
        raise msgspec.ValidationError("Expected a session description")
    return len(sdp) <= MAX_DESCRIPTION_BYTES and len(bytes(body)) <= 2 * MAX_DESCRIPTION_BYTES


def candidate_fits(body: Raw) -> bool:
    """Whether it is an ICE candidate, or null, of a bearable size. Raises as `description_fits` does."""
    value: Any = _any.decode(body)
    line = value.get("candidate") if isinstance(value, dict) else value
    if not isinstance(line, str | None):
        raise msgspec.ValidationError("Expected a candidate")
    return len(line or "") <= MAX_CANDIDATE_BYTES and len(bytes(body)) <= 2 * MAX_CANDIDATE_BYTES
