"""How often and how many: each limit by its setting, each with its named answer and when to try again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.engine import Answer, Connection, Poller
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind, Refused, SocketLine

pytestmark = pytest.mark.usefixtures("strangers")

Serve = Callable[..., ParleyServer]
CANDIDATE = {"candidate": "candidate:1", "sdpMid": "0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    """Bursts as they are by default, and next to no refill, so that no clock decides a test."""
    with ParleyServer(
        tmp_path_factory.mktemp("limits"),
        limit_events="0.01/60",
        limit_chat="0.01/10",
        limit_skip="0.01/5",
        limit_candidates="0.01/150",
        limit_typing="0.01/5",
    ) as running:
        yield running


@pytest.mark.parametrize(
    ("event", "payload", "burst"),
    [
        ("send_message", {"message": "x"}, 10),
        ("typing", {"isTyping": True}, 5),
        ("ice_candidate", {"candidate": CANDIDATE}, 150),
        ("offer", {"offer": "x"}, 58),  # two of its sixty went into meeting
    ],
)
async def test_more_than_the_burst_is_refused_and_not_passed_on(
    server: ParleyServer, event: str, payload: dict[str, Any], burst: int
) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    if event == "offer":
        await one.fail("leave_room", {"roomId": "x"})  # counts among the events of any kind
    refused = 0
    for _ in range(burst):
        answer = await one.ask(event, {"roomId": room, **payload})
        refused += not answer["ok"]
    assert refused == 0
    answer = await one.ask(event, {"roomId": room, **payload})
    assert answer["ok"] is False
    error = answer["error"]
    assert error.keys() == {"code", "message", "retryAfterMs"}
    assert error["code"] == "rate_limited"
    assert 90_000 < error["retryAfterMs"] <= 100_000
    await one.emit(event, {"roomId": room, **payload})
    heard = {"typing": "user_typing", "send_message": "new_message"}.get(event, event)
    for _ in range(burst):
        await other.hear(heard)
        if event == "send_message":
            await one.hear(heard)
    told = await one.hear("error")
    assert told.keys() == {"code", "message", "event", "retryAfterMs"}
    assert (told["code"], told["event"]) == ("rate_limited", event)
    await one.emit("skip")
    assert (await other.hear("partner_disconnected"))["reason"] == "skipped"


async def test_that_one_no_longer_types_is_always_passed_on(server: ParleyServer) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    for _ in range(5):
        await one.do("typing", {"roomId": room, "isTyping": True})
        await other.hear("user_typing")
    assert await one.fail("typing", {"roomId": room, "isTyping": True}) == "rate_limited"
    await one.do("typing", {"roomId": room, "isTyping": False})
    assert await other.hear("user_typing") == {"roomId": room, "isTyping": False}
    # Said once: it is no way around the limit.
    assert await one.fail("typing", {"roomId": room, "isTyping": False}) == "rate_limited"


async def test_a_key_that_is_held_down_for_ten_seconds_ends_nothing(server: ParleyServer) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    for _ in range(400):
        await one.emit("typing", {"roomId": room, "isTyping": True})
    await one.do("send_message", {"roomId": room, "message": "hmmm"})
    for _ in range(5):
        await other.hear("user_typing")
    assert (await other.hear("new_message"))["text"] == "hmmm"


async def test_a_thousand_refused_typings_close_the_connection(server: ParleyServer) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    for _ in range(5):
        await one.do("typing", {"roomId": room, "isTyping": True})
    for _ in range(1000):
        await one.emit("typing", {"roomId": room, "isTyping": True})
        await one.hear("error")
    await one.hang_up_heard()


@pytest.mark.parametrize("over", KINDS)
@pytest.mark.parametrize("why", ["not_in_room", "rate_limited"])
async def test_a_typing_that_no_held_key_brings_about_is_refused_like_any_other(
    server: ParleyServer, over: Kind, why: str
) -> None:
    one, other = await Stranger.arrive(server.port, over=over), await Stranger.arrive(server.port)
    room = await couple(one, other)
    for _ in range(5):
        await one.do("typing", {"roomId": room, "isTyping": True})
    # The limit is reached: what one says of having stopped typing is free, and named another room it is in vain.
    payload = {"roomId": "another", "isTyping": False}
    if why == "rate_limited":
        payload = {"roomId": room, "isTyping": True, "more": "x" * 300}
    for _ in range(100):
        await one.emit("typing", payload)
        assert (await one.hear("error"))["code"] == why
    await one.hang_up_heard()


async def test_skips_have_a_limit(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port)
    for _ in range(5):
        await one.do("skip")
    assert await one.fail("skip") == "rate_limited"


async def test_blocks_have_the_limit_of_skips(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port)
    for event in ("block_partner", "skip", "block_partner", "skip", "block_partner"):
        await one.ask(event)
    for event in ("block_partner", "skip"):
        assert await one.fail(event) == "rate_limited"


async def test_every_other_event_has_a_limit_known_or_not(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port)
    codes = [await one.fail(("join", "nonsense")[n % 2], {}) for n in range(61)]
    assert codes == ["bad_request", "unknown_event"] * 30 + ["rate_limited"]


async def test_a_batch_of_candidates_counts_as_many(server: ParleyServer) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    batch = {"roomId": room, "candidates": [CANDIDATE] * 30}
    for _ in range(5):
        await one.do("ice_candidates", batch)
    assert await one.fail("ice_candidates", batch) == "rate_limited"
    assert await one.fail("ice_candidate", {"roomId": room, "candidate": None}) == "rate_limited"


async def test_limits_belong_to_one_connection_and_to_one_kind(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port)
    for _ in range(5):
        await one.do("skip")
    assert await one.fail("skip") == "rate_limited"
    await one.do("join", {"type": "chat"})
    other = await Stranger.arrive(server.port)
    await other.do("skip")


async def test_limits_are_kept_over_a_return(server: ParleyServer) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    await couple(one, other)
    for _ in range(5):
        await one.fail("skip", "wrong")
    one.vanish()
    await other.hear("partner_reconnecting")
    again = await one.back("token")
    assert await again.fail("skip") == "rate_limited"


@pytest.mark.parametrize("over", KINDS)
async def test_a_hundred_refusals_in_ten_seconds_close_the_connection(
    server: ParleyServer, over: Kind
) -> None:
    one, other = (
        await Stranger.arrive(server.port, over=over),
        await Stranger.arrive(server.port),
    )
    room = await couple(one, other)
    for _ in range(99):
        await one.emit("nonsense")
    for _ in range(99):
        await one.hear("error")
    await one.do("typing", {"roomId": room, "isTyping": True})  # it is still welcome
    await one.emit("nonsense")
    await one.hear("error")
    await one.hang_up_heard()
    await other.hear("user_typing")
    assert (await other.hear("partner_disconnected"))["reason"] == "dropped"


async def get(server: ParleyServer, path: str, **headers: str) -> Answer:
    connection = await Connection.open(server.port)
    connection.request("GET", path, **headers)
    answer = await connection.answer()
    await connection.close()
    return answer


async def handshakes(server: ParleyServer, **headers: str) -> list[Answer]:
    """The answers to a new session asked for over each wire."""
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "c2l4dGVlbiBieXRlcyBvaw==",
    }
    return [
        await get(server, "/socket.io/?EIO=4&transport=polling", **headers),
        await get(server, "/socket.io/?EIO=4&transport=websocket", **upgrade, **headers),
        await get(server, "/ws", **upgrade, **headers),
    ]


async def test_sockets_per_address_have_a_limit(serve: Serve) -> None:
    server = serve(limit_sockets_per_address=3, trusted_proxies="127.0.0.1")
    there = [await Stranger.arrive(server.port, over=over) for over in KINDS]
    for answer in await handshakes(server):
        assert answer.status == 429
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["code"] == "rate_limited"
    elsewhere = await Stranger.arrive(server.port, X_Forwarded_For="192.0.2.1")
    await elsewhere.do("leave_queue")
    for one in there:
        await one.go()
    await Stranger.arrive(server.port)


async def test_connections_that_say_nothing_have_a_limit_and_sockets_do_not_count_among_them(
    serve: Serve,
) -> None:
    server = serve(limit_sockets_per_address=2)
    there = [await Stranger.arrive(server.port, over="websocket") for _ in range(2)]
    silent = [await Connection.open(server.port) for _ in range(8)]
    refused = await (await Connection.open(server.port)).answer()
    assert (refused.status, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["retry-after"]) > 0
    await there[0].do("leave_queue")
    silent[0].request("GET", "/livez", Connection="close")
    assert (await silent[0].answer()).status == 200
    assert await silent[0].rest() == b""
    assert (await get(server, "/livez")).status == 200


async def test_sockets_in_all_have_a_limit(serve: Serve) -> None:
    server = serve(max_sockets=2)
    there = [await Stranger.arrive(server.port) for _ in range(2)]
    for answer in await handshakes(server):
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["code"] == "overloaded"
    await there[0].go()
    await Stranger.arrive(server.port)


async def test_handshakes_in_a_second_have_a_limit(serve: Serve) -> None:
    server = serve(limit_handshakes="0.1/4")
    for _ in range(4):
        await (await Stranger.arrive(server.port)).go()
    for answer in await handshakes(server):
        assert answer.status == 503
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        assert answer.json()["code"] == "overloaded"


@pytest.mark.parametrize("over", KINDS)
async def test_connections_of_one_person_have_a_limit(serve: Serve, over: Kind) -> None:
    server = serve(limit_sockets_per_user=3)
    one = await Stranger.arrive(server.port)
    tabs = [await Stranger.arrive(server.port, auth={"token": one.token}) for _ in range(2)]
    with pytest.raises(Refused) as refusal:
        await Stranger.arrive(server.port, over=over, auth={"token": one.token})
    data = refusal.value.body["data"]
    assert data["code"] == "rate_limited"
    assert data["retryAfterMs"] > 0
    await tabs[0].go()
    await Stranger.arrive(server.port, over=over, auth={"token": one.token})


async def test_a_client_that_only_opens_sessions_holds_them_no_longer_than_it_may(
    serve: Serve,
) -> None:
    server = serve(connect_timeout_s=1.5, limit_sockets_per_address=2)
    line = await SocketLine.open(server.port, {})
    poller = Poller(server.port)
    await poller.open()
    with pytest.raises(EOFError):
        await line.said()
    answer = await poller.get()  # a poll that was there in time is told, a later one is refused
    assert answer.status == 400 or answer.body == "1"
    await Stranger.arrive(server.port)


@pytest.mark.parametrize("host", ["127.0.0.1", "::"])
async def test_requests_of_one_address_have_a_limit(serve: Serve, host: str) -> None:
    server = serve(
        host=host, rate_limit_points=5, rate_limit_duration=30, trusted_proxies="127.0.0.1"
    )
    for path in ("/health", "/stats", "/api/ice-servers", "/schema/openapi.json", "/api/nothing"):
        assert (await get(server, path)).status != 429
    for path in ("/health", "/api/ice-servers"):
        answer = await get(server, path, Origin="http://localhost:5173")
        assert answer.status == 429
        assert answer.headers["content-type"] == "application/problem+json"
        assert 1 <= int(answer.headers["retry-after"]) <= 30
        problem = answer.json()
        assert problem.keys() == {"type", "title", "status", "detail", "code", "retryAfterMs"}
        assert (problem["status"], problem["code"]) == (429, "rate_limited")
        assert answer.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert (await get(server, "/health", X_Forwarded_For="192.0.2.1")).status == 200
    for path in ("/livez", "/readyz", "/metrics", "/"):  # what keeps it running is not counted
        assert (await get(server, path)).status in (200, 503)
    assert (await get(server, "/readyz")).status == 200
