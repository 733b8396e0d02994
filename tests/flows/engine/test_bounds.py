"""Every bound has a named answer: what is too big, too many or too slow, and what it gets."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from parley.engine import Engine, Options, Reason, Server, http
from tests.support.engine import (
    Connection,
    Echo,
    EchoSession,
    Poller,
    WebSocketClient,
    http_connections,
    turn,
    until,
)
from tests.support.wsclient import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    client_fragments,
    client_frame,
)

Serve = Callable[..., Awaitable[int]]
SMALL = Options(max_message_bytes=1000, max_payload_bytes=3000)


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def server(echo: Echo) -> Server:
    return Server({"/": echo}, SMALL)


@pytest.fixture
async def port(serve: Serve, server: Server) -> int:
    return await serve(server)


# --- sizes ---------------------------------------------------------------------------------------


async def test_a_message_of_exactly_the_bound_passes(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    message = '42["x","' + "y" * 990 + '"]'
    assert len(message) == 1000
    client.send(message)
    assert await client.text() == message


@pytest.mark.parametrize(
    "frames",
    [
        [client_frame(TEXT, "4" * 1001)],
        [client_frame(BINARY, bytes(1001))],
        [client_frame(TEXT, "4" * 1001)[:14]],  # refused by its header, before the rest was sent
        client_fragments(TEXT, "4" * 1001, 300),
        [client_frame(TEXT, "4" * 900, fin=False), client_frame(CONT, "4" * 900)[:8]],
    ],
    ids=["text", "binary", "header alone", "fragments", "second header"],
)
async def test_a_message_that_is_too_big_is_closed_1009(
    port: int, echo: Echo, frames: list[bytes]
) -> None:
    client = await WebSocketClient.socketio(port)
    client.write(b"".join(frames))
    assert await client.closed() == 1009
    assert await client.rest() == b""
    await echo.diary.until("disconnect", Reason.PARSE_ERROR)


@pytest.mark.parametrize(
    "body",
    ["4" * 3001, "\x1e".join(["4"] * 17), "4" * 1001, "\x1e".join(["4" + "x" * 900] * 4)],
    ids=["payload", "packets", "message", "payload of small messages"],
)
async def test_a_polling_payload_that_is_too_big_is_answered_400(serve: Serve, body: str) -> None:
    options = Options(path="/engine.io/", max_message_bytes=1000, max_payload_bytes=3000)
    poller = Poller(await serve(Engine(options, EchoSession)), "/engine.io/")
    await poller.open()
    assert (await poller.post(body)).status == 400
    assert (await poller.get()).status == 400


async def test_a_polling_payload_of_exactly_the_bounds_passes(serve: Serve) -> None:
    options = Options(path="/engine.io/", max_message_bytes=1000, max_payload_bytes=3000)
    poller = Poller(await serve(Engine(options, EchoSession)), "/engine.io/")
    await poller.open()
    packets = ["4" + "x" * 999, *["4" + "y" * 98] * 15]
    await poller.say(*packets)
    assert await poller.poll() == packets


async def test_a_body_without_a_length_is_read_up_to_the_bound(port: int) -> None:
    poller = Poller(port)
    await poller.open()
    post = await Connection.open(port)
    post.request("POST", poller.target, Transfer_Encoding="chunked")
    post.write(b"400\r\n" + b"4" * 1024 + b"\r\n")
    post.write(b"1000\r\n" + b"4" * 4096 + b"\r\n")
    assert (await post.answer()).status == 400
    assert (await poller.get()).status == 400


async def write_until_refused(connection: Connection, data: bytes) -> None:
    """Write the same again and again until nobody listens any more, for which 8 MB must be enough."""
    with pytest.raises(ConnectionError):
        await _write_for_long(connection, data)


async def _write_for_long(connection: Connection, data: bytes) -> None:
    for _ in range(8_000_000 // len(data)):
        connection.write(data)
        await connection.writer.drain()
        await turn()


async def test_a_head_that_does_not_end_is_answered_431(port: int) -> None:
    connection = await Connection.open(port)
    connection.write(b"GET / HTTP/1.1\r\n")
    await write_until_refused(connection, b"X-Filler: " + b"x" * 4096 + b"\r\n")


BODY = b"POST /nothing HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [b"0\r\n" + b"X: y\r\n" * 1000, b"0\r\nX: " + b"x" * 8192, b"1\r\nx\r\n" * 1000],
    ids=["trailer of many lines", "trailer of one line", "chunks of one byte"],
)
async def test_what_is_around_a_body_has_a_bound(port: int, data: bytes) -> None:
    connection = await Connection.open(port)
    connection.write(BODY + data)
    assert (await connection.answer()).status == 404
    await write_until_refused(connection, data.removeprefix(b"0\r\n"))


async def test_a_trailer_is_read_and_dropped(port: int) -> None:
    connection = await Connection.open(port)
    connection.write(BODY + b"1\r\nx\r\n0\r\nUpgrade: websocket\r\nX: y\r\n\r\n")
    assert (await connection.answer()).status == 404
    connection.request("GET", "/nothing")
    assert (await connection.answer()).status == 404


async def test_a_long_body_in_pieces_goes_on(port: int) -> None:
    connection = await Connection.open(port)
    connection.write(BODY)
    assert (await connection.answer()).status == 404
    for _ in range(3000):
        connection.write(b"100\r\n" + b"x" * 256 + b"\r\n")
        await connection.writer.drain()
    connection.write(b"0\r\n\r\n")
    connection.request("GET", "/nothing")
    assert (await connection.answer()).status == 404


# --- frames --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (client_frame(TEXT, "42[]", mask=None), 1002),
        (client_frame(TEXT, "42[]", rsv=4), 1002),
        (client_frame(3, ""), 1002),
        (client_frame(CONT, "x"), 1002),
        (client_frame(PING, "x" * 126), 1002),
        (client_frame(CLOSE, b"\x03"), 1002),
        (client_frame(CLOSE, b"\x03\xed"), 1002),
        (client_frame(TEXT, b'42["\xff"]'), 1007),
        (client_frame(TEXT, b'42["\xed\xa0\x80"]'), 1007),
    ],
)
async def test_what_is_no_proper_frame_is_closed_with_its_code(
    port: int, echo: Echo, frame: bytes, code: int
) -> None:
    client = await WebSocketClient.socketio(port)
    client.write(frame)
    assert await client.closed() == code
    assert await client.rest() == b""
    assert echo.diary.entries[-1] == ("disconnect", Reason.PARSE_ERROR)


async def test_fragments_and_control_frames_between_them_are_one_message(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    first, *others = client_fragments(TEXT, '42["pieces","ü€😀"]', 3)
    client.write(first + client_frame(PING, "between") + b"".join(others))
    pong = await client.frame()
    assert (pong.opcode, pong.payload) == (PONG, b"between")
    assert await client.text() == '42["pieces","ü€😀"]'


async def test_a_message_that_arrives_byte_by_byte_is_one_message(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    for byte in client_frame(TEXT, '42["slowly"]'):
        client.write(bytes((byte,)))
        await client.writer.drain()
    assert await client.text() == '42["slowly"]'


# --- times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"GET /socket.io/ HTTP/1.1\r\nHost: te"])
async def test_whoever_does_not_finish_a_head_in_time_is_cut(serve: Serve, sent: bytes) -> None:
    connection = await Connection.open(
        await serve(Server({"/": Echo()}, Options(header_timeout=0.02)))
    )
    connection.write(sent)
    assert await connection.rest() == b""


async def test_a_dripping_head_gains_no_time(serve: Serve) -> None:
    connection = await Connection.open(
        await serve(Server({"/": Echo()}, Options(header_timeout=0.02)))
    )
    connection.write(b"GET / HTTP/1.1\r\n")
    await write_until_refused(connection, b"X: y\r\n")


async def test_a_second_request_s_head_is_on_the_clock_too(serve: Serve) -> None:
    connection = await Connection.open(
        await serve(Server({"/": Echo()}, Options(header_timeout=0.02)))
    )
    connection.request("GET", "/nothing")
    assert (await connection.answer()).status == 404
    connection.write(b"GET ")
    assert await connection.rest() == b""


async def test_a_body_that_does_not_come_is_answered_400(serve: Serve) -> None:
    port = await serve(Server({"/": Echo()}, Options(header_timeout=0.02)))
    poller = Poller(port)
    await poller.open()
    post = await Connection.open(port)
    post.write(f"POST {poller.target} HTTP/1.1\r\nContent-Length: 9\r\n\r\n40".encode())
    assert (await post.answer()).status == 400
    assert (await poller.get()).status == 400


@pytest.mark.parametrize("dripping", [b"", b"x"])
async def test_a_body_that_does_not_come_on_is_cut_after_the_answer_too(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, dripping: bytes
) -> None:
    monkeypatch.setattr(http, "_READ_WAIT", 0.05)
    connection = await Connection.open(await serve(Server({"/": Echo()})))
    connection.write(b"POST /nothing HTTP/1.1\r\nContent-Length: 9000000\r\n\r\nx")
    assert (await connection.answer()).status == 404
    if dripping:
        await write_until_refused(connection, dripping)
    else:
        assert await connection.rest() == b""


# --- readers that are too slow -------------------------------------------------------------------


async def test_a_websocket_that_does_not_read_is_closed_as_a_slow_consumer(
    serve: Serve, echo: Echo
) -> None:
    server = Server({"/": echo}, Options())
    server.engine.closers.seconds = 0.02
    client = await WebSocketClient.socketio(await serve(server))
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    socket = echo.sockets[0]
    session = socket.session
    assert session is not None
    sent = 0
    while session.open:
        socket.emit("news", "x" * 10_000)
        sent += 1
        assert session.backlog_bytes < 2 << 20
    assert sent > 100
    assert echo.diary.entries[-1] == ("disconnect", Reason.SLOW_CONSUMER)
    await until(lambda: not server.engine.closers)  # cut, not waited for


async def test_small_packets_are_counted_too(serve: Serve, echo: Echo) -> None:
    server = Server({"/": echo}, Options())
    poller = Poller(await serve(server))
    await poller.open()
    await poller.say("40")
    for number in range(256):
        assert not echo.diary.entries[1:], number
        echo.sockets[0].emit("n")
    assert echo.diary.entries[-1] == ("disconnect", Reason.SLOW_CONSUMER)
    assert (await poller.get()).status == 400


async def test_whoever_is_told_too_much_while_it_connects_has_not_connected(
    serve: Serve, echo: Echo
) -> None:
    server = Server({"/": echo}, Options(max_outbound_packets=1))
    poller = Poller(await serve(server))
    await poller.open()
    await poller.say("40/nowhere,")
    await poller.say("40")
    assert not server.engine.sessions
    assert not server.sockets
    assert echo.diary.entries == []


async def test_a_reader_that_catches_up_gets_all_of_it_in_order(serve: Serve, echo: Echo) -> None:
    client = await WebSocketClient.socketio(await serve(Server({"/": echo})))
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    session = echo.sockets[0].session
    assert session is not None
    sent = 0
    while not session.backlog:
        echo.sockets[0].emit("n", sent, "x" * 50_000)
        sent += 1
    client.writer.transport.resume_reading()  # type: ignore[attr-defined]
    got = [json.loads((await client.text())[2:])[1] for _ in range(sent)]
    assert got == list(range(sent))
    await until(lambda: session.backlog is None)
    assert session.backlog_bytes == 0


async def test_an_http_answer_that_nobody_reads_is_cut(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_READ_WAIT", 0.05)
    engine = Engine(Options(max_outbound_bytes=1 << 30), EchoSession)
    port = await serve(engine)
    poller = Poller(port)
    await poller.open()
    session = engine.find(poller.sid)
    assert session is not None
    for _ in range(200):
        session.send_message("x" * 100_000)
    connection = await Connection.open(port)
    connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
    connection.request("GET", poller.target)
    await until(lambda: session.backlog_bytes == 0)
    await until(lambda: http_connections(port) == 0)
    connection.writer.transport.resume_reading()  # type: ignore[attr-defined]
    assert len(await connection.rest()) < 20_000_000
