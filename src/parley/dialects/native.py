"""The native dialect: seed 003, the matching of seed 000, and what Parley adds. Payloads are our structs."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from parley.lobby import schemas as s
from parley.lobby.events import LobbyEvents
from parley.ops.schemas import ServerDraining, UserCountUpdate
from parley.realtime import Dialect, Incoming, Outgoing


def native(lobby: LobbyEvents) -> Dialect:
    """The dialect on top of the lobby."""
    return Dialect(
        "native",
        {
            "join": Incoming(s.Join, lobby.join, "Look for a stranger."),
            "match-user": Incoming(
                s.MatchUser, lobby.match_user, "Look for a stranger (seed 000)."
            ),
            "leave_queue": Incoming(s.Nothing, lobby.leave_queue, "Stop looking."),
            "skip": Incoming(
                s.Nothing, lobby.skip, "Leave the stranger and look for another.", "skip"
            ),
            "block_partner": Incoming(
                s.Nothing,
                lobby.block_partner,
                "Never meet the stranger again, or the last one; one is never told who that is.",
                "skip",
            ),
            "leave_room": Incoming(
                s.LeaveRoom, lobby.leave_room, "Leave the stranger; naming no room, stop looking."
            ),
            "send_message": Incoming(
                s.SendMessage, lobby.send_message, "Say something; both hear it.", "chat"
            ),
            "typing": Incoming(
                s.TypingState,
                lobby.typing,
                "Say whether one types.",
                "typing",
                weigh=lobby.typing_weight,
            ),
            "offer": Incoming(s.Offer, lobby.offer, "Pass on a session description."),
            "answer": Incoming(s.Answer, lobby.answer, "Pass on a session description."),
            "ice_candidate": Incoming(
                s.IceCandidate, lobby.ice_candidate, "Pass on a candidate.", "candidates"
            ),
            "ice_candidates": Incoming(
                s.IceCandidates,
                lobby.ice_candidates,
                "Pass on candidates.",
                "candidates",
                weigh=lambda connection, payload: max(1, len(payload.candidates)),
            ),
        },
        {
            s.WaitingForPartner: Outgoing(
                "waiting_for_partner",
                (s.WaitingForPartner,),
                "Nobody fits yet; again whenever a wish is given up.",
            ),
            s.PartnerFound: Outgoing("partner_found", (s.PartnerFound,), "You have met."),
            s.PartnerDisconnected: Outgoing(
                "partner_disconnected", (s.PartnerDisconnected,), "The stranger is gone. Said once."
            ),
            s.PartnerReconnecting: Outgoing(
                "partner_reconnecting", (s.PartnerReconnecting,), "The stranger's transport broke."
            ),
            s.PartnerReconnected: Outgoing(
                "partner_reconnected", (s.PartnerReconnected,), "The stranger is back."
            ),
            s.NewMessage: Outgoing("new_message", (s.NewMessage,), "Something was said."),
            s.UserTyping: Outgoing("user_typing", (s.UserTyping,), "Whether the stranger types."),
            s.Offer: Outgoing("offer", (s.Offer,), "The stranger's offer.", _offer),
            s.Answer: Outgoing("answer", (s.Answer,), "The stranger's answer.", _answer),
            s.IceCandidate: Outgoing(
                "ice_candidate", (s.IceCandidate,), "One of the stranger's candidates."
            ),
            UserCountUpdate: Outgoing(
                "user_count_update", (UserCountUpdate,), "How many are here.", volatile=True
            ),
            ServerDraining: Outgoing(
                "server_draining",
                (ServerDraining,),
                "The server restarts; reconnect after a while.",
            ),
        },
    )


def _description(kind: str, body: Raw) -> Raw:
    """A bare SDP, as some clients of seed 001 send it, becomes the object that ours expect."""
    if not bytes(body).startswith(b'"'):
        return body
    sdp = msgspec.json.decode(body, type=str)
    return Raw(msgspec.json.encode({"type": kind, "sdp": sdp}))


def _offer(event: s.Offer) -> tuple[s.Offer]:
    return (s.Offer(room_id=event.room_id, offer=_description("offer", event.offer)),)


def _answer(event: s.Answer) -> tuple[s.Answer]:
    return (s.Answer(room_id=event.room_id, answer=_description("answer", event.answer)),)
