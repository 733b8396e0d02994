"""The libraries that people use meet here, with no options set: python-socketio, and any WebSocket library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import socketio
from websockets.asyncio.client import connect

from tests.support.server import ParleyServer
from tests.support.stock_client import stock_client
from tests.support.strangers import Stranger

PATIENCE = 10.0
EVENTS = (
    *("session", "waiting_for_partner", "partner_found", "partner_disconnected", "new_message"),
    *("user_typing", "offer", "answer", "ice_candidate", "partner_reconnecting"),
    *("partner_reconnected", "lobby", "create-offer", "wait-for-offer", "partner-disconnected"),
)


class Client:
    """A python-socketio client that keeps what it heard in order."""

    def __init__(self) -> None:
        self.sio = socketio.AsyncClient(reconnection=False)
        self.heard: asyncio.Queue[tuple[str, list[Any]]] = asyncio.Queue()
        for name in EVENTS:
            self.sio.on(name, self._listener(name))

    def _listener(self, name: str) -> Any:
        async def listen(*args: Any) -> None:
            self.heard.put_nowait((name, list(args)))

        return listen

    async def hear(self, name: str) -> Any:
        """The payload of the next event, which must be this one."""
        async with asyncio.timeout(PATIENCE):
            said, args = await self.heard.get()
        assert said == name, (said, args)
        return args[0] if len(args) == 1 else args


@pytest.fixture
async def clients(server: ParleyServer) -> AsyncIterator[list[Client]]:
    """Two clients of the stock library, connected."""
    pair = [Client(), Client()]
    for one in pair:
        await one.sio.connect(server.base_url)
    yield pair
    for one in pair:
        await one.sio.disconnect()
        await one.sio.eio.wait()


async def test_two_stock_clients_meet_talk_and_part(clients: list[Client]) -> None:
    one, other = clients
    for each in clients:
        session = await each.hear("session")
        assert session["actor"]["kind"] == "guest"
        assert each.sio.transport() == "websocket"
    assert await one.sio.call("join", {"type": "chat"}) == {"ok": True, "data": None}
    await one.hear("waiting_for_partner")
    await other.sio.emit("join", {"type": "chat"})
    found, its = await one.hear("partner_found"), await other.hear("partner_found")
    assert found["roomId"] == its["roomId"]
    room = found["roomId"]
    answer = await one.sio.call("send_message", {"roomId": room, "message": "hello \U0001f44b"})
    assert answer["ok"] is True
    for each in clients:
        assert (await each.hear("new_message"))["text"] == "hello \U0001f44b"
    await other.sio.emit("typing", {"roomId": room, "isTyping": True})
    assert await one.hear("user_typing") == {"roomId": room, "isTyping": True}
    wrong = await one.sio.call("send_message", {"roomId": "elsewhere", "message": "x"})
    assert wrong["error"]["code"] == "not_in_room"
    await other.sio.disconnect()
    assert await one.hear("partner_disconnected") == {"roomId": room, "reason": "left"}


async def test_a_stock_client_meets_a_bare_websocket(
    clients: list[Client], server: ParleyServer
) -> None:
    one = clients[0]
    await one.hear("session")
    async with connect(f"{server.ws_url}/ws") as bare, asyncio.timeout(PATIENCE):

        async def hear(name: str) -> Any:
            while (said := json.loads(await bare.recv())).get("event") == "user_count_update":
                continue
            assert said.get("event") == name, said
            return said["data"]

        assert (await hear("session"))["actor"]["kind"] == "guest"
        await bare.send(json.dumps({"event": "join", "data": {"type": "video"}, "id": 7}))
        assert (await hear("waiting_for_partner"))["type"] == "video"
        assert json.loads(await bare.recv()) == {"reply": 7, "ok": True, "data": None}
        await one.sio.emit("join", {"type": "video"})
        found = await one.hear("partner_found")
        room = (await hear("partner_found"))["roomId"]
        assert found["roomId"] == room
        offer = {"type": "offer", "sdp": "v=0\r\n"}
        await bare.send(json.dumps({"event": "offer", "data": {"roomId": room, "offer": offer}}))
        assert await one.hear("offer") == {"roomId": room, "offer": offer}
        await one.sio.emit("skip")
        assert await hear("partner_disconnected") == {"roomId": room, "reason": "skipped"}


async def test_a_stock_client_of_seed_001_says_nothing_and_is_queued(server: ParleyServer) -> None:
    pair = [Client(), Client()]
    for one in pair:
        await one.sio.connect(server.base_url, auth={"dialect": "omegle"})
    said = []
    for one in pair:
        assert (await one.hear("session"))["recovered"] is False
        await one.hear("lobby")
        async with asyncio.timeout(PATIENCE):
            said.append(await one.heard.get())
    assert sorted(name for name, _ in said) == ["create-offer", "wait-for-offer"]
    for one in pair:
        await one.sio.disconnect()
        await one.sio.eio.wait()


@pytest.mark.usefixtures("strangers")
async def test_by_polling_alone_a_browsers_burst_of_candidates_loses_nobody(
    server: ParleyServer, node: str
) -> None:
    candidate = {"candidate": "candidate:" + "x" * 200, "sdpMid": "0", "sdpMLineIndex": 0}
    async with stock_client(node, server.port, transports=["polling"]) as one:
        one.do("connect")
        one.do("emit", name="join", args=[{"type": "video"}])
        other = await Stranger.arrive(server.port)
        await one.sees("event", name="waiting_for_partner")
        await other.do("join", {"type": "video"})
        room = (await other.hear("partner_found"))["roomId"]
        await one.sees("event", name="partner_found")
        for number in range(60):
            args = [{"roomId": room, "candidate": candidate | {"sdpMLineIndex": number}}]
            one.do("emit", name="ice_candidate", args=args)
        for number in range(60):
            heard = (await other.hear("ice_candidate"))["candidate"]
            assert heard["sdpMLineIndex"] == number
