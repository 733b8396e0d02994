"""Whoever's transport broke comes back to the same stranger, and misses nothing of what was said meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.engine import Connection
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind, PollingLine

pytestmark = pytest.mark.usefixtures("strangers")

BACK = [("pid", "websocket"), ("pid", "polling"), *(("token", over) for over in KINDS)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    folder = tmp_path_factory.mktemp("resume")
    roomy = {"limit_chat": "1000/1000", "limit_candidates": "1000/1000"}
    with ParleyServer(folder, max_outbound_packets=20, patience_ms=300, **roomy) as running:
        yield running


async def meet(server: ParleyServer, over: Kind = "websocket") -> tuple[Stranger, Stranger, str]:
    one = await Stranger.arrive(server.port, over=over)
    other = await Stranger.arrive(server.port)
    return one, other, await couple(one, other)


async def say(one: Stranger, room: str, *texts: str) -> None:
    """Say it, and hear oneself say it."""
    for text in texts:
        await one.do("send_message", {"roomId": room, "message": text})
        assert (await one.hear("new_message"))["text"] == text


async def hears(one: Stranger, *texts: str) -> None:
    for text in texts:
        assert (await one.hear("new_message"))["text"] == text


async def talks(one: Stranger, other: Stranger, room: str) -> None:
    """Both hear each other, and the next that they hear is that."""
    for sender, hearer in ((one, other), (other, one)):
        await say(sender, room, "marker")
        await hears(hearer, "marker")


@pytest.mark.parametrize(
    ("before", "by", "over"),
    [("websocket", by, over) for by, over in BACK] + [("plain", "token", over) for over in KINDS],
)
async def test_what_was_said_meanwhile_arrives_once_and_in_order(
    server: ParleyServer, before: Kind, by: str, over: Kind
) -> None:
    one, other, room = await meet(server, before)
    await say(other, room, "one", "two")
    await hears(one, "one", "two")
    one.vanish()
    assert await other.hear("partner_reconnecting") == {"roomId": room}
    await say(other, room, "three", "four")
    await other.do("typing", {"roomId": room, "isTyping": True})

    again = await one.back(by, over)
    assert again.session["recovered"] is True
    assert again.session["actor"] == one.session["actor"]
    place = again.session["room"]
    assert place.keys() == {"roomId", "type", "partnerId", "initiator", "shared"}
    assert (place["roomId"], place["type"]) == (room, "chat")
    await hears(again, "three", "four")
    assert await again.hear("user_typing") == {"roomId": room, "isTyping": True}
    assert await other.hear("partner_reconnected") == {"roomId": room}
    await talks(again, other, room)


@pytest.mark.parametrize("by", ["pid", "token"])
async def test_a_client_that_joins_whenever_it_connects_is_told_of_its_pair_again(
    server: ParleyServer, by: str
) -> None:
    one, other, room = await meet(server)
    one.vanish()
    await other.hear("partner_reconnecting")
    again = await one.back(by)
    await other.hear("partner_reconnected")
    assert await again.fail("join", {"type": "video"}) == "conflict"  # that is another wish
    await again.do("join", {"type": "chat"})
    found = await again.hear("partner_found")
    assert found == again.session["room"] | {"initiator": True}
    assert await again.fail("join", {"type": "chat"}) == "conflict"
    await talks(again, other, room)


async def test_of_two_who_came_back_and_join_again_one_is_to_call(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    one.vanish()
    await other.hear("partner_reconnecting")
    one = await one.back("token")
    await other.hear("partner_reconnected")
    other.vanish()
    await one.hear("partner_reconnecting")
    other = await other.back("token")
    await one.hear("partner_reconnected")
    told = []
    for each in (one, other):
        await each.do("join", {"type": "chat"})
        told.append((await each.hear("partner_found"))["initiator"])
    assert told == [True, False]
    other.vanish()
    await one.hear("partner_reconnecting")
    other = await other.back("token")
    await one.hear("partner_reconnected")
    await other.do("join", {"type": "chat"})
    assert (await other.hear("partner_found"))[
        "initiator"
    ]  # it went once more, and with it the call
    await talks(one, other, room)


@pytest.mark.parametrize("over", ["websocket", "polling"])
async def test_by_pid_and_offset_what_was_lost_on_the_way_is_told_again(
    server: ParleyServer, over: Kind
) -> None:
    one, other, room = await meet(server)
    await say(other, room, "heard")
    await hears(one, "heard")
    await say(other, room, "sent to a transport that was dead already")
    one.vanish()
    await other.hear("partner_reconnecting")
    again = await one.back("pid", over)
    await hears(again, "sent to a transport that was dead already")
    assert await other.hear("partner_reconnected") == {"roomId": room}
    await talks(again, other, room)


@pytest.mark.parametrize("over", ["websocket", "polling"])
async def test_with_its_pid_it_takes_over_before_the_server_noticed(
    server: ParleyServer, over: Kind
) -> None:
    one, other, room = await meet(server)
    again = await one.back("pid", over)
    assert (again.session["recovered"], again.session["room"]["roomId"]) == (True, room)
    assert await other.hear("partner_reconnecting") == {"roomId": room}
    assert await other.hear("partner_reconnected") == {"roomId": room}
    assert await one.hang_up_heard() is not None  # the old transport is closed
    await talks(again, other, room)


@pytest.mark.parametrize("over", KINDS)
async def test_with_its_token_alone_it_takes_over_as_soon_as_the_old_transport_proves_dead(
    serve: Callable[..., ParleyServer], over: Kind
) -> None:
    server = serve(ping_timeout_ms=500)
    one, other, room = await meet(server)
    # `one` is frozen from here on: its connection is open, and answers nothing.
    again = await one.back("token", over)
    assert (again.session["recovered"], again.session["room"]) == (False, None)
    assert await other.hear("partner_reconnecting") == {"roomId": room}
    recovered = await again.hear("session")
    assert (recovered["recovered"], recovered["room"]["roomId"]) == (True, room)
    assert await other.hear("partner_reconnected") == {"roomId": room}
    await talks(again, other, room)


@pytest.mark.parametrize("over", KINDS)
async def test_a_second_tab_is_its_own_ticket_and_never_meets_the_first(
    server: ParleyServer, over: Kind
) -> None:
    first = await Stranger.arrive(server.port)
    await first.do("join", {"type": "chat"})
    await first.hear("waiting_for_partner")
    second = await first.back("token", over)
    assert (second.session["actor"], second.session["recovered"]) == (
        first.session["actor"],
        False,
    )
    await first.do("leave_queue")  # answering, it proves that it lives
    await first.do("join", {"type": "chat"})
    await first.hear("waiting_for_partner")
    await second.do("join", {"type": "chat"})
    assert (await second.hear("waiting_for_partner"))["waiting"] == 2
    rooms = set()
    for tab in (first, second):
        other = await Stranger.arrive(server.port)
        await other.do("join", {"type": "chat"})
        found = await tab.hear("partner_found")
        assert (await other.hear("partner_found"))["roomId"] == found["roomId"]
        rooms.add(found["roomId"])
    assert len(rooms) == 2


async def test_a_tab_that_answers_keeps_its_stranger(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    await one.back("token")
    await say(one, room, "I am here")  # reading, it answers the server's question as well
    await hears(other, "I am here")
    await talks(one, other, room)


@pytest.mark.parametrize("by", ["pid", "token"])
async def test_who_waits_keeps_its_place_and_is_not_matched_while_away(
    server: ParleyServer, by: str
) -> None:
    one = await Stranger.arrive(server.port)
    wishes = {"interests": ["chess"]}
    await one.do("join", {"type": "chat", "preferences": wishes})
    await one.hear("waiting_for_partner")
    assert (await one.hear("waiting_for_partner"))["relaxed"] == ["interests"]
    one.vanish()
    later = await Stranger.arrive(server.port)
    await later.do("join", {"type": "chat"})
    await later.hear("waiting_for_partner")
    again = await one.back(by)
    assert (again.session["recovered"], again.session["room"]) == (True, None)
    assert (await again.hear("partner_found"))["roomId"] == (await later.hear("partner_found"))[
        "roomId"
    ]


async def test_who_comes_back_to_the_queue_is_told_where_it_waits(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port)
    await one.do("join", {"type": "chat", "preferences": {"interests": ["chess"]}})
    assert (await one.hear("waiting_for_partner"))["rung"] == 0
    one.vanish()
    again = await one.back("token")
    waiting = await again.hear("waiting_for_partner")
    assert waiting.keys() == {"type", "rung", "relaxed", "waiting"}
    if waiting["rung"] == 0:
        waiting = await again.hear("waiting_for_partner")
    assert waiting["relaxed"] == ["interests"]


async def test_beyond_what_may_be_kept_the_absent_one_is_dropped(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    one.vanish()
    await other.hear("partner_reconnecting")
    for _ in range(20):
        await say(other, room, "are you there?")
    await other.emit("send_message", {"roomId": room, "message": "one too many"})
    await hears(other, "one too many")
    assert await other.hear("partner_disconnected") == {"roomId": room, "reason": "dropped"}
    again = await one.back("pid")
    assert (again.session["recovered"], again.session["room"]) == (False, None)
    assert await couple(again, other) != room


async def test_whoever_lost_more_than_was_kept_starts_anew_and_the_partner_is_told(
    server: ParleyServer,
) -> None:
    one, other, room = await meet(server)
    await say(other, room, "the last that was heard")
    await hears(one, "the last that was heard")
    for n in range(30):  # sent, and thought to be read, before the break is noticed
        await say(other, room, f"lost {n}")
    again = await one.back("pid")
    assert (again.session["recovered"], again.session["room"]) == (False, None)
    assert await other.hear("partner_reconnecting") == {"roomId": room}
    assert await other.hear("partner_disconnected") == {"roomId": room, "reason": "dropped"}


@pytest.mark.parametrize("by", ["pid", "token"])
async def test_what_the_absent_one_is_told_includes_the_end(server: ParleyServer, by: str) -> None:
    one, other, room = await meet(server)
    one.vanish()
    await other.hear("partner_reconnecting")
    await say(other, room, "goodbye")
    await other.do("leave_room", {"roomId": room})
    again = await one.back(by)
    assert (again.session["recovered"], again.session["room"]) == (True, None)
    await hears(again, "goodbye")
    assert await again.hear("partner_disconnected") == {"roomId": room, "reason": "left"}
    await couple(again, other)


async def test_nobody_comes_back_as_somebody_else(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    one.vanish()
    await other.hear("partner_reconnecting")
    pid = one.connected["pid"]
    sid, _, seal = pid.partition(".")
    for wrong in (
        sid,
        f"{sid}.",
        f"{sid}.{'0' * len(seal)}",
        f".{seal}",
        other.connected["sid"],
        "",
    ):
        thief = await Stranger.arrive(server.port, auth={"pid": wrong})
        assert (thief.session["recovered"], thief.session["room"]) == (False, None)
        assert thief.session["actor"] != one.session["actor"]
    again = await one.back("pid")
    assert again.session["room"]["roomId"] == room
    await other.hear("partner_reconnected")


async def test_time_after_time(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    for by, over in (("pid", "websocket"), ("token", "plain"), ("token", "websocket")) * 3:
        one.vanish()
        assert await other.hear("partner_reconnecting") == {"roomId": room}
        one = await one.back(by, over)  # type: ignore[arg-type]
        assert one.session["room"]["roomId"] == room
        assert await other.hear("partner_reconnected") == {"roomId": room}
        await talks(one, other, room)


async def begin_to_say(one: Stranger, port: int, rest: bytes) -> Connection:
    """The poller's POST, which goes on so, and does not end."""
    assert isinstance(one.line, PollingLine)
    saying = await Connection.open(port)
    saying.write(f"POST {one.line.poller.target} HTTP/1.1\r\nHost: x\r\n".encode() + rest)
    return saying


async def test_a_break_in_the_midst_of_what_a_poller_says_is_a_break(server: ParleyServer) -> None:
    one, other, room = await meet(server, "polling")
    rest = b'Content-Length: 99\r\n\r\n42["send_mess'
    await (await begin_to_say(one, server.port, rest)).close()
    assert await other.hear("partner_reconnecting") == {"roomId": room}
    again = await one.back("pid", "polling")
    assert await other.hear("partner_reconnected") == {"roomId": room}
    await talks(again, other, room)


async def test_what_is_no_http_is_no_break(server: ParleyServer) -> None:
    one, other, room = await meet(server, "polling")
    rest = b"Transfer-Encoding: chunked\r\n\r\nno size\r\n"
    saying = await begin_to_say(one, server.port, rest)
    assert (await other.hear("partner_disconnected"))["roomId"] == room
    await saying.close()
