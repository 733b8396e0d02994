"""Seed 003 over the real wire: who hears what, in which words, and that nobody else hears anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind

pytestmark = pytest.mark.usefixtures("strangers")

SDP = {"type": "offer", "sdp": "v=0\r\no=- 46117 2 IN IP4 127.0.0.1\r\n"}
CANDIDATE = {
    "candidate": "candidate:1 1 udp 1 10.0.0.1 9 typ host",
    "sdpMid": "0",
    "sdpMLineIndex": 0,
}
TEXTS = [
    "hello",
    "<script>alert('x')</script> & <b>bold</b> &amp;",
    "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 ﷽ \u202eright to left\u202c שלום مرحبا",
    " leading, trailing\n\tand inner   space ",
    "\u2028\u2029\ufeff\x7f\\ \" ' / \\u0041 null",
    "\U0001d54f" * 2000,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    folder = tmp_path_factory.mktemp("native")
    with ParleyServer(folder, limit_typing="100/100") as running:
        yield running


async def arrive(server: ParleyServer, over: Kind = "websocket") -> Stranger:
    return await Stranger.arrive(server.port, over=over)


async def meet(server: ParleyServer, kind: str = "chat") -> tuple[Stranger, Stranger, str]:
    one, other = await arrive(server), await arrive(server)
    return one, other, await couple(one, other, kind)


async def test_everybody_is_told_who_they_are_on_arrival(server: ParleyServer) -> None:
    for over in KINDS:
        one = await arrive(server, over)
        assert one.session.keys() == {"token", "actor", "recovered", "room"}
        assert one.session["actor"]["id"].startswith("g_")
        assert one.session["actor"]["kind"] == "guest"
        assert (one.session["recovered"], one.session["room"]) == (False, None)


@pytest.mark.parametrize("over", KINDS)
@pytest.mark.parametrize("kind", ["chat", "video"])
async def test_two_who_join_meet(server: ParleyServer, over: Kind, kind: str) -> None:
    one, other = await arrive(server, over), await arrive(server)
    assert await one.ask("join", {"userId": "me", "type": kind}) == {"ok": True, "data": None}
    waiting = await one.hear("waiting_for_partner")
    assert waiting == {"type": kind, "rung": 0, "relaxed": [], "waiting": 1, "position": 1}
    await other.do("join", {"type": kind})
    found, its = await one.hear("partner_found"), await other.hear("partner_found")
    assert found.keys() == its.keys() == {"roomId", "type", "partnerId", "initiator", "shared"}
    assert found["roomId"] == its["roomId"]
    assert found["type"] == its["type"] == kind
    assert sorted((found["initiator"], its["initiator"])) == [False, True]
    aliases = {found["partnerId"], its["partnerId"]}
    assert len(aliases) == 2
    assert not aliases & {one.session["actor"]["id"], other.session["actor"]["id"], "me"}


@pytest.mark.parametrize("over", KINDS)
async def test_what_one_says_both_hear_byte_for_byte(server: ParleyServer, over: Kind) -> None:
    one, other = await arrive(server, over), await arrive(server)
    room = await couple(one, other)
    for text in TEXTS:
        sent = await one.do("send_message", {"roomId": room, "message": text})
        mine, theirs = await one.hear("new_message"), await other.hear("new_message")
        assert mine == theirs
        assert mine.keys() == {"id", "text", "sender", "timestamp", "type", "roomId"}
        assert (mine["text"], mine["type"], mine["roomId"]) == (text, "text", room)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", mine["timestamp"])
        assert sent == {"id": mine["id"], "timestamp": mine["timestamp"]}


async def test_the_sender_of_a_message_is_an_alias_and_never_what_the_client_says(
    server: ParleyServer,
) -> None:
    one, other = await arrive(server), await arrive(server)
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    await other.do("join", {"type": "chat"})
    found, its = await one.hear("partner_found"), await other.hear("partner_found")
    said = {"roomId": found["roomId"], "message": "hi", "sender": "root", "userId": "root"}
    await one.do("send_message", said)
    mine, theirs = await one.hear("new_message"), await other.hear("new_message")
    assert mine["sender"] == theirs["sender"] == its["partnerId"]
    assert mine["sender"] != found["partnerId"]


async def test_an_alias_is_made_for_one_meeting_alone(server: ParleyServer) -> None:
    one, other = await arrive(server), await arrive(server)
    aliases = set()
    for _ in range(2):
        room = await couple(one, other)
        await one.do("send_message", {"roomId": room, "message": "hi"})
        aliases.add((await one.hear("new_message"))["sender"])
        await other.hear("new_message")
        await one.do("leave_room", {"roomId": room})
        await other.hear("partner_disconnected")
    assert len(aliases) == 2


@pytest.mark.parametrize("over", KINDS)
async def test_every_signal_is_passed_on_as_it_is_with_its_room_to_the_partner_alone(
    server: ParleyServer, over: Kind
) -> None:
    one, other = await arrive(server), await arrive(server, over)
    bystander = await arrive(server)
    await bystander.do("join", {"type": "chat"})
    await bystander.hear("waiting_for_partner")
    room = await couple(one, other, "video")
    strange = {"sdp": SDP["sdp"], "type": "offer", "Extra": [1.50, 1e3, None, {"é": "\u2028"}]}
    for event, payload in (
        ("offer", {"offer": SDP}),
        ("offer", {"offer": strange}),
        ("answer", {"answer": SDP | {"type": "answer"}}),
        ("answer", {"answer": SDP["sdp"]}),
        ("ice_candidate", {"candidate": CANDIDATE}),
        ("ice_candidate", {"candidate": None}),
        ("ice_candidate", {"candidate": CANDIDATE["candidate"]}),
    ):
        await one.do(event, {"roomId": room, **payload})
        heard = await other.hear(event)
        if payload.get("answer") == SDP["sdp"]:
            payload = {"answer": {"type": "answer", "sdp": SDP["sdp"]}}
        assert heard == {"roomId": room, **payload}
    for typing in (True, False):
        await one.do("typing", {"roomId": room, "isTyping": typing})
        assert await other.hear("user_typing") == {"roomId": room, "isTyping": typing}
    for stranger in (one, bystander):  # the next they hear is the answer to something of their own
        await stranger.emit("nonsense")
        assert (await stranger.hear("error"))["code"] == "unknown_event"


async def test_candidates_in_a_batch_arrive_one_by_one(server: ParleyServer) -> None:
    one, other, room = await meet(server, "video")
    batch = [CANDIDATE | {"sdpMid": str(n)} for n in range(5)]
    await one.do("ice_candidates", {"roomId": room, "candidates": [*batch, None]})
    for candidate in [*batch, None]:
        assert await other.hear("ice_candidate") == {"roomId": room, "candidate": candidate}


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("send_message", {"message": "x"}),
        ("typing", {"isTyping": True}),
        ("offer", {"offer": SDP}),
        ("answer", {"answer": SDP}),
        ("ice_candidate", {"candidate": CANDIDATE}),
        ("ice_candidates", {"candidates": [CANDIDATE]}),
        ("leave_room", {}),
    ],
)
async def test_into_another_room_nobody_hears_anything(
    server: ParleyServer, event: str, payload: dict[str, object]
) -> None:
    one, other, room = await meet(server)
    third, fourth, elsewhere = await meet(server)
    idle = await arrive(server)
    for stranger, target in (
        (one, elsewhere),
        (one, "no-such-room"),
        (one, ""),
        (idle, room),
        (idle, elsewhere),
    ):
        assert await stranger.fail(event, {"roomId": target, **payload}) == "not_in_room"
        await stranger.emit(event, {"roomId": target, **payload})
        error = await stranger.hear("error")
        assert (error["code"], error["event"]) == ("not_in_room", event)
        assert error["message"]
    for talker, hearer, where in ((one, other, room), (third, fourth, elsewhere)):
        await talker.do("send_message", {"roomId": where, "message": "marker"})
        for stranger in (talker, hearer):
            assert (await stranger.hear("new_message"))["text"] == "marker"


async def test_late_signals_are_dropped(server: ParleyServer) -> None:
    one, other, room = await meet(server, "video")
    await other.do("leave_room", {"roomId": room})
    await one.hear("partner_disconnected")
    for event, payload in (
        ("ice_candidate", {"candidate": CANDIDATE}),
        ("offer", {"offer": SDP}),
        ("send_message", {"message": "are you there?"}),
    ):
        assert await one.fail(event, {"roomId": room, **payload}) == "not_in_room"
    again = await couple(one, other, "video")
    assert again != room
    assert await one.fail("ice_candidate", {"roomId": room, "candidate": None}) == "not_in_room"
    await one.do("ice_candidate", {"roomId": again, "candidate": None})
    assert await other.hear("ice_candidate") == {"roomId": again, "candidate": None}


async def test_whoever_is_left_hears_it_once_and_decides_for_itself(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    await one.do("leave_room", {"roomId": room})
    assert await other.hear("partner_disconnected") == {"roomId": room, "reason": "left"}
    assert await one.fail("leave_room", {"roomId": room}) == "not_in_room"
    again = await couple(
        one, other
    )  # the next that both hear: nobody was told twice, nobody queued
    assert again != room


async def test_one_who_skips_looks_for_the_next_at_once(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    await one.do("skip")
    assert await other.hear("partner_disconnected") == {"roomId": room, "reason": "skipped"}
    assert (await one.hear("waiting_for_partner"))["type"] == "chat"
    await other.do("join", {"type": "chat"})
    await other.hear("waiting_for_partner")  # not the one who skipped
    third = await arrive(server)
    await third.do("join", {"type": "chat"})
    await third.hear("partner_found")
    await one.hear("partner_found")
    fourth = await arrive(server)
    await fourth.do("join", {"type": "chat"})
    await fourth.hear("partner_found")
    await other.hear("partner_found")


@pytest.mark.parametrize("no_room", [{}, {"roomId": None}, {"roomId": ""}])
async def test_leaving_no_room_stops_looking(server: ParleyServer, no_room: object) -> None:
    one, other = await arrive(server), await arrive(server)
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    assert await one.fail("leave_room", {"roomId": "another"}) == "not_in_room"
    await one.do("leave_room", no_room)
    assert await one.fail("leave_room", no_room) == "not_in_room"
    await other.do("join", {"type": "chat"})
    assert (await other.hear("waiting_for_partner"))["waiting"] == 1
    await one.do("join", {"type": "chat"})
    room = (await one.hear("partner_found"))["roomId"]
    assert (
        await one.fail("leave_room", no_room) == "not_in_room"
    )  # there is one now, and it has a name
    await one.do("leave_room", {"roomId": room})


async def test_skip_after_the_stranger_left_looks_for_another(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    await other.do("leave_room", {"roomId": room})
    await one.do("skip")
    await one.hear("partner_disconnected")
    await one.hear("waiting_for_partner")
    third = await arrive(server)
    await third.do("join", {"type": "chat"})
    assert (await one.hear("partner_found"))["roomId"] == (await third.hear("partner_found"))[
        "roomId"
    ]


async def test_skip_without_a_stranger_does_nothing(server: ParleyServer) -> None:
    one, other = await arrive(server), await arrive(server)
    await one.do("skip")
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    await one.do("skip", None)
    await one.do("skip", {})
    await other.do("join", {"type": "chat"})
    assert (await one.hear("partner_found"))["roomId"] == (await other.hear("partner_found"))[
        "roomId"
    ]


async def test_a_join_while_talking_is_a_conflict(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    assert await one.fail("join", {"type": "video"}) == "conflict"
    await one.do("send_message", {"roomId": room, "message": "still here"})
    await other.hear("new_message")


async def test_a_second_join_takes_the_place_of_the_first(server: ParleyServer) -> None:
    one, other, third = [await arrive(server) for _ in range(3)]
    await one.do("join", {"type": "video"})
    await one.hear("waiting_for_partner")
    await one.do("join", {"type": "chat"})
    assert (await one.hear("waiting_for_partner"))["type"] == "chat"
    await other.do("join", {"type": "video"})
    assert (await other.hear("waiting_for_partner"))["waiting"] == 1
    await third.do("join", {"type": "chat"})
    await one.hear("partner_found")
    await third.hear("partner_found")


async def test_who_stops_looking_is_not_matched(server: ParleyServer) -> None:
    one, other = await arrive(server), await arrive(server)
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    await one.do("leave_queue", {})
    await one.do("leave_queue")
    await other.do("join", {"type": "chat"})
    assert (await other.hear("waiting_for_partner"))["waiting"] == 1
    await one.emit("nonsense")
    assert (await one.hear("error"))["code"] == "unknown_event"


async def test_text_and_video_do_not_meet(server: ParleyServer) -> None:
    one, other = await arrive(server), await arrive(server)
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    await other.do("join", {"type": "video"})
    await other.hear("waiting_for_partner")


async def test_the_next_one_who_waited_longest_comes_first(server: ParleyServer) -> None:
    first, second, newcomer = [await arrive(server) for _ in range(3)]
    room = await couple(first, second)
    await first.do("skip")
    await second.hear("partner_disconnected")
    await first.hear("waiting_for_partner")
    await second.do("join", {"type": "chat"})
    await second.hear("waiting_for_partner")
    await newcomer.do("join", {"type": "chat"})
    found = await newcomer.hear("partner_found")
    assert (await first.hear("partner_found"))["roomId"] == found["roomId"] != room
