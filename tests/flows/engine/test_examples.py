"""The two examples serve what they say, on both address families, and end when they are told to."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.engine import PATIENCE, Connection, Poller, WebSocketClient

EXAMPLES = Path(__file__).parents[3] / "examples"


def free_port() -> int:
    with socket.create_server(("", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def example(name: str) -> AsyncIterator[int]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", str(EXAMPLES / name), str(port), stderr=-1, stdout=-1
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while not await listens(port):
                assert process.returncode is None
        yield port
        await Connection.close_all()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            _, errors = await process.communicate()
        assert b"Traceback" not in errors, errors.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def listens(port: int) -> bool:
    try:
        connection = await Connection.open(port)
    except ConnectionRefusedError:
        return False
    await connection.close()
    return True


async def test_echo_greets_echoes_and_acknowledges() -> None:
    async with example("echo.py") as port:
        for namespace in ("", "/custom,"):
            client = await WebSocketClient.engine(port)
            client.send(
                f'40{namespace}{{"token":"123"}}', f'42{namespace}["message",1,{{"2":[true]}}]'
            )
            assert (await client.text()).startswith(f"40{namespace}{{")
            assert await client.text() == f'42{namespace}["auth",{{"token":"123"}}]'
            assert await client.text() == f'42{namespace}["message-back",1,{{"2":[true]}}]'
            client.send(f'42{namespace}7["message-with-ack","x"]')
            assert await client.text() == f'43{namespace}7["x"]'
        client.send("40/random")
        assert await client.text() == '44/random,{"message":"Invalid namespace"}'


async def test_echo_says_the_times_and_sizes_that_suites_expect() -> None:
    async with example("echo.py") as port:
        opened = await Poller(port).open()
        assert (opened["pingInterval"], opened["pingTimeout"]) == (300, 200)
        assert opened["maxPayload"] == 1_000_000
        client = await WebSocketClient.engine(port)
        assert (await client.frame()).text == "2"  # and joins nothing, so that it is closed
        assert await client.closed() in (1001, 1008)


async def test_echo_engine_echoes_text_and_binary() -> None:
    async with example("echo_engine.py") as port:
        client = await WebSocketClient.engine(port, "/engine.io/")
        client.send("4hello", b"\x01\x02")
        assert await client.text() == "4hello"
        assert (await client.frame()).payload == b"\x01\x02"
        poller = Poller(port, "/engine.io/")
        assert (await poller.open(Origin="https://any.example"))["pingInterval"] == 300
        await poller.say("4hello", "bAQI=")
        assert await poller.poll() == ["4hello", "bAQI="]


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
async def test_an_example_answers_on_ipv6_as_well() -> None:
    async with example("echo.py") as port:
        reader, writer = await asyncio.open_connection("::1", port)
        connection = Connection(reader, writer)
        connection.request("GET", "/socket.io/?EIO=4&transport=polling")
        assert json.loads((await connection.answer()).body[1:])["upgrades"] == ["websocket"]
