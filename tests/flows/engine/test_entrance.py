"""Who is let in, and how: origins, the gate, addresses behind proxies, upgrades as browsers and proxies send them."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parley.engine import Options, Refusal, Request, Server
from tests.support.engine import (
    Connection,
    Echo,
    Poller,
    WebSocketClient,
    http_connections,
    until,
)
from tests.support.wsclient import TEXT, client_frame

Serve = Callable[..., Awaitable[int]]
POLLING = "/socket.io/?EIO=4&transport=polling"
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"
OPENINGS = {"polling": POLLING, "websocket": WEBSOCKET, "plain": "/ws"}


class Gate:
    """Refuses what it is told to, and counts who is inside."""

    def __init__(self) -> None:
        self.refusal: Refusal | None = None
        self.inside: list[str] = []

    def enter(self, request: Request) -> Refusal | None:
        if self.refusal is None:
            self.inside.append(request.address)
        return self.refusal

    def leave(self, address: str) -> None:
        self.inside.remove(address)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def server(gate: Gate) -> Server:
    options = Options(
        gate=gate,
        allow_origin=lambda origin, host: origin == "https://friend.example" and host == "test",
        trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.0.0.0/8")),
    )
    return Server({"/": Echo()}, options)


@pytest.fixture
async def port(serve: Serve, server: Server) -> int:
    return await serve(server, plain={"/ws": Echo()})


async def knock(port: int, opening: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Ask for a session in one of the three ways; the status, headers and body of the answer."""
    connection = await Connection.open(port)
    if opening == "polling":
        connection.request("GET", POLLING, **headers)
    else:
        WebSocketClient(connection.reader, connection.writer).upgrade(OPENINGS[opening], **headers)
    return await connection.answer()


# --- origins -------------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", OPENINGS)
async def test_a_foreign_page_is_refused_403_and_never_enters(
    port: int, gate: Gate, opening: str
) -> None:
    status, headers, _ = await knock(port, opening, Origin="https://foe.example")
    assert status == 403
    assert "access-control-allow-origin" not in headers
    assert not gate.inside


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://friend.example"}], ids=["none", "friend"]
)
async def test_an_allowed_page_and_what_is_no_page_come_in(
    port: int, opening: str, headers: dict[str, str]
) -> None:
    assert (await knock(port, opening, **headers))[0] in (200, 101)


async def test_an_allowed_page_may_read_the_answer_and_send_credentials(port: int) -> None:
    _, headers, _ = await knock(port, "polling", Origin="https://friend.example")
    assert headers["access-control-allow-origin"] == "https://friend.example"
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["vary"] == "Origin"


async def test_a_preflight_is_answered_for_allowed_pages_alone(port: int) -> None:
    poller = Poller(port)
    asks = {"Access_Control_Request_Method": "POST"}
    yes = await poller.send("OPTIONS", POLLING, Origin="https://friend.example", **asks)
    no = await poller.send("OPTIONS", POLLING, Origin="https://foe.example", **asks)
    assert (yes.status, no.status) == (204, 403)
    assert "POST" in yes.headers["access-control-allow-methods"]


async def test_a_foreign_page_cannot_use_a_session_either(port: int) -> None:
    poller = Poller(port)
    await poller.open()
    origin = {"Origin": "https://foe.example"}
    assert (await poller.send("GET", poller.target, **origin)).status == 403
    assert (await poller.send("POST", poller.target, "40", **origin)).status == 403


# --- credentials ---------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", OPENINGS)
async def test_what_the_opening_request_says_of_who_asks_stays_with_the_session(
    serve: Serve, opening: str
) -> None:
    options = Options(credential=lambda request: request.header(b"cookie"))
    server = Server({"/": Echo()}, options)
    port = await serve(server, plain={"/ws": Echo()})
    await knock(port, opening, Cookie="a=b")
    await knock(port, opening)
    await until(lambda: len(server.engine.sessions) == 2)
    assert {session.credential for session in server.engine.sessions} == {"a=b", None}


async def test_an_upgrade_changes_no_credential(serve: Serve) -> None:
    options = Options(credential=lambda request: request.header(b"cookie"))
    server = Server({"/": Echo()}, options)
    poller = Poller(port := await serve(server))
    await poller.open(Cookie="a=b")
    upgraded = await WebSocketClient.at(port, f"{WEBSOCKET}&sid={poller.sid}", Cookie="c=d")
    upgraded.send("2probe", "5")
    (session,) = server.engine.sessions
    await until(lambda: session.websocket is not None)
    assert session.credential == "a=b"


# --- the gate ------------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("refusal", [Refusal(429, "too_many", 7), Refusal(503, "full", 1)])
async def test_the_gate_s_refusal_reaches_the_client_with_when_to_retry(
    port: int, gate: Gate, opening: str, refusal: Refusal
) -> None:
    gate.refusal = refusal
    status, headers, body = await knock(port, opening)
    assert (status, headers["retry-after"]) == (refusal.status, str(refusal.retry_after))
    assert json.loads(body)["code"] == refusal.code


@pytest.mark.parametrize("opening", OPENINGS)
async def test_a_draining_server_takes_nobody_new(port: int, server: Server, opening: str) -> None:
    server.engine.draining = True
    status, headers, _ = await knock(port, opening)
    assert (status, headers["retry-after"]) == (503, "5")


async def test_each_who_entered_leaves_once(port: int, gate: Gate, server: Server) -> None:
    poller = Poller(port)
    await poller.open()
    websocket = await WebSocketClient.socketio(port)
    plain = await WebSocketClient.at(port, "/ws")
    upgraded = await WebSocketClient.at(port, f"{WEBSOCKET}&sid={poller.sid}")
    upgraded.send("2probe", "5")
    assert len(gate.inside) == 3
    for client in (websocket, plain, upgraded):
        client.cut()
    await until(lambda: not gate.inside)
    assert not server.engine.sessions


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the first was written by the client itself
        ("203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("nonsense", "127.0.0.1"),
        ("2001:db8::7", "2001:db8::7"),
    ],
)
async def test_a_trusted_proxy_is_believed_and_what_is_behind_it_is_not(
    port: int, gate: Gate, opening: str, forwarded: str, address: str
) -> None:
    await knock(port, opening, X_Forwarded_For=forwarded)
    assert gate.inside == [address]


@pytest.mark.parametrize("opening", OPENINGS)
async def test_without_trusted_proxies_nobody_is_believed(
    serve: Serve, gate: Gate, opening: str
) -> None:
    port = await serve(Server({"/": Echo()}, Options(gate=gate)), plain={"/ws": Echo()})
    await knock(port, opening, X_Forwarded_For="203.0.113.9")
    assert gate.inside == ["127.0.0.1"]


# --- upgrades as they are sent -------------------------------------------------------------------


async def test_an_upgrade_may_come_on_a_connection_that_was_used_before(port: int) -> None:
    connection = await Connection.open(port)
    for _ in range(2):
        connection.request("GET", POLLING)
        assert (await connection.answer()).status == 200
    client = WebSocketClient(connection.reader, connection.writer)
    client.upgrade(WEBSOCKET)
    assert (await client.answer()).status == 101
    assert (await client.text())[0] == "0"


@pytest.mark.parametrize(
    "headers",
    [
        {"Connection": "keep-alive, Upgrade"},
        {"Connection": "upgrade"},
        {"Upgrade": "WebSocket"},
        {"Sec_WebSocket_Extensions": "permessage-deflate", "Sec_WebSocket_Protocol": "chat"},
    ],
)
async def test_browsers_and_proxies_spell_an_upgrade_in_their_ways(
    port: int, headers: dict[str, str]
) -> None:
    client = await WebSocketClient.engine(port, **headers)
    client.send("40")
    assert (await client.text()).startswith("40{")


async def test_frames_in_one_segment_with_the_request_are_heard(port: int) -> None:
    connection = await Connection.open(port)
    client = WebSocketClient(connection.reader, connection.writer)
    client.upgrade(WEBSOCKET)
    client.write(client_frame(TEXT, "40") + client_frame(TEXT, '42["early"]'))
    assert (await client.answer()).status == 101
    assert (await client.text())[0] == "0"
    assert (await client.text()).startswith("40{")
    assert await client.text() == '42["early"]'


async def test_an_upgrade_behind_an_unanswered_request_is_cut(port: int) -> None:
    poller = Poller(port)
    await poller.open()
    connection = await Connection.open(port)
    connection.request("GET", poller.target)
    WebSocketClient(connection.reader, connection.writer).upgrade(WEBSOCKET)
    assert await connection.rest() == b""


async def test_only_get_upgrades(port: int) -> None:
    connection = await Connection.open(port)
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
    connection.request("POST", WEBSOCKET, **headers)
    assert (await connection.answer()).status == 400


async def test_another_protocol_than_websocket_is_not_upgraded_to(port: int) -> None:
    connection = await Connection.open(port)
    connection.request("GET", POLLING, Connection="Upgrade, HTTP2-Settings", Upgrade="h2c")
    assert (await connection.answer()).status == 200


async def test_a_websocket_elsewhere_is_not_found(port: int) -> None:
    connection = await Connection.open(port)
    WebSocketClient(connection.reader, connection.writer).upgrade("/elsewhere")
    assert (await connection.answer()).status == 404
    assert await connection.rest() == b""


async def test_the_path_works_without_its_last_slash(port: int) -> None:
    assert (await Poller(port).send("GET", POLLING.replace("/?", "?"))).status == 200
    client = await WebSocketClient.at(port, WEBSOCKET.replace("/?", "?"))
    assert (await client.text())[0] == "0"


async def test_what_is_no_http_is_answered_400(port: int) -> None:
    connection = await Connection.open(port)
    connection.write(b"\x16\x03\x01 hello?\r\n\r\n")
    assert (await connection.answer()).status == 400
    await until(lambda: http_connections(port) == 0)


async def test_other_paths_belong_to_the_other_application(serve: Serve) -> None:
    async def other(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    port = await serve(Server({"/": Echo()}), other=other)
    connection = await Connection.open(port)
    connection.request("GET", "/socket.io-not")
    async with asyncio.timeout(5):
        assert b" 418 " in await connection.reader.readline()
