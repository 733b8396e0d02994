"""How WebSockets write: what belongs together in one piece, everything in order, nothing behind a close frame."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from parley.engine import Engine, Options, Reason, Server
from parley.engine.websocket import WebSocket
from tests.support.engine import Echo, EchoSession, WebSocketClient, turn, until
from tests.support.smtp import Certificate
from tests.support.wsclient import CLOSE, PONG, TEXT, ServerFrame, ServerFrames

from .conftest import Serve


class Pieces(asyncio.Transport):
    """A transport without a socket, which keeps what it is given. `unsent` is what it had before, in bytes."""

    def __init__(self, unsent: int = 0) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.unsent = unsent

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Nothing ever arrives."""

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return 0, 1

    def frames(self) -> list[list[ServerFrame]]:
        """The frames in each piece."""
        reader = ServerFrames()
        return [reader.feed(piece) for piece in self.pieces]


@pytest.fixture
def transport() -> Pieces:
    return Pieces()


@pytest.fixture
def session(transport: Pieces) -> EchoSession:
    return open_session(transport)


def only_session(engine: Engine[EchoSession]) -> EchoSession:
    (session,) = engine.sessions
    assert isinstance(session, EchoSession)
    return session


@pytest.fixture
def websocket(session: EchoSession) -> WebSocket:
    assert session.websocket is not None
    return session.websocket


def open_session(transport: Pieces, engine: Engine[EchoSession] | None = None) -> EchoSession:
    """A session on a WebSocket that is open."""
    engine = engine or Engine(Options(), EchoSession)
    session = EchoSession(engine, "", "", "sid")
    session.websocket = WebSocket(transport, engine)
    session.websocket.carry(session)
    return session


async def test_what_is_written_in_one_turn_leaves_in_one_piece_at_its_end(
    session: EchoSession, transport: Pieces
) -> None:
    for number in range(3):
        session.send_message(str(number))
    assert transport.pieces == []
    await turn()
    session.send_message("later")
    await turn()
    texts = [[frame.text for frame in piece] for piece in transport.frames()]
    assert texts == [["40", "41", "42"], ["4later"]]


async def test_much_does_not_wait_for_the_end_of_the_turn(
    session: EchoSession, transport: Pieces
) -> None:
    for _ in range(10):
        session.send_message("x" * 30_000)
    assert [len(piece) > 65536 for piece in transport.pieces] == [True] * 3
    await turn()
    assert sum(map(len, transport.frames())) == 10


async def test_a_crowd_does_not_wait_for_the_end_of_the_turn() -> None:
    engine = Engine(Options(), EchoSession)
    transports = [Pieces() for _ in range(100)]
    for transport in transports:
        open_session(transport, engine).send_message("x")
    assert sum(len(transport.pieces) for transport in transports) == 96
    await turn()
    assert all(len(transport.pieces) == 1 for transport in transports)


async def test_a_close_frame_goes_out_at_once_behind_all_else_and_nothing_follows_it(
    session: EchoSession, transport: Pieces
) -> None:
    session.send_message("last")
    session.close(Reason.SERVER_LEFT)
    session.send_message("never")
    assert [frame.opcode for piece in transport.frames() for frame in piece] == [TEXT, CLOSE]
    await turn()
    assert len(transport.pieces) == 2


async def test_the_ping_that_is_one_too_many_gets_no_pong_behind_the_close_frame(
    websocket: WebSocket, transport: Pieces
) -> None:
    websocket.data_received(b"\x89\x80\x00\x00\x00\x00" * 200)
    opcodes = [frame.opcode for piece in transport.frames() for frame in piece]
    assert opcodes == [PONG] * 100 + [CLOSE]


class OnSocket(Pieces):
    """The same, with a socket that is written to past it."""

    def __init__(self, socket: socket.socket) -> None:
        super().__init__()
        self.socket = socket

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.socket if name == "socket" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""


async def test_frames_go_past_the_transport_until_the_connection_is_lost_and_never_again() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        transport = OnSocket(ours)
        session = open_session(transport)
        websocket = session.websocket
        assert websocket is not None
        session.send_message("x")
        await turn()
        assert [frame.text for frame in ServerFrames().feed(theirs.recv(100))] == ["4x"]
        assert transport.pieces == []
        websocket.connection_lost(None)
        websocket.write(b"for somebody else")
        with pytest.raises(BlockingIOError):
            theirs.recv(100)


async def test_a_reader_that_catches_up_gets_many_packets_in_few_pieces() -> None:
    transport = Pieces(unsent=2)
    session = open_session(transport)
    for number in range(100):
        session.send_message(f"{number}".ljust(1000))
    assert session.websocket is not None
    session.websocket.resume_writing()
    pieces = transport.frames()
    assert len(pieces) == 2
    assert [int(frame.text[1:]) for piece in pieces for frame in piece] == list(range(100))
    assert (session.backlog, session.backlog_bytes) == (None, 0)


class Broken(Pieces):
    """A transport that raises what none should."""

    def write(self, data: Any) -> None:
        raise RuntimeError("broken")


async def test_one_that_cannot_write_keeps_nobody_else_from_it() -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
    engine = Engine(Options(), EchoSession)
    transports = [Pieces(), Broken(), Pieces()]
    for transport in transports:
        open_session(transport, engine).send_message("x")
    await until(lambda: all(transport.pieces for transport in transports[::2]))
    assert [context["exception"].args for context in told] == [("broken",)]


async def test_who_was_cut_is_sent_nothing_that_waited(
    session: EchoSession, websocket: WebSocket, transport: Pieces
) -> None:
    session.send_message("lost")
    websocket.connection_lost(None)
    await turn()
    assert transport.pieces == []


async def test_a_transport_that_was_behind_when_it_was_taken_over_is_waited_for() -> None:
    transport = Pieces(unsent=2)
    session = open_session(transport)
    session.send_message("late")
    await turn()
    assert transport.pieces == []
    assert session.websocket is not None
    session.websocket.resume_writing()
    await turn()
    assert len(transport.pieces) == 1


async def test_a_transport_that_has_something_left_but_is_not_behind_is_written_to() -> None:
    """As one that encrypts may: it would never say that it has caught up."""
    transport = Pieces(unsent=1)
    open_session(transport).send_message("now")
    await turn()
    assert len(transport.pieces) == 1


async def test_what_waits_for_the_end_of_the_turn_goes_before_what_waits_for_room(
    session: EchoSession, websocket: WebSocket, transport: Pieces
) -> None:
    """As when a pong finds the socket full, and it has room again in the same turn."""
    session.send_message("first")
    websocket.pause_writing()
    session.send_message("second")
    websocket.resume_writing()
    session.send_message("third")
    await turn()
    texts = [frame.text for piece in transport.frames() for frame in piece]
    assert texts == ["4first", "4second", "4third"]


def drain(client: WebSocketClient) -> bytes:
    """What has arrived, past the client's own transport and without a turn of the loop."""
    received = b""
    descriptor = client.writer.get_extra_info("socket").fileno()
    while True:
        try:
            received += os.read(descriptor, 1 << 20)
        except BlockingIOError:
            return received


async def test_nothing_overtakes_what_the_transport_has_yet_to_send(serve: Serve) -> None:
    """Not even when the socket has room again and the transport does not know of it yet."""
    engine = Engine(Options(), EchoSession)
    client = await WebSocketClient.engine(await serve(engine))
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    session = only_session(engine)
    websocket = session.websocket
    assert websocket is not None
    sent = 0
    while not websocket._transport.get_write_buffer_size():
        session.send_message(f"{sent}.".ljust(20_011, "x"))
        session.flush()
        sent += 1
    received = drain(client)
    session.send_message(f"{sent}.".ljust(20_011, "x"))
    session.flush()
    websocket.close(1000, "")
    frames = ServerFrames()
    got = frames.feed(received)
    while not got or got[-1].opcode != CLOSE:
        got += frames.feed(drain(client))
        await turn()
    # What waits behind the transport is for a client that reads; one that is closed hears no more of it.
    assert [int(frame.text[1:].partition(".")[0]) for frame in got[:-1]] == list(range(sent))


async def test_what_the_socket_did_not_take_stays_in_order_with_what_follows(serve: Serve) -> None:
    """Through the socket itself, the transport's buffer and the backlog, and through them again."""
    echo = Echo()
    client = await WebSocketClient.socketio(await serve(Server({"/": echo})))
    session = echo.sockets[0].session
    assert session is not None
    sent = 0
    got: list[int] = []
    for _ in range(3):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        while not session.backlog:
            echo.sockets[0].emit("n", sent, "x" * 20_011)
            sent += 1
            await turn()
        client.write(b"\x89\x80\x00\x00\x00\x00")  # a ping's pong may not come in between
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        while len(got) < sent:
            frame = await client.frame()
            if frame.opcode != PONG and frame.text != "2":
                got.append(json.loads(frame.text[2:])[1])
        await until(lambda: session.backlog is None)
    assert got == list(range(sent))


async def test_who_sends_no_more_still_gets_all_that_was_sent_to_it(serve: Serve) -> None:
    engine = Engine(Options(), EchoSession)
    client = await WebSocketClient.engine(await serve(engine))
    session = only_session(engine)
    assert session.websocket is not None
    own = session.websocket._transport.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    with socket.socket(fileno=os.dup(client.writer.get_extra_info("socket").fileno())) as same:
        same.shutdown(socket.SHUT_WR)  # at once: the server is to see it before the turn ends
    session.send_message("x" * 60_000)
    assert await client.text() == "4" + "x" * 60_000


async def test_over_tls_nothing_goes_past_the_transport(serve: Serve, tmp_path: Path) -> None:
    certificate = Certificate.make(tmp_path)
    engine = Engine(Options(), EchoSession)
    port = await serve(engine, tls=certificate.context())
    trusting = ssl.create_default_context(cafile=str(certificate.certificate))
    trusting.check_hostname = False
    opened = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
    client = WebSocketClient(*opened)
    client.upgrade("/socket.io/?EIO=4&transport=websocket")
    assert (await client.answer()).status == 101
    assert (await client.text())[0] == "0"
    session = only_session(engine)
    for letter in "abc":  # unasked: what comes in lets the transport say that it is behind
        session.send_message(letter * 40_000)
        assert await client.text() == "4" + letter * 40_000
