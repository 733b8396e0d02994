"""Ten thousand hostile messages: no crash, no traceback, nothing left behind, and nobody else notices."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import pytest

from parley.engine import Options, Server
from tests.support.engine import Connection, Echo, Poller, WebSocketClient, until
from tests.support.wsclient import BINARY, TEXT, client_frame

Serve = Callable[..., Awaitable[int]]

SEEDS = [
    "2",
    "3",
    "40",
    "40/custom,",
    '40{"pid":"x.y","offset":"z"}',
    "41",
    "41/custom,",
    '42["x",1,"two",{"three":[null,true,1.5e3]}]',
    '42/custom,7["x"]',
    '437["answer"]',
    '44{"message":"no"}',
    '452-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
    '461-3[{"_placeholder":true,"num":0}]',
    '42["\\ud83d\\ude00","\\u0000","ü€"]',
    '{"event":"x","data":{"a":1},"id":7}',
]


def mutated(dice: random.Random) -> str | bytes:
    """A message that was proper once; or never."""
    text = list(dice.choice(SEEDS))
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(text) + 1)
        match dice.randrange(4):
            case 0:
                text[at:at] = dice.choice(['"', "[", "]", "{", "-", ",", "/", "9" * 20, "\\u", "é"])
            case 1:
                del text[at : at + dice.randrange(1, 4)]
            case 2:
                text[at:at] = text[: dice.randrange(len(text) + 1)]
            case _:
                text[at : at + 1] = chr(dice.randrange(1, 0x250))
    message = "".join(text)
    return message.encode() if dice.random() < 0.1 else message


def frames(dice: random.Random, count: int) -> bytes:
    """So many messages in frames, some of which are broken as well."""
    stream = bytearray()
    for _ in range(count):
        message = mutated(dice)
        frame = bytearray(client_frame(TEXT if isinstance(message, str) else BINARY, message))
        if dice.random() < 0.02:
            frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
        stream += frame
    return bytes(stream)


async def test_ten_thousand_messages_harm_nobody(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    dice = random.Random(20_250_611)
    echo = Echo()
    server = Server({"/": echo, "/custom": echo}, Options(recovery_window=0.05))
    server.engine.closers.seconds = 0.02
    port = await serve(server, plain={"/ws": echo})
    witness = await WebSocketClient.socketio(port)
    for number in range(500):
        if number % 4:
            client = await WebSocketClient.engine(port)
            client.send("40")
        else:
            client = await WebSocketClient.at(port, "/ws")
        client.write(frames(dice, 20))
        if number % 2:
            client.cut()
        else:
            client.write(client_frame(8, b"\x03\xe8"))
            await client.rest()
        await client.close()
        if number % 100 == 0:
            witness.send(f'42{number}["unharmed"]')
            assert await witness.text() == f"43{number}[]"
    await until(lambda: len(server.engine.sessions) == 1 and len(server.sockets) == 1)
    assert not caplog.records
    assert server.engine.malformed > 100


async def test_a_thousand_polling_payloads_harm_nobody(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    dice = random.Random(20_250_612)
    server = Server({"/": Echo(), "/custom": Echo()})
    port = await serve(server)
    poller = Poller(port)
    connection = await Connection.open(port)
    for _ in range(1000):
        poller.sid = "" if dice.random() < 0.01 else poller.sid
        if not poller.sid:
            await poller.open()
        parts = [mutated(dice) for _ in range(dice.randrange(1, 5))]
        body = "\x1e".join(part if isinstance(part, str) else "bAQ==" for part in parts)
        connection.request("POST", poller.target, body)
        answer = await connection.answer()
        assert answer.status in (200, 400)
        if answer.status == 400:
            poller.sid = ""
    assert not caplog.records
