"""The Socket.IO protocol v5 over the real wire: namespaces, events, acknowledgements, attachments."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parley.engine import ConnectRefused, Options, Reason, Server, Socket
from tests.support.engine import Echo, Poller, WebSocketClient

Serve = Callable[..., Awaitable[int]]


class Doorman(Echo):
    """Lets in who brings the word."""

    def admit(self, socket: Socket, auth: dict[str, Any]) -> None:
        if auth.get("word") == "broken":
            raise RuntimeError("a bug of the application's")
        if auth.get("word") != "friend":
            raise ConnectRefused("Not today", {"code": "unauthorized"})


@pytest.fixture
def main() -> Echo:
    return Echo()


@pytest.fixture
def custom() -> Echo:
    return Echo()


@pytest.fixture
async def port(serve: Serve, main: Echo, custom: Echo) -> int:
    namespaces = {"/": main, "/custom": custom, "/guarded": Doorman()}
    return await serve(Server(namespaces, Options(connect_timeout=30)))


# --- namespaces ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packet", "head", "auth"),
    [
        ("40", "40", {}),
        ('40{"token":"123"}', "40", {"token": "123"}),
        ("40/custom,", "40/custom,", {}),
        ("40/custom", "40/custom,", {}),
        ("40/custom?a=b,", "40/custom,", {}),
        ('40/custom,{"token":"abc"}', "40/custom,", {"token": "abc"}),
    ],
)
async def test_a_namespace_is_joined_with_what_was_given_as_auth(
    port: int, main: Echo, custom: Echo, packet: str, head: str, auth: dict[str, str]
) -> None:
    client = await WebSocketClient.engine(port)
    client.send(packet)
    answer = await client.text()
    assert answer.startswith(head)
    assert list(json.loads(answer[len(head) :])) == ["sid"]
    await (custom if "custom" in packet else main).diary.until("connect", auth)


async def test_each_connection_has_an_id_that_tells_nothing_of_its_session(port: int) -> None:
    client = await WebSocketClient.at(port, "/socket.io/?EIO=4&transport=websocket")
    session = json.loads((await client.text())[1:])["sid"]
    client.send("40", "40/custom,")
    first, second = json.loads((await client.text())[2:]), json.loads((await client.text())[10:])
    assert len({session, first["sid"], second["sid"]}) == 3


async def test_an_unknown_namespace_is_refused_and_the_connection_goes_on(port: int) -> None:
    client = await WebSocketClient.engine(port)
    client.send("40/random", "40")
    assert await client.text() == '44/random,{"message":"Invalid namespace"}'
    assert (await client.text()).startswith("40{")


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("foe", '44/guarded,{"message":"Not today","data":{"code":"unauthorized"}}'),
        ("broken", '44/guarded,{"message":"internal"}'),
    ],
)
async def test_whom_the_application_refuses_is_told_why_and_may_try_again(
    port: int, word: str, answer: str
) -> None:
    client = await WebSocketClient.engine(port)
    client.send(f'40/guarded,{{"word":"{word}"}}')
    assert await client.text() == answer
    client.send('40/guarded,{"word":"friend"}')
    assert (await client.text()).startswith("40/guarded,{")


async def test_a_refusal_in_one_namespace_leaves_the_others_alone(serve: Serve) -> None:
    main = Echo()
    options = Options(connect_timeout=0.02, ping_interval=0.03, ping_timeout=5)
    port = await serve(Server({"/": main, "/guarded": Doorman()}, options))
    client = await WebSocketClient.socketio(port)
    client.send("40/guarded,")
    assert (await client.text()).startswith("44/guarded,")
    for _ in range(3):  # longer than the time to join
        assert (await client.frame()).text == "2"
        client.send("3")
    client.send('42["still"]')
    assert await client.text() == '42["still"]'


@pytest.mark.parametrize(
    "packet",
    ["4abc", '42["before","connect"]', "43[1]", "44{}", "40[1]", '40"x"', "40{bad}", "4", "46-[]"],
)
async def test_what_does_not_begin_with_connect_closes_the_connection(
    port: int, packet: str
) -> None:
    client = await WebSocketClient.engine(port)
    client.send(packet)
    assert await client.closed() == 1002


async def test_joining_twice_closes_the_connection(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    client.send("40")
    assert await client.closed() == 1002


async def test_who_joins_nothing_in_time_is_closed(serve: Serve) -> None:
    port = await serve(Server({"/": Echo()}, Options(connect_timeout=0.02)))
    client = await WebSocketClient.engine(port)
    assert await client.closed() == 1008


async def test_who_leaves_every_namespace_and_joins_none_in_time_is_closed(serve: Serve) -> None:
    port = await serve(Server({"/": Echo()}, Options(connect_timeout=0.02)))
    client = await WebSocketClient.socketio(port)
    client.send("41")
    assert await client.closed() == 1008


async def test_a_client_that_disconnects_leaves_that_namespace_alone(
    port: int, main: Echo, custom: Echo
) -> None:
    client = await WebSocketClient.socketio(port)
    client.send("40/custom", "41/custom", '42["message","to main"]')
    assert (await client.text()).startswith("40/custom,")
    assert await client.text() == '42["message","to main"]'
    assert custom.diary.entries[-1] == ("disconnect", Reason.CLIENT_LEFT)
    assert ("disconnect", Reason.CLIENT_LEFT) not in main.diary.entries


async def test_the_server_disconnects_one_namespace_and_the_session_with_the_last(
    port: int, main: Echo, custom: Echo
) -> None:
    client = await WebSocketClient.socketio(port)
    client.send("40/custom,")
    assert (await client.text()).startswith("40/custom,")
    custom.sockets[0].disconnect()
    assert await client.text() == "41/custom,"
    client.send('42["still","here"]')
    assert await client.text() == '42["still","here"]'
    main.sockets[0].disconnect()
    assert await client.text() == "41"
    assert await client.closed() == 1000
    assert main.diary.entries[-1] == ("disconnect", Reason.SERVER_LEFT)


async def test_a_namespace_that_was_left_can_be_joined_again(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    client.send("41", "40", '42["again"]')
    assert (await client.text()).startswith("40{")
    assert await client.text() == '42["again"]'


# --- events --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "packet",
    [
        '42["message",1,"2",{"3":[true]}]',
        '42["none"]',
        '42["ünï",null,1.5,-7,"\U0001f600"]',
        '42["nested",[[[{"a":{"b":[{}]}}]]]]',
    ],
)
async def test_an_event_arrives_with_all_its_arguments(port: int, packet: str) -> None:
    client = await WebSocketClient.socketio(port)
    client.send(packet)
    assert await client.text() == packet


@pytest.mark.parametrize("namespace", ["", "/custom,"])
async def test_an_event_with_an_id_is_acknowledged_under_it(port: int, namespace: str) -> None:
    client = await WebSocketClient.engine(port)
    client.send(f"40{namespace}", f'42{namespace}456["message-with-ack",1,"2",{{"3":[false]}}]')
    await client.text()
    assert await client.text() == f'43{namespace}456[1,"2",{{"3":[false]}}]'


async def test_the_server_asks_and_gets_its_acknowledgement_once(port: int, main: Echo) -> None:
    client = await WebSocketClient.socketio(port)
    socket = main.sockets[0]
    socket.call(lambda args: main.diary.write("answered", args), "question", 1)
    assert await client.text() == '421["question",1]'
    client.send('431["yes",2]', '431["again"]')
    await main.diary.until("answered", ["yes", 2])
    client.send('42["still here"]')
    assert await client.text() == '42["still here"]'
    assert main.diary.entries.count(("answered", ["again"])) == 0


async def test_attachments_travel_both_ways(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    head = '-["message",{"_placeholder":true,"num":0},{"deep":[{"_placeholder":true,"num":1}]}]'
    client.send("452" + head, b"\x01\x02\x03", b"\x04\x05\x06")
    assert await client.text() == "452" + head
    assert [(await client.frame()).payload for _ in range(2)] == [b"\x01\x02\x03", b"\x04\x05\x06"]


async def test_an_acknowledgement_carries_attachments(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    client.send('451-789["ask",{"_placeholder":true,"num":0}]', b"\x00")
    assert await client.text() == '461-789[{"_placeholder":true,"num":0}]'
    assert (await client.frame()).payload == b"\x00"


async def test_the_client_acknowledges_with_attachments(port: int, main: Echo) -> None:
    client = await WebSocketClient.socketio(port)
    main.sockets[0].call(lambda args: main.diary.write(args), "question")
    assert await client.text() == '421["question"]'
    client.send('461-1[{"_placeholder":true,"num":0}]', b"\x07")
    await main.diary.until([b"\x07"])


async def test_attachments_travel_in_one_polling_payload(port: int, main: Echo) -> None:
    poller = Poller(port)
    await poller.open()
    await poller.say("40", '451-["message",{"_placeholder":true,"num":0}]', "bAQID")
    connected, *event = await poller.poll()
    assert connected.startswith("40{")
    assert event == ['451-["message",{"_placeholder":true,"num":0}]', "bAQID"]


@pytest.mark.parametrize(
    "messages",
    [
        ["4abc"],
        ["42{}"],
        ["42[]"],
        ["42"],
        ["42[1]"],
        ["42[null]"],
        ['42abc["message-with-ack"]'],
        ['42["unclosed"'],
        ['42["x",NaN]'],
        ['42["x",Infinity]'],
        ['42["lone","\\ud800"]'],
        ['42["nul","\\u0000"]'],
        ['42["deep",' + "[" * 40 + "]" * 40 + "]"],
        ['42["bad",{"a":}]'],
        ['455-["x",{"_placeholder":true,"num":0}]'],
        ['451-["x",{"_placeholder":true,"num":1}]', b"\x00"],
        ['451-["x",{"_placeholder":true,"num":0}]', '42["instead of the attachment"]'],
        [b"unexpected"],
        ['42/nowhere,["x"]'],
        ["43[1]"],
    ],
)
async def test_what_is_no_packet_closes_the_connection_and_nothing_else(
    port: int, main: Echo, messages: list[str | bytes]
) -> None:
    other = await WebSocketClient.socketio(port)
    client = await WebSocketClient.socketio(port)
    client.send(*messages)
    assert await client.closed() == 1002
    await main.diary.until("disconnect", Reason.PARSE_ERROR)
    other.send('42["unharmed"]')
    assert await other.text() == '42["unharmed"]'
