"""The dialect of seed 001: whoever connects is queued for video at once, and again after each stranger."""

from __future__ import annotations

from msgspec import Struct

from parley.lobby import schemas as s
from parley.lobby.events import LobbyEvents
from parley.realtime import Connection, Dialect, Incoming, Outgoing


class Description(Struct, rename="camel"):
    """A session description as seed 001 sends it."""

    sdp: s.SessionDescription
    room_id: s.RoomId


class Candidate(Struct, rename="camel"):
    """A candidate as seed 001 sends it."""

    candidate: s.Candidate
    room_id: s.RoomId


class Room(Struct, rename="camel"):
    """The room in which one has met a stranger."""

    room_id: str


def omegle(lobby: LobbyEvents) -> Dialect:
    """The dialect on top of the lobby."""

    def offer(connection: Connection, payload: Description) -> None:
        lobby.offer(connection, s.Offer(room_id=payload.room_id, offer=payload.sdp))

    def answer(connection: Connection, payload: Description) -> None:
        lobby.answer(connection, s.Answer(room_id=payload.room_id, answer=payload.sdp))

    def candidate(connection: Connection, payload: Candidate) -> None:
        lobby.ice_candidate(
            connection, s.IceCandidate(room_id=payload.room_id, candidate=payload.candidate)
        )

    return Dialect(
        "omegle",
        {
            "offer": Incoming(Description, offer, "Pass on a session description."),
            "answer": Incoming(Description, answer, "Pass on a session description."),
            "add-ice-candidate": Incoming(
                Candidate, candidate, "Pass on a candidate.", "candidates"
            ),
            "skip": Incoming(
                s.Nothing, lobby.skip, "Leave the stranger and look for another.", "skip"
            ),
        },
        {
            s.Queued: Outgoing("lobby", (), "You are in the queue.", lambda event: ()),
            s.PartnerFound: [
                Outgoing(
                    "create-offer",
                    (Room,),
                    "You have met, and make the offer.",
                    lambda event: (Room(event.room_id),) if event.initiator else None,
                ),
                Outgoing(
                    "wait-for-offer",
                    (Room,),
                    "You have met, and wait for the offer.",
                    lambda event: None if event.initiator else (Room(event.room_id),),
                ),
            ],
            s.PartnerDisconnected: Outgoing(
                "partner-disconnected", (), "The stranger is gone. Said once.", lambda event: ()
            ),
            s.Offer: Outgoing(
                "offer",
                (Description,),
                "The stranger's offer.",
                lambda event: (Description(event.offer, event.room_id),),
            ),
            s.Answer: Outgoing(
                "answer",
                (Description,),
                "The stranger's answer.",
                lambda event: (Description(event.answer, event.room_id),),
            ),
            s.IceCandidate: Outgoing(
                "add-ice-candidate",
                (Candidate,),
                "One of the stranger's candidates.",
                lambda event: (Candidate(event.candidate, event.room_id),),
            ),
        },
        greets=lobby.join_video,
    )
