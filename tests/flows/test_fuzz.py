"""Ten thousand hostile events and frames: no crash, no traceback, and the next two strangers meet."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from urllib.request import urlopen

import pytest

from tests.support.engine import Connection, Poller, WebSocketClient
from tests.support.fuzz import Fuzz
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import Kind, SocketLine

pytestmark = pytest.mark.usefixtures("strangers")

# Below the hundred refusals at which a client is shown the door.
PER_CLIENT = 80


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    limits = dict.fromkeys(
        ("limit_events", "limit_chat", "limit_skip", "limit_candidates", "limit_typing"),
        "100000/100000",
    )
    with ParleyServer(tmp_path_factory.mktemp("fuzz"), resume_ms=200, **limits) as running:
        yield running


@pytest.fixture(autouse=True)
async def unharmed(server: ParleyServer, strangers: None) -> AsyncIterator[None]:
    """After each test the server is well, has nothing to complain of, and strangers meet."""
    yield
    with urlopen(f"{server.base_url}/health") as answer:
        assert json.load(answer)["status"] == "ok"
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    must = {"countries": ["FUZZ"], "countryRequired": True, "myCountry": "FUZZ"}
    await one.do("join", {"type": "chat", "preferences": must})
    await other.do("join", {"type": "chat", "preferences": must})
    await one.hear("waiting_for_partner")
    room = (await one.hear("partner_found"))["roomId"]
    await one.do("send_message", {"roomId": room, "message": "all is well"})
    await other.hear("partner_found")
    assert (await other.hear("new_message"))["text"] == "all is well"
    assert "[error" not in server.log, server.log


@pytest.mark.parametrize(
    ("over", "dialect", "events"),
    [("websocket", "native", 4000), ("plain", "native", 2000), ("websocket", "omegle", 1000)],
)
async def test_fuzzed_events_are_answered_and_nothing_more(
    server: ParleyServer, over: Kind, dialect: str, events: int
) -> None:
    fuzz = Fuzz(1)
    for _ in range(events // PER_CLIENT):
        one = await Stranger.arrive(server.port, dialect, over=over)
        other = await Stranger.arrive(server.port)
        room = "x"
        if dialect == "native":
            room = await couple(one, other)
        for _ in range(PER_CLIENT):
            name, args = fuzz.event(room)
            await one.emit(name, *args)
        await one.ask("nonsense")
        for stranger in (one, other):
            await stranger.go()


async def test_fuzzed_packets_end_at_most_their_own_session(server: ParleyServer) -> None:
    fuzz = Fuzz(2)
    for n in range(400):
        over: Kind = "plain" if n % 2 else "websocket"
        one = await Stranger.arrive(server.port, over=over)
        assert isinstance(one.line, SocketLine)
        one.line.client.send(*(fuzz.text("x") for _ in range(4)))
        await one.go()


async def test_fuzzed_frames_end_at_most_their_own_connection(server: ParleyServer) -> None:
    fuzz = Fuzz(3)
    for n in range(400):
        path = "/ws" if n % 2 else "/socket.io/?EIO=4&transport=websocket"
        client = await WebSocketClient.at(server.port, path)
        if not n % 2:
            client.send("40")
        for _ in range(4):
            client.write(fuzz.frame("x"))
        client.writer.write_eof()
        await client.rest()
        await client.close()


async def test_fuzzed_polls_are_answered(server: ParleyServer) -> None:
    fuzz = Fuzz(4)
    for _ in range(100):
        poller = Poller(server.port)
        await poller.open()
        await poller.say("40")
        answer = await poller.post("\x1e".join(fuzz.text("x") for _ in range(4)))
        assert answer.status in (200, 400)


async def test_noise_instead_of_http_is_no_matter(server: ParleyServer) -> None:
    fuzz = Fuzz(5)
    for _ in range(200):
        connection = await Connection.open(server.port)
        connection.write(fuzz.noise(200))
        connection.writer.write_eof()
        await connection.rest()
        await connection.close()
