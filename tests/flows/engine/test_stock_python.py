"""The stock python-socketio client gets all that it offers from this server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import socketio

from parley.engine import ConnectRefused, Options, Reason, Server, Socket
from tests.support.engine import PATIENCE, Diary, Echo

Serve = Callable[..., Awaitable[int]]


class Guarded(Echo):
    def admit(self, socket: Socket, auth: dict[str, Any]) -> None:
        if auth.get("token") != "right":
            raise ConnectRefused("wrong token")


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def port(serve: Serve, echo: Echo) -> int:
    options = Options(recovery_window=30, ping_interval=0.1, ping_timeout=5)
    return await serve(Server({"/": echo, "/custom": Echo(), "/guarded": Guarded()}, options))


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    client = socketio.AsyncClient(reconnection=False)
    yield client
    await client.disconnect()


@pytest.mark.parametrize("transports", [None, ["websocket"], ["polling"]], ids=str)
async def test_events_acknowledgements_and_binary_go_both_ways(
    port: int, client: Any, echo: Echo, transports: list[str] | None
) -> None:
    seen = Diary()
    client.on("message", lambda *args: seen.write("message", *args))
    client.on("asked", lambda *args: args)
    await client.connect(f"http://127.0.0.1:{port}", auth={"token": "any"}, transports=transports)
    assert client.transport() == ("polling" if transports == ["polling"] else "websocket")
    await client.emit("message", (1, {"two": b"\x00\xff"}))
    await seen.until("message", 1, {"two": b"\x00\xff"})
    async with asyncio.timeout(PATIENCE):
        assert await client.call("question", ("x", b"\x01")) == ("x", b"\x01")
    echo.sockets[0].call(lambda answer: echo.diary.write("answered", answer), "asked", 1, b"\x02")
    await echo.diary.until("answered", [1, b"\x02"])


async def test_namespaces_are_joined_and_refused(port: int, client: Any) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError, match="/guarded"):
        await client.connect(
            f"http://127.0.0.1:{port}", namespaces=["/guarded"], auth={"token": "wrong"}
        )
    await client.connect(
        f"http://127.0.0.1:{port}", namespaces=["/", "/custom", "/guarded"], auth={"token": "right"}
    )
    assert set(client.namespaces) == {"/", "/custom", "/guarded"}


async def test_its_disconnect_is_a_clean_end(port: int, client: Any, echo: Echo) -> None:
    await client.connect(f"http://127.0.0.1:{port}")
    await client.disconnect()
    # Its close frame may overtake its own packets; either is its own wish.
    ends = [("disconnect", reason) for reason in (Reason.TRANSPORT_CLOSE, Reason.CLIENT_LEFT)]
    await echo.diary.holds(lambda entries: entries[-1] in ends)
