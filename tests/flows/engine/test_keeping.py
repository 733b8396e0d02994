"""What is kept for a client that may come back: all that it has not seen, and no more than that weighs."""

from __future__ import annotations

import tracemalloc

import msgspec
import pytest

from parley.engine import Options, Reason, Server, Socket
from tests.support.engine import Echo, WebSocketClient

from .conftest import Serve


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def client(serve: Serve, echo: Echo) -> WebSocketClient:
    options = Options(recovery_window=30, max_outbound_packets=16)
    return await WebSocketClient.socketio(await serve(Server({"/": echo}, options)))


@pytest.fixture
def socket(client: WebSocketClient, echo: Echo) -> Socket:
    return echo.sockets[0]


async def test_many_events_that_no_pong_confirmed_ask_for_one(
    client: WebSocketClient, socket: Socket
) -> None:
    for number in range(5):
        socket.emit("n", number)
    assert [(await client.frame()).text[:2] for _ in range(6)] == ["42"] * 4 + ["2", "42"]


async def test_a_client_that_is_asked_and_hears_more_meanwhile_is_asked_again(
    client: WebSocketClient, socket: Socket
) -> None:
    for number in range(8):
        socket.emit("n", number)
    assert [(await client.frame()).text[:2] for _ in range(9)] == ["42"] * 4 + ["2"] + ["42"] * 4
    client.send("3", '42["echoed"]')
    assert [(await client.frame()).text[:2] for _ in range(2)] == ["42", "2"]


async def test_an_absent_client_that_misses_a_few_large_events_too_many_is_given_up(
    serve: Serve, echo: Echo
) -> None:
    options = Options(recovery_window=30, max_outbound_packets=16, max_outbound_bytes=16_384)
    client = await WebSocketClient.socketio(await serve(Server({"/": echo}, options)))
    socket = echo.sockets[0]
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    for _ in range(2):
        socket.emit("large", "x" * 8000)
    assert socket.missing
    socket.emit("small", "x" * 500)
    assert not socket.connected


async def test_what_waits_for_the_end_of_the_turn_when_the_transport_breaks_was_not_seen(
    client: WebSocketClient, socket: Socket
) -> None:
    socket.emit("seen")
    await client.text()
    socket.emit("missed")
    assert socket.session is not None
    assert socket.session.websocket is not None
    socket.session.websocket.connection_lost(None)
    assert socket.kept is not None
    assert [socket.encoding.read(frames)[0] for frames in socket.kept.unseen()] == ["missed"]


async def test_a_small_body_that_is_kept_does_not_keep_the_big_message_around_it(
    client: WebSocketClient, socket: Socket, echo: Echo
) -> None:
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    padding = 60_000
    message = b'{"body":{"sdp":"v=0"},"more":"' + b"x" * padding + b'"}'
    tracemalloc.start()
    try:
        for _ in range(5):
            body = msgspec.json.decode(bytearray(message), type=dict[str, msgspec.Raw])["body"]
            socket.emit("relayed", body)
        del body
        assert tracemalloc.get_traced_memory()[0] < padding
    finally:
        tracemalloc.stop()
    assert socket.missing
