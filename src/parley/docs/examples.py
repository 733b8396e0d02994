"""One example of each struct that goes over the wire. Documents show them; tests send them."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from parley.accounts.events import UserStatusChanged
from parley.accounts.schemas import StatusChange
from parley.dialects.omegle import Candidate, Description
from parley.kernel.actor import Actor
from parley.kernel.errors import InvalidToken, NotInRoom, RateLimited
from parley.lobby import schemas as s
from parley.ops.schemas import ServerDraining, UserCountUpdate
from parley.realtime import Incoming, Outgoing
from parley.realtime.schemas import (
    Authenticate,
    Authenticated,
    ConnectError,
    ErrorEvent,
    Session,
    SessionEnded,
    TokenExpired,
)

ROOM = "pq2vHk1mVb0ZyXw8sT4uRc"
_PARTNER = "Zk3nQw9LrT5y"
_OFFER = Raw(b'{"type":"offer","sdp":"v=0\\r\\n..."}')
_ANSWER = Raw(b'{"type":"answer","sdp":"v=0\\r\\n..."}')
_CANDIDATE = Raw(
    b'{"candidate":"candidate:1 1 udp 2122260223 192.0.2.7 54321 typ host",'
    b'"sdpMid":"0","sdpMLineIndex":0}'
)
_FOUND = s.PartnerFound(
    room_id=ROOM, type="video", partner_id=_PARTNER, initiator=True, shared=("music",)
)
RECOVERED = Session("eyJhbGciOi...", Actor("g_7Yk2mPq0sVwXz4B6dFh8Jn", "guest"), True, _FOUND)
ARRIVED = msgspec.structs.replace(RECOVERED, recovered=False, room=None)
REFUSED = ConnectError(InvalidToken.text, ErrorEvent.of(InvalidToken()))
EXPIRED = TokenExpired(60_000)
ENDED = SessionEnded("logout")
FAILED = ErrorEvent.of(NotInRoom(), "send_message")
NOT_ACKNOWLEDGED = ErrorEvent.of(RateLimited(200))
"""An error as it stands in an acknowledgement."""

_ALL: tuple[Struct, ...] = (
    s.Join(
        type="video",
        preferences=s.Preferences(
            countries=["IN", "US"],
            country_required=True,
            my_country="DE",
            interests=["music"],
            language="en",
        ),
    ),
    s.MatchUser(country="IN"),
    s.Nothing(),
    s.SendMessage(room_id=ROOM, message="Hello, stranger 👋"),
    s.Sent(id="aB3dE5gH7jK9", timestamp="2026-01-31T09:30:00.250Z"),
    s.TypingState(room_id=ROOM, is_typing=True),
    s.LeaveRoom(room_id=ROOM),
    s.Offer(room_id=ROOM, offer=_OFFER),
    s.Answer(room_id=ROOM, answer=_ANSWER),
    s.IceCandidate(room_id=ROOM, candidate=_CANDIDATE),
    s.IceCandidates(room_id=ROOM, candidates=[_CANDIDATE]),
    s.Queued(),
    s.WaitingForPartner(type="video", rung=1, relaxed=("interests",), waiting=3),
    _FOUND,
    msgspec.structs.replace(_FOUND, initiator=False),
    s.PartnerDisconnected(room_id=ROOM, reason="skipped"),
    s.PartnerReconnecting(room_id=ROOM),
    s.PartnerReconnected(room_id=ROOM),
    s.NewMessage(
        id="aB3dE5gH7jK9",
        text="Hello, stranger 👋",
        sender=_PARTNER,
        timestamp="2026-01-31T09:30:00.250Z",
        room_id=ROOM,
    ),
    s.UserTyping(room_id=ROOM, is_typing=True),
    Authenticate("eyJhbGciOi..."),
    Authenticated(Actor("65b8f0a1c2d3e4f5a6b7c8d9", "user"), "2026-01-31T09:45:00.000Z"),
    StatusChange(status="away", custom_status="Back at noon"),
    UserStatusChanged("65b8f0a1c2d3e4f5a6b7c8d9", "away", "Back at noon"),
    UserCountUpdate(1284),
    ServerDraining(retry_after_ms=2300),
    Description(sdp=_OFFER, room_id=ROOM),
    Candidate(candidate=_CANDIDATE, room_id=ROOM),
)
_BY_TYPE: dict[type[Struct], list[Struct]] = {}
for _one in _ALL:
    _BY_TYPE.setdefault(type(_one), []).append(_one)


def sent(event: Incoming[Any]) -> list[Any]:
    """The arguments of an event as a client might send it. Raises KeyError: add its struct above."""
    shown = _BY_TYPE[event.payload][0]
    return [_brief(as_json(shown))] if event.payload.__struct_fields__ else []


def told(kind: type[Struct], event: Outgoing) -> list[Any]:
    """The arguments by which a dialect tells `kind`. Raises KeyError: add its struct above."""
    made = (event.make(shown) for shown in _BY_TYPE[kind])
    return next(as_json(list(args)) for args in made if args is not None)


def answered(kind: type[Struct]) -> Any:
    """What an acknowledgement carries as `data`. Raises KeyError: add its struct above."""
    return as_json(_BY_TYPE[kind][0])


def _brief(value: Any) -> Any:
    """Without the nulls that a client would leave out."""
    if not isinstance(value, dict):
        return value
    return {name: _brief(part) for name, part in value.items() if part is not None}


def as_json(value: Any) -> Any:
    """The value as it reads on the wire."""
    return msgspec.json.decode(msgspec.json.encode(value))
