"""The upgrade from long-polling to WebSocket: nothing lost, nothing doubled, nobody stuck half-way."""

from __future__ import annotations

import pytest

from parley.engine import Engine, Reason
from tests.support.engine import (
    Connection,
    EchoSession,
    Poller,
    WebSocketClient,
    until,
    waiting_poll,
)
from tests.support.wsclient import client_close

WEBSOCKET = "/engine.io/?EIO=4&transport=websocket"


async def upgrade(port: int, poller: Poller) -> WebSocketClient:
    """A WebSocket that has probed, and is welcome."""
    client = await WebSocketClient.at(port, f"{WEBSOCKET}&sid={poller.sid}")
    client.send("2probe")
    assert await client.text() == "3probe"
    return client


async def test_polling_upgrades_to_a_websocket(poller: Poller, port: int) -> None:
    client = await upgrade(port, poller)
    assert await poller.poll() == ["6"]
    client.send("5", "4hello")
    assert await client.text() == "4hello"


async def test_a_poll_that_waits_is_released_by_the_probe(
    poller: Poller, port: int, session: EchoSession
) -> None:
    poll = await waiting_poll(port, poller, session)
    await upgrade(port, poller)
    assert (await poll.answer()).body == "6"


async def test_what_was_sent_during_the_upgrade_arrives_in_order(
    poller: Poller, port: int, session: EchoSession
) -> None:
    client = await upgrade(port, poller)
    session.send_message("one")
    session.send_message("two")
    client.send("5")
    session.send_message("three")
    assert [await client.text() for _ in range(3)] == ["4one", "4two", "4three"]


async def test_what_was_sent_during_the_upgrade_goes_to_a_poll_that_is_still_made(
    poller: Poller, port: int, session: EchoSession
) -> None:
    client = await upgrade(port, poller)
    session.send_message("one")
    assert await poller.poll() == ["4one"]
    client.send("5", "4two")
    assert await client.text() == "4two"


async def test_polling_is_over_after_the_upgrade(poller: Poller, port: int) -> None:
    client = await upgrade(port, poller)
    client.send("5", "4settled")
    assert await client.text() == "4settled"
    assert (await poller.get()).status == 400
    assert (await poller.post("4x")).status == 400
    client.send("4hello")
    assert await client.text() == "4hello"


@pytest.mark.parametrize("done", [True, False], ids=["upgraded", "upgrading"])
async def test_a_second_websocket_of_a_session_is_closed(
    poller: Poller, port: int, done: bool
) -> None:
    client = await upgrade(port, poller)
    if done:
        client.send("5")
    second = await WebSocketClient.at(port, f"{WEBSOCKET}&sid={poller.sid}")
    assert await second.closed() == 1008
    client.send("5", "4hello") if not done else client.send("4hello")
    assert await client.text() == "4hello"


@pytest.mark.parametrize("packet", ["5", "4hello", "3probe", b"2probe"])
async def test_what_is_no_probe_is_closed_and_polling_goes_on(
    poller: Poller, port: int, packet: str | bytes
) -> None:
    client = await WebSocketClient.at(port, f"{WEBSOCKET}&sid={poller.sid}")
    client.send(packet)
    assert await client.closed() == 1002
    await poller.say("4still polling")
    assert await poller.poll() == ["4still polling"]


@pytest.mark.parametrize("end", ["cut", "close"])
async def test_a_probe_that_goes_away_leaves_polling_as_it_was(
    poller: Poller, port: int, session: EchoSession, end: str
) -> None:
    client = await upgrade(port, poller)
    client.cut() if end == "cut" else client.write(client_close(1000))
    await until(lambda: session.polling is not None and session.polling.probe is None)
    poll = await waiting_poll(port, poller, session)
    session.send_message("hello")
    assert (await poll.answer()).body == "4hello"
    again = await upgrade(port, poller)
    again.send("5", "4hello")
    assert await again.text() == "4hello"


async def test_a_websocket_that_never_probes_is_cut_and_polling_goes_on(
    poller: Poller, port: int, engine: Engine[EchoSession], session: EchoSession
) -> None:
    engine.closers.seconds = 0.02
    client = await WebSocketClient.at(port, f"{WEBSOCKET}&sid={poller.sid}")
    assert await client.rest() == b""
    assert session.open
    await poller.say("4still polling")
    assert await poller.poll() == ["4still polling"]


async def test_a_post_that_is_read_across_the_upgrade_is_heard(
    poller: Poller, port: int, session: EchoSession
) -> None:
    post = await Connection.open(port)
    post.write(
        f"POST {poller.target} HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\n\r\n4he".encode()
    )
    await until(lambda: session.polling is not None and session.polling.posting)
    client = await upgrade(port, poller)
    client.send("5", "4first")
    assert await client.text() == "4first"
    post.write(b"llo")
    assert (await post.answer()).body == "ok"
    assert await client.text() == "4hello"


async def test_a_session_that_closes_while_it_is_probed_takes_nothing_over(
    poller: Poller, port: int, session: EchoSession
) -> None:
    client = await upgrade(port, poller)
    session.close(Reason.SERVER_LEFT)
    client.send("5")
    assert await client.closed() == 1002
