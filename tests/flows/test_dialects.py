"""How a connection's dialect is chosen: by the handshake, else by the first event, else by the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind, Refused

pytestmark = pytest.mark.usefixtures("strangers")


@pytest.mark.parametrize("over", KINDS)
async def test_the_handshake_says_which(server: ParleyServer, over: Kind) -> None:
    one = await Stranger.arrive(server.port, "omegle", over=over)
    assert await one.hear("lobby") == []
    other = await Stranger.arrive(server.port, query={"dialect": "omegle"}, over=over)
    assert await other.hear("lobby") == []
    said = await one.line.said()
    assert said.name in ("create-offer", "wait-for-offer")


@pytest.mark.parametrize("over", KINDS)
async def test_a_dialect_that_there_is_not_is_refused(server: ParleyServer, over: Kind) -> None:
    with pytest.raises(Refused) as refusal:
        await Stranger.arrive(server.port, "klingon", over=over)
    assert refusal.value.body["data"]["code"] == "bad_request"
    assert refusal.value.body["message"]


@pytest.mark.parametrize("over", KINDS)
async def test_the_first_event_says_which(server: ParleyServer, over: Kind) -> None:
    one = await Stranger.arrive(server.port, over=over)
    await one.emit("add-ice-candidate", {"candidate": None, "roomId": "?"})
    assert await one.hear("lobby") == []  # queued, as its kind is
    assert (await one.hear("error"))["code"] == "not_in_room"
    await one.emit("join", {"type": "chat"})
    assert (await one.hear("error"))["code"] == "unknown_event"


async def test_what_both_dialects_know_does_not_change_it(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port)
    await one.do("skip")
    await one.do("join", {"type": "video"})
    await one.hear("waiting_for_partner")
    assert (
        await one.fail("add-ice-candidate", {"candidate": None, "roomId": "?"}) == "unknown_event"
    )


@pytest.mark.parametrize("first", ["nonsense", "skip"])
async def test_a_first_event_that_tells_nothing_leaves_the_dialect_open(
    serve: Callable[..., ParleyServer], first: str
) -> None:
    server = serve(default_dialect="omegle")
    one = await Stranger.arrive(server.port)
    await one.hear("lobby")
    await one.ask(first)
    await one.do("join", {"type": "video"})
    await one.hear("waiting_for_partner")


async def test_who_comes_back_may_say_that_it_now_speaks_another(server: ParleyServer) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other, "video")
    one.vanish()
    await other.hear("partner_reconnecting")
    again = await Stranger.arrive(server.port, "omegle", auth={"token": one.token})
    assert again.session["room"]["roomId"] == room
    await other.hear("partner_reconnected")
    await other.do("offer", {"roomId": room, "offer": "v=0"})
    assert await again.hear("offer") == {"sdp": "v=0", "roomId": room}
    await again.do("answer", {"roomId": room, "sdp": "v=0"})
    assert (await other.hear("answer"))["answer"]["sdp"] == "v=0"
