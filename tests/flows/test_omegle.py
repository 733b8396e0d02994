"""Seed 001 over the real wire, with a server that expects it (DEFAULT_DIALECT=omegle); and 001 meets 003."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.server import ParleyServer
from tests.support.strangers import Stranger
from tests.support.wire import KINDS, Kind

pytestmark = pytest.mark.usefixtures("strangers")

OFFER = {"type": "offer", "sdp": "v=0\r\n"}
ANSWER = {"type": "answer", "sdp": "v=0\r\n"}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 10.0.0.1 9 typ host", "sdpMid": "0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    folder = tmp_path_factory.mktemp("omegle")
    with ParleyServer(folder, default_dialect="omegle", limit_typing="100/100") as running:
        yield running


async def arrive(server: ParleyServer, over: Kind = "websocket") -> Stranger:
    """A client of seed 001: it says nothing, and is queued."""
    one = await Stranger.arrive(server.port, over=over)
    assert await one.hear("lobby") == []
    return one


async def meet(server: ParleyServer, over: Kind = "websocket") -> tuple[Stranger, Stranger, str]:
    """Two of them who met; the first makes the offer."""
    one, other = await arrive(server, over), await arrive(server)
    heard = [await stranger.line.said() for stranger in (one, other)]
    assert sorted(said.name for said in heard) == ["create-offer", "wait-for-offer"]
    assert [said.args for said in heard] == [[heard[0].args[0]]] * 2
    assert heard[0].args[0].keys() == {"roomId"}
    if heard[0].name == "wait-for-offer":
        one, other = other, one
    return one, other, heard[0].args[0]["roomId"]


@pytest.mark.parametrize("over", KINDS)
async def test_whoever_connects_is_queued_and_one_of_two_makes_the_offer(
    server: ParleyServer, over: Kind
) -> None:
    one, other, room = await meet(server, over)
    await one.emit("offer", {"sdp": OFFER, "roomId": room})
    assert await other.hear("offer") == {"sdp": OFFER, "roomId": room}
    await other.emit("answer", {"sdp": ANSWER, "roomId": room})
    assert await one.hear("answer") == {"sdp": ANSWER, "roomId": room}
    for sender, hearer in ((one, other), (other, one)):
        await sender.emit("add-ice-candidate", {"candidate": CANDIDATE, "roomId": room})
        heard = await hearer.hear("add-ice-candidate")
        assert heard == {"candidate": CANDIDATE, "roomId": room}


async def test_a_bare_sdp_is_passed_on_as_it_is(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    await one.do("offer", {"sdp": "v=0\r\n", "roomId": room})
    assert await other.hear("offer") == {"sdp": "v=0\r\n", "roomId": room}
    await one.do("add-ice-candidate", {"candidate": None, "roomId": room})
    assert await other.hear("add-ice-candidate") == {"candidate": None, "roomId": room}


async def test_skip_queues_both_again_but_not_with_each_other(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    await one.emit("skip")
    assert await other.hear("partner-disconnected") == []
    assert await other.hear("lobby") == []
    assert await one.hear("lobby") == []
    await one.emit("skip")  # in the queue it does nothing
    assert await one.fail("add-ice-candidate", {"candidate": None, "roomId": room}) == "not_in_room"
    third, fourth = await arrive(server), await arrive(server)
    rooms = []
    for stranger in (one, other, third, fourth):
        said = await stranger.line.said()
        assert said.name in ("create-offer", "wait-for-offer")
        rooms.append(said.args[0]["roomId"])
    assert rooms[0] == rooms[3] or rooms[0] == rooms[2]
    assert rooms[0] != rooms[1]


async def test_whoever_is_left_hears_it_once_and_is_queued_again(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    await one.go()
    assert await other.hear("partner-disconnected") == []
    assert await other.hear("lobby") == []
    newcomer = await arrive(server)
    said = await other.line.said()
    assert said.name in ("create-offer", "wait-for-offer")
    assert said.args[0]["roomId"] != room
    assert (await newcomer.line.said()).args == said.args


async def test_a_signal_into_another_room_reaches_nobody(server: ParleyServer) -> None:
    one, other, room = await meet(server)
    third, fourth, elsewhere = await meet(server)
    for event, payload in (
        ("offer", {"sdp": OFFER}),
        ("answer", {"sdp": ANSWER}),
        ("add-ice-candidate", {"candidate": CANDIDATE}),
    ):
        await one.emit(event, {**payload, "roomId": elsewhere})
        error = await one.hear("error")
        assert error.keys() == {"code", "message", "event"}
        assert (error["code"], error["event"]) == ("not_in_room", event)
    await third.emit("offer", {"sdp": OFFER, "roomId": elsewhere})
    assert await fourth.hear("offer") == {"sdp": OFFER, "roomId": elsewhere}
    await one.emit("offer", {"sdp": OFFER, "roomId": room})
    assert await other.hear("offer") == {"sdp": OFFER, "roomId": room}


async def test_a_client_of_seed_003_says_by_its_first_event_that_it_is_one(
    server: ParleyServer,
) -> None:
    one = await arrive(server)
    await one.do("join", {"type": "chat"})
    assert (await one.hear("waiting_for_partner"))["type"] == "chat"
    other = await Stranger.arrive(server.port, "native")  # says it at once, and is not queued
    await other.do("join", {"type": "chat"})
    assert (await one.hear("partner_found"))["roomId"] == (await other.hear("partner_found"))[
        "roomId"
    ]


async def test_one_taken_for_001_and_matched_can_still_say_that_it_speaks_003(
    server: ParleyServer,
) -> None:
    one, other, _ = await meet(server)
    await one.do("join", {"type": "chat"})
    assert (await one.hear("waiting_for_partner"))["type"] == "chat"
    assert await other.hear("partner-disconnected") == []
    assert await other.hear("lobby") == []


async def test_one_that_said_it_speaks_003_decides_itself_whether_to_join_again(
    server: ParleyServer,
) -> None:
    one = await arrive(server)
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    other = await Stranger.arrive(server.port, "native")
    await other.do("join", {"type": "chat"})
    room = (await one.hear("partner_found"))["roomId"]
    await other.hear("partner_found")
    await other.do("leave_room", {"roomId": room})
    assert await one.hear("partner_disconnected") == {"roomId": room, "reason": "left"}
    await other.do("join", {"type": "chat"})
    assert (await other.hear("waiting_for_partner"))["waiting"] == 1


@pytest.mark.parametrize("over", KINDS)
async def test_001_meets_003_and_each_hears_only_its_own_names(
    server: ParleyServer, over: Kind
) -> None:
    old = await arrive(server)
    new = await Stranger.arrive(server.port, "native", over=over)
    await new.do("join", {"type": "video"})
    found = await new.hear("partner_found")
    room = found["roomId"]
    opening = "wait-for-offer" if found["initiator"] else "create-offer"
    assert await old.hear(opening) == {"roomId": room}

    await new.do("offer", {"roomId": room, "offer": OFFER})
    assert await old.hear("offer") == {"sdp": OFFER, "roomId": room}
    await old.do("answer", {"sdp": ANSWER, "roomId": room})
    assert await new.hear("answer") == {"roomId": room, "answer": ANSWER}
    await old.do("offer", {"sdp": "v=0\r\n", "roomId": room})
    assert await new.hear("offer") == {"roomId": room, "offer": OFFER}
    await new.do("ice_candidates", {"roomId": room, "candidates": [CANDIDATE, None]})
    for candidate in (CANDIDATE, None):
        assert await old.hear("add-ice-candidate") == {"candidate": candidate, "roomId": room}
    await old.do("add-ice-candidate", {"candidate": CANDIDATE, "roomId": room})
    assert await new.hear("ice_candidate") == {"roomId": room, "candidate": CANDIDATE}

    # Seed 001 knows neither text nor typing: the one who speaks it hears nothing of them.
    await new.do("typing", {"roomId": room, "isTyping": True})
    await new.do("send_message", {"roomId": room, "message": "can you read this?"})
    assert (await new.hear("new_message"))["text"] == "can you read this?"
    assert await old.fail("send_message", {"roomId": room, "message": "no"}) == "unknown_event"
    await old.do("skip")
    assert await new.hear("partner_disconnected") == {"roomId": room, "reason": "skipped"}
    assert await old.hear("lobby") == []
    await old.emit("join", {"type": "video"})
    assert (await old.hear("error"))["code"] == "unknown_event"


async def test_who_speaks_001_meets_nobody_who_wants_text(server: ParleyServer) -> None:
    old = await arrive(server)
    new = await Stranger.arrive(server.port, "native")
    await new.do("join", {"type": "chat"})
    await new.hear("waiting_for_partner")
    await old.emit("nonsense")
    assert (await old.hear("error"))["code"] == "unknown_event"
