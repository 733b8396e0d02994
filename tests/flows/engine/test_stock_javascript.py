"""The stock socket.io-client, as everybody runs it, gets all that it offers from this server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from parley.engine import ConnectRefused, Emission, Options, Reason, Server, Socket
from tests.support.engine import Echo
from tests.support.stock_client import StockClient, stock_client

Serve = Callable[..., Awaitable[int]]
Connect = Callable[..., Awaitable[StockClient]]
BYTES = {"$bytes": [0, 1, 255]}
pytest_plugins = ["tests.support.node"]

TRANSPORTS: dict[str, dict[str, Any]] = {
    "no options": {},
    "websocket": {"transports": ["websocket"]},
    "polling": {"transports": ["polling"]},
}


class Guarded(Echo):
    def admit(self, socket: Socket, auth: dict[str, Any]) -> None:
        if auth.get("token") != "right":
            raise ConnectRefused("wrong token", {"code": "invalid_token"})


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def connect(serve: Serve, echo: Echo, node: str) -> AsyncIterator[Connect]:
    """Start a client with these options of `io()`, joined to the main namespace."""
    namespaces = {"/": echo, "/custom": Echo(), "/guarded": Guarded()}
    options = Options(recovery_window=30, ping_interval=0.2, ping_timeout=5)
    port = await serve(Server(namespaces, options))
    clients = []

    async def start(**settings: Any) -> StockClient:
        clients.append(stock_client(node, port, **settings))
        client = await clients[-1].__aenter__()
        client.do("connect")
        await client.sees("connect", recovered=False)
        return client

    yield start
    for client in clients:
        await client.__aexit__(None, None, None)


async def test_without_options_it_upgrades_to_a_websocket(connect: Connect, echo: Echo) -> None:
    client = await connect()
    await client.sees("upgrade", transport="websocket")
    client.do("emit", name="after", args=[])
    await client.sees("event", name="after")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_events_acknowledgements_and_binary_go_both_ways(
    connect: Connect, echo: Echo, transport: str
) -> None:
    client = await connect(**TRANSPORTS[transport])
    args = [1, "two", {"three": [BYTES, None]}, BYTES]
    client.do("emit", name="message", args=args)
    event = await client.sees("event", name="message")
    assert event["args"][: len(args)] == args
    client.do("ask", name="question", args=args)
    assert (await client.sees("answer"))["args"] == args
    echo.sockets[0].call(lambda answer: echo.diary.write("answered", answer), "asked", b"\x01", 2)
    await client.sees("event", name="asked", args=[{"$bytes": [1]}, 2])
    await echo.diary.until("answered", [b"\x01", 2])


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_events_in_a_row_arrive_in_order(
    connect: Connect, echo: Echo, transport: str
) -> None:
    client = await connect(**TRANSPORTS[transport])
    count = 100 if transport == "websocket" else 10  # a polling payload may hold 16 packets
    for number in range(count):
        client.do("emit", name="number", args=[number])
    got = [(await client.sees("event", name="number"))["args"][0] for _ in range(count)]
    assert got == list(range(count))


async def test_namespaces_share_one_connection(connect: Connect) -> None:
    client = await connect()
    client.do("connect", "/custom")
    await client.sees("connect", namespace="/custom")
    client.do("emit", "/custom", name="there", args=[])
    await client.sees("event", namespace="/custom", name="there")
    client.do("disconnect", "/custom")
    await client.sees("disconnect", namespace="/custom", reason="io client disconnect")
    client.do("emit", name="here", args=[])
    await client.sees("event", namespace="/", name="here")


async def test_a_refusal_reaches_the_client_with_its_data(connect: Connect) -> None:
    client = await connect()
    client.do("connect", "/guarded", options={"auth": {"token": "wrong"}})
    refusal = await client.sees("connect_error", namespace="/guarded")
    assert (refusal["message"], refusal["data"]) == ("wrong token", {"code": "invalid_token"})
    client.do("connect", "/nowhere")
    assert (await client.sees("connect_error"))["message"] == "Invalid namespace"


async def test_the_server_s_disconnect_is_told_as_such(connect: Connect, echo: Echo) -> None:
    client = await connect()
    echo.sockets[0].disconnect()
    await client.sees("disconnect", reason="io server disconnect")


async def test_the_client_s_disconnect_is_told_as_such(connect: Connect, echo: Echo) -> None:
    client = await connect()
    client.do("disconnect")
    await echo.diary.until("disconnect", Reason.CLIENT_LEFT)


@pytest.mark.parametrize("transports", [["websocket"], ["polling", "websocket"]], ids=str)
async def test_after_a_cut_it_recovers_and_gets_what_it_missed_once_and_in_order(
    connect: Connect, echo: Echo, transports: list[str]
) -> None:
    client = await connect(transports=transports, reconnectionDelay=10, randomizationFactor=0)
    if len(transports) > 1:
        await client.sees("upgrade")
    socket = echo.sockets[0]
    socket.emit("before", 0)
    await client.sees("event", name="before")
    client.do("cut")
    await client.sees("disconnect", reason="transport close")
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    for number in range(5):
        socket.emit("missed", number, *([b"\x07"] if number == 3 else []))
    socket.send(Emission("fleeting", volatile=True))
    again = await client.sees("connect")
    assert (again["recovered"], again["id"]) == (True, socket.id)
    socket.emit("after")
    assert [(await client.sees("event"))["args"][0] for _ in range(5)] == [0, 1, 2, 3, 4]
    assert (await client.sees("event"))["name"] == "after"
    assert ("disconnect", Reason.TRANSPORT_ERROR) not in echo.diary.entries


async def test_what_is_on_its_way_when_the_transport_is_cut_arrives_once(
    connect: Connect, echo: Echo
) -> None:
    client = await connect(transports=["websocket"], reconnectionDelay=10)
    client.do("cut")
    for number in range(3):
        echo.sockets[0].emit("sent", number)
    await client.sees("connect", recovered=True)
    echo.sockets[0].emit("last")
    assert [(await client.sees("event"))["args"][0] for _ in range(3)] == [0, 1, 2]
    assert (await client.sees("event"))["name"] == "last"


async def test_it_connects_anew_when_its_time_is_over(connect: Connect, echo: Echo) -> None:
    client = await connect(transports=["websocket"], reconnectionDelay=10)
    client.do("cut")
    await client.sees("disconnect")
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    echo.sockets[0].give_up()
    again = await client.sees("connect")
    assert (again["recovered"], again["id"] == echo.sockets[0].id) == (False, False)
