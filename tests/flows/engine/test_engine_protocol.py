"""The Engine.IO protocol v4 over the real wire: handshake, messages, heartbeat, close."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parley.engine import Engine, Options, Reason
from tests.support.engine import (
    Connection,
    EchoSession,
    Poller,
    WebSocketClient,
    until,
    waiting_poll,
)
from tests.support.wsclient import client_close

Serve = Callable[..., Awaitable[int]]
PATH = "/engine.io/"
WEBSOCKET = f"{PATH}?EIO=4&transport=websocket"
QUICK = Options(path=PATH, ping_interval=0.03, ping_timeout=0.02)


def check_open_packet(opened: dict[str, Any], upgrades: list[str]) -> None:
    assert isinstance(opened.pop("sid"), str)
    assert opened == {
        "upgrades": upgrades,
        "pingInterval": 25_000,
        "pingTimeout": 20_000,
        "maxPayload": 1_000_000,
    }


# --- handshake -----------------------------------------------------------------------------------


async def test_polling_opens_a_session_that_may_upgrade(port: int) -> None:
    check_open_packet(await Poller(port, PATH).open(), ["websocket"])


async def test_a_websocket_opens_a_session_that_has_nothing_to_upgrade_to(port: int) -> None:
    client = await WebSocketClient.at(port, WEBSOCKET)
    packet = await client.text()
    assert packet[0] == "0"
    check_open_packet(json.loads(packet[1:]), [])


WRONG_QUERIES = {
    "transport={0}": 5,
    "EIO=abc&transport={0}": 5,
    "EIO=3&transport={0}": 5,
    "EIO=4": 0,
    "EIO=4&transport=abc": 0,
    "": 0,
    "EIO=4&transport={0}&sid=nobody": 1,
    "EIO=4&transport={1}": 3,
    "&".join(["EIO=4&transport={0}", *["a=b"] * 40]): 3,
}


@pytest.mark.parametrize(("query", "code"), WRONG_QUERIES.items())
async def test_a_wrong_query_is_answered_400_on_polling(port: int, query: str, code: int) -> None:
    target = f"{PATH}?{query.format('polling', 'websocket')}"
    answer = await Poller(port).send("GET", target)
    assert (answer.status, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(("query", "code"), WRONG_QUERIES.items())
async def test_a_wrong_query_is_answered_400_on_upgrade(port: int, query: str, code: int) -> None:
    client = await Connection.open(port)
    websocket = WebSocketClient(client.reader, client.writer)
    websocket.upgrade(f"{PATH}?{query.format('websocket', 'polling')}")
    answer = await client.answer()
    assert (answer.status, answer.json()["code"]) == (400, code)
    assert await client.rest() == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_only_get_opens_a_session(port: int, method: str) -> None:
    answer = await Poller(port).send(method, f"{PATH}?EIO=4&transport=polling", "")
    assert (answer.status, answer.json()["code"]) == (400, 2)


async def test_other_methods_do_nothing_to_a_session(poller: Poller) -> None:
    assert (await poller.send("PUT", poller.target, "4x")).status == 400
    await poller.say("4still here")
    assert await poller.poll() == ["4still here"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_WebSocket_Version": "8"}, 426),
        ({"Sec_WebSocket_Key": ""}, 400),
        ({"Sec_WebSocket_Key": "dG9vIHNob3J0"}, 400),
        ({"Sec_WebSocket_Key": "not base64!!"}, 400),
    ],
)
async def test_an_improper_opening_handshake_is_refused(
    port: int, headers: dict[str, str], status: int
) -> None:
    client = await Connection.open(port)
    WebSocketClient(client.reader, client.writer).upgrade(WEBSOCKET, **headers)
    answer = await client.answer()
    assert answer.status == status
    assert status != 426 or answer.headers["sec-websocket-version"] == "13"


async def test_the_accept_header_is_that_of_the_rfc_and_no_extension_is_taken(port: int) -> None:
    connection = await Connection.open(port)
    WebSocketClient(connection.reader, connection.writer).upgrade(
        WEBSOCKET,
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits",
    )
    answer = await connection.answer()
    assert answer.status == 101
    assert answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert "sec-websocket-extensions" not in answer.headers


# --- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "packets", [["4hello"], ["4test1", "4test2", "4test3"], ["4hello", "bAQIDBA=="], ["4ünï €"]]
)
async def test_a_payload_comes_back_as_it_was(poller: Poller, packets: list[str]) -> None:
    await poller.say(*packets)
    assert await poller.poll() == packets


async def test_polling_answers_are_plain_text_and_kept_by_no_cache(poller: Poller) -> None:
    await poller.say("4x")
    answer = await poller.get()
    assert answer.headers["content-type"] == "text/plain; charset=UTF-8"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("body", ["abc", "", "4ok\x1e", "7", "b===", "4ok\x1ebA"])
async def test_a_malformed_payload_closes_the_session(poller: Poller, body: str) -> None:
    assert (await poller.post(body)).status == 400
    assert (await poller.get()).status == 400


async def test_a_websocket_carries_text_and_binary(port: int) -> None:
    client = await WebSocketClient.engine(port, PATH)
    client.send("4hello", b"\x01\x02\x03\x04")
    assert await client.text() == "4hello"
    assert (await client.frame()).payload == b"\x01\x02\x03\x04"


@pytest.mark.parametrize("message", ["abc", "", "7", "0"])
async def test_a_malformed_packet_closes_the_websocket(port: int, message: str) -> None:
    client = await WebSocketClient.engine(port, PATH)
    client.send(message)
    assert await client.closed() == 1002


async def test_a_second_poll_at_once_ends_the_session(poller: Poller, port: int) -> None:
    first, second = await Connection.open(port), await Connection.open(port)
    first.request("GET", poller.target)
    second.request("GET", poller.target)
    statuses = {
        (answer.status, answer.body) for answer in [await first.answer(), await second.answer()]
    }
    assert (200, "1") in statuses
    assert {status for status, _ in statuses} == {200, 400}
    assert (await poller.get()).status == 400


async def test_a_second_post_at_once_ends_the_session(
    poller: Poller, port: int, session: EchoSession
) -> None:
    first = await Connection.open(port)
    first.write(
        f"POST {poller.target} HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\n4he".encode()
    )
    await until(lambda: session.polling is not None and session.polling.posting)
    assert (await poller.post("4x")).status == 400
    assert not session.open


async def test_a_poll_that_its_client_aborts_ends_the_session(
    poller: Poller, port: int, session: EchoSession
) -> None:
    poll = await waiting_poll(port, poller, session)
    poll.cut()
    await until(lambda: not session.open)
    assert (await poller.get()).status == 400


# --- heartbeat -----------------------------------------------------------------------------------


async def test_polling_is_pinged_again_and_again(serve: Serve) -> None:
    poller = Poller(await serve(Engine(QUICK, EchoSession)), PATH)
    await poller.open()
    for _ in range(3):
        assert await poller.poll() == ["2"]
        await poller.say("3")


async def test_a_websocket_is_pinged_again_and_again(serve: Serve) -> None:
    client = await WebSocketClient.engine(await serve(Engine(QUICK, EchoSession)), PATH)
    for _ in range(3):
        assert (await client.frame()).text == "2"
        client.send("3")


async def test_an_unanswered_ping_closes_the_websocket(serve: Serve) -> None:
    client = await WebSocketClient.engine(await serve(Engine(QUICK, EchoSession)), PATH)
    assert await client.closed() == 1001


async def test_an_unanswered_ping_ends_a_polling_session(serve: Serve) -> None:
    engine = Engine(QUICK, EchoSession)
    poller = Poller(await serve(engine), PATH)
    await poller.open()
    assert await poller.poll() == ["2"]
    assert await poller.poll() == ["1"]
    assert (await poller.get()).status == 400
    assert not engine.sessions


async def test_a_poll_after_the_deadline_is_refused_though_the_timer_has_not_come_round(
    poller: Poller, engine: Engine[EchoSession], session: EchoSession
) -> None:
    engine.pongs.seconds = 0
    session.ping()
    assert engine.find(poller.sid) is None
    assert not session.open


# --- close ---------------------------------------------------------------------------------------


async def test_a_client_that_closes_ends_its_own_poll_with_a_noop(
    poller: Poller, port: int, session: EchoSession
) -> None:
    poll = await waiting_poll(port, poller, session)
    await poller.say("1")
    answer = await poll.answer()
    assert (answer.status, answer.body) == (200, "6")
    assert (await poller.get()).status == 400


async def test_a_client_that_closes_has_its_websocket_closed(port: int) -> None:
    client = await WebSocketClient.engine(port, PATH)
    client.send("1")
    assert await client.closed() == 1000


async def test_a_websocket_close_frame_is_answered_and_ends_the_session(
    port: int, engine: Engine[EchoSession]
) -> None:
    client = await WebSocketClient.engine(port, PATH)
    client.write(client_close(1001))
    assert await client.closed() == 1001
    assert await client.rest() == b""
    assert not engine.sessions


async def test_a_session_closed_between_two_polls_tells_the_next_one(
    poller: Poller, session: EchoSession
) -> None:
    session.send_message("last words")
    session.close(Reason.SERVER_LEFT)
    assert (await poller.post("4too late")).status == 400
    assert await poller.poll() == ["4last words", "1"]
    assert (await poller.get()).status == 400


async def test_a_session_closed_during_a_poll_ends_it(
    poller: Poller, port: int, session: EchoSession
) -> None:
    poll = await waiting_poll(port, poller, session)
    session.send_message("last words")
    session.close(Reason.SERVER_LEFT)
    assert (await poll.answer()).body == "4last words\x1e1"
    assert (await poller.get()).status == 400
