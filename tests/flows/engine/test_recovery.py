"""Connection state recovery on the wire: whoever comes back in time gets what it missed, once, in order."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from parley.engine import Emission, Options, Reason, Server
from tests.support.engine import Echo, Poller, WebSocketClient, until

Serve = Callable[..., Awaitable[int]]
WINDOW = Options(recovery_window=30, max_outbound_packets=8, max_outbound_bytes=4096)


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def server(echo: Echo) -> Server:
    return Server({"/": echo, "/custom": Echo()}, WINDOW)


@pytest.fixture
async def port(serve: Serve, server: Server) -> int:
    return await serve(server)


class Client:
    """A WebSocket client that remembers what it needs to come back."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pid: str | None = None
        self.offset: str | None = None
        self.sid = ""
        self.wire: WebSocketClient

    async def connect(self, namespace: str = "") -> Client:
        """Connect, or come back; `namespace` as on the wire, with its comma."""
        self.wire = await WebSocketClient.engine(self.port)
        return await self.join(namespace)

    async def join(self, namespace: str = "") -> Client:
        auth = {"pid": self.pid, "offset": self.offset} if self.pid else {}
        if self.offset is None:
            auth.pop("offset", None)
        self.wire.send(f"40{namespace}{json.dumps(auth)}")
        answer = json.loads((await self.wire.text())[2 + len(namespace) :])
        self.sid, self.recovered = answer["sid"], answer["pid"] == self.pid
        self.pid = answer["pid"]
        return self

    async def event(self, namespace: str = "") -> list[object]:
        """The next event, without its offset, which is remembered."""
        name, *args, offset = json.loads((await self.wire.text())[2 + len(namespace) :])
        self.offset = offset
        return [name, *args]

    def cut(self) -> None:
        self.wire.cut()


@pytest.fixture
async def client(port: int) -> Client:
    return await Client(port).connect()


async def test_whoever_is_told_too_much_while_it_comes_back_is_gone(
    client: Client, server: Server, port: int, echo: Echo
) -> None:
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    poller = Poller(port)
    await poller.open()
    for _ in range(WINDOW.max_outbound_packets):
        await poller.say("40/nowhere,")
    await poller.say(f'40{{"pid":"{client.pid}"}}')
    assert not server.sockets
    assert echo.diary.entries[-1] == ("disconnect", Reason.SLOW_CONSUMER)


async def test_missed_events_arrive_in_order_and_before_new_ones(
    client: Client, echo: Echo
) -> None:
    socket = echo.sockets[0]
    socket.emit("seen", 1)
    assert await client.event() == ["seen", 1]
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    assert socket.absent
    for number in range(3):
        socket.emit("missed", number)
    before = client.sid
    await client.connect()
    assert (client.recovered, client.sid) == (True, before)
    socket.emit("new")
    assert [await client.event() for _ in range(4)] == [*(["missed", n] for n in range(3)), ["new"]]
    assert echo.diary.entries == [("connect", {}), ("absent", Reason.TRANSPORT_ERROR), "return"]


async def test_what_the_network_lost_arrives_and_what_arrived_does_not_come_twice(
    client: Client, echo: Echo
) -> None:
    for number in range(4):
        echo.sockets[0].emit("sent", number)
    assert await client.event() == ["sent", 0]
    assert await client.event() == ["sent", 1]  # the others are taken for lost
    client.cut()
    await client.connect()
    assert client.recovered
    assert [await client.event() for _ in range(2)] == [["sent", 2], ["sent", 3]]


async def test_a_client_that_saw_nothing_yet_gets_all_of_it(client: Client, echo: Echo) -> None:
    echo.sockets[0].emit("first")
    client.cut()
    await client.connect()
    assert client.recovered
    assert await client.event() == ["first"]


async def test_a_client_takes_over_while_its_old_transport_still_looks_alive(
    client: Client, echo: Echo
) -> None:
    old = client.wire
    echo.sockets[0].emit("on its way")
    await client.connect()
    assert client.recovered
    assert await client.event() == ["on its way"]
    assert await old.closed() == 1000
    assert echo.diary.entries == [("connect", {}), ("absent", Reason.TAKEN_OVER), "return"]


async def test_the_namespaces_of_a_session_come_back_one_by_one(port: int, client: Client) -> None:
    other = Client(port)
    other.wire = client.wire
    await other.join("/custom,")
    client.cut()
    await client.connect()
    other.wire = client.wire
    await other.join("/custom,")
    assert (client.recovered, other.recovered) == (True, True)
    client.wire.send('42/custom,["hello"]')
    assert await other.event("/custom,") == ["hello"]


async def test_a_topic_is_heard_again_and_what_it_said_meanwhile_too(
    client: Client, echo: Echo, server: Server
) -> None:
    server.join(echo.sockets[0], "news")
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    server.broadcast("news", Emission("said", (1,)))
    server.broadcast("news", Emission("whispered", volatile=True))
    await client.connect()
    server.broadcast("news", Emission("said", (2,)))
    assert [await client.event(), await client.event()] == [["said", 1], ["said", 2]]


@pytest.mark.parametrize("size", [1, 1000], ids=["packets", "bytes"])
async def test_more_than_may_be_kept_ends_the_absent_one(
    client: Client, echo: Echo, server: Server, size: int
) -> None:
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    for _ in range(9):
        echo.sockets[0].emit("missed", "x" * size)
    assert echo.diary.entries[-1] == ("disconnect", Reason.SLOW_CONSUMER)
    await client.connect()
    assert not client.recovered
    assert server.sockets.keys() == {client.sid}


async def test_exactly_what_may_be_kept_is_delivered(client: Client, echo: Echo) -> None:
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    for number in range(8):
        echo.sockets[0].emit("missed", number)
    await client.connect()
    assert [(await client.event())[1] for _ in range(8)] == list(range(8))


async def test_a_gap_is_never_hidden(client: Client, echo: Echo) -> None:
    for number in range(20):  # all written to the transport, more than is kept
        echo.sockets[0].emit("sent", number)
    assert await client.event() == ["sent", 0]
    client.cut()
    await client.connect()
    assert not client.recovered


async def test_pongs_confirm_and_what_is_confirmed_is_forgotten(client: Client, echo: Echo) -> None:
    socket = echo.sockets[0]
    assert socket.session is not None
    for number in range(20):
        socket.emit("sent", number)
        await client.event()
        if number % 5 == 4:
            socket.session.ping()
            client.wire.send('42["behind the pong"]')
            assert await client.event() == ["behind the pong"]
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    socket.emit("missed")
    await client.connect()
    assert client.recovered
    assert await client.event() == ["missed"]


async def forged(client: Client, port: int) -> dict[str, object]:
    """Everything that is no private id of an absent socket of this namespace."""
    assert client.pid is not None
    sid, _, seal = client.pid.partition(".")
    other = await Client(port).connect()
    assert other.pid is not None
    return {
        "unknown": "nobody." + seal,
        "the sid alone": sid,
        "another's seal": f"{sid}.{other.pid.partition('.')[2]}",
        "not ascii": f"{sid}.ü",
        "no text": 7,
        "empty": "",
    }


@pytest.mark.parametrize(
    "kind", ["unknown", "the sid alone", "another's seal", "not ascii", "no text", "empty"]
)
async def test_only_the_private_id_brings_anybody_back(
    client: Client, port: int, echo: Echo, kind: str
) -> None:
    pid = (await forged(client, port))[kind]
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    thief = await WebSocketClient.engine(port)
    thief.send("40" + json.dumps({"pid": pid}))
    assert json.loads((await thief.text())[2:])["sid"] != client.sid
    await client.connect()
    assert client.recovered


async def test_a_private_id_is_good_for_its_namespace_alone(client: Client, echo: Echo) -> None:
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    await client.connect("/custom,")
    assert not client.recovered


@pytest.mark.parametrize("offset", ["unknown", 7, None, ["x"]])
async def test_an_offset_that_is_none_repeats_nothing(
    client: Client, echo: Echo, offset: object
) -> None:
    socket = echo.sockets[0]
    socket.emit("seen")
    await client.event()
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    socket.emit("missed")
    wire = await WebSocketClient.engine(client.port)
    wire.send("40" + json.dumps({"pid": client.pid, "offset": offset}))
    assert json.loads((await wire.text())[2:])["sid"] == client.sid
    event = json.loads((await wire.text())[2:])
    assert event[0] == ("seen" if offset is None else "missed")


async def test_who_does_not_come_back_in_time_is_gone(serve: Serve, echo: Echo) -> None:
    server = Server({"/": echo}, Options(recovery_window=0.02))
    client = await Client(await serve(server)).connect()
    client.cut()
    await echo.diary.until("disconnect", Reason.TRANSPORT_ERROR)
    assert not server.sockets
    await client.connect()
    assert not client.recovered


async def test_who_came_back_is_not_given_up_when_its_time_would_be_over(
    serve: Serve, echo: Echo
) -> None:
    options = Options(recovery_window=0.05, ping_interval=0.03, ping_timeout=5)
    client = await Client(await serve(Server({"/": echo}, options))).connect()
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    await client.connect()
    assert client.recovered
    for _ in range(4):
        assert (await client.wire.frame()).text == "2"
        client.wire.send("3")
    assert echo.diary.entries[-1] == "return"


@pytest.mark.parametrize("goodbye", ["41", "1", "close frame"])
async def test_who_leaves_cleanly_does_not_linger(
    client: Client, echo: Echo, server: Server, goodbye: str
) -> None:
    if goodbye == "close frame":
        client.wire.write(b"\x88\x82\x00\x00\x00\x00\x03\xe9")
    else:
        client.wire.send(goodbye)
    reason = Reason.CLIENT_LEFT if goodbye == "41" else Reason.TRANSPORT_CLOSE
    await echo.diary.until("disconnect", reason)
    assert ("absent", reason) not in echo.diary.entries
    assert not server.sockets


async def test_silence_is_a_break_and_what_followed_the_ping_is_kept(
    serve: Serve, echo: Echo
) -> None:
    options = Options(recovery_window=30, ping_interval=0.02, ping_timeout=0.05)
    client = await Client(await serve(Server({"/": echo}, options))).connect()
    echo.sockets[0].emit("before the ping")
    assert await client.event() == ["before the ping"]
    assert (await client.wire.frame()).text == "2"
    echo.sockets[0].emit("into the void")
    await echo.diary.until("absent", Reason.PING_TIMEOUT)
    await client.connect()
    assert client.recovered
    assert await client.event() == ["into the void"]


async def test_polling_recovers_what_a_websocket_lost(
    client: Client, port: int, echo: Echo
) -> None:
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    echo.sockets[0].emit("missed", b"\x01")
    poller = Poller(port)
    await poller.open()
    await poller.say("40" + json.dumps({"pid": client.pid}))
    connected, event, binary = await poller.poll()
    assert json.loads(connected[2:])["pid"] == client.pid
    assert json.loads(event[4:])[0] == "missed"
    assert binary == "bAQ=="


async def test_what_no_poll_fetched_is_recovered(port: int, echo: Echo, server: Server) -> None:
    poller = Poller(port)
    await poller.open()
    await poller.say("40")
    pid = json.loads((await poller.poll())[0][2:])["pid"]
    echo.sockets[0].emit("waiting")
    session = echo.sockets[0].session
    assert session is not None
    session.close(Reason.TRANSPORT_ERROR)
    client = Client(port)
    client.pid = pid
    client.offset = "no offset of ours"
    await client.connect()
    assert client.recovered
    assert await client.event() == ["waiting"]


async def test_without_a_window_nobody_lingers_and_nothing_is_kept(
    serve: Serve, echo: Echo
) -> None:
    server = Server({"/": echo}, Options())
    wire = await WebSocketClient.engine(await serve(server))
    wire.send("40")
    assert list(json.loads((await wire.text())[2:])) == ["sid"]
    echo.sockets[0].emit("plain", 1)
    assert await wire.text() == '42["plain",1]'
    assert echo.sockets[0].kept is None
    wire.cut()
    await echo.diary.until("disconnect", Reason.TRANSPORT_ERROR)
    assert not server.sockets


async def test_another_connection_of_the_same_person_can_take_the_place(
    client: Client, port: int, echo: Echo, server: Server
) -> None:
    elder = echo.sockets[0]
    elder.state = "who I am"
    server.join(elder, "news")
    client.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    elder.emit("missed")
    newcomer = await Client(port).connect()
    await until(lambda: len(echo.sockets) == 2)
    missed = elder.hand_over(echo.sockets[1])
    for emission in missed:
        echo.sockets[1].send(emission)
    server.broadcast("news", Emission("new"))
    assert [await newcomer.event(), await newcomer.event()] == [["missed"], ["new"]]
    assert echo.sockets[1].state == "who I am"
    assert server.sockets.keys() == {newcomer.sid}
    assert ("disconnect", Reason.TAKEN_OVER) not in echo.diary.entries


@pytest.mark.parametrize("auth", ["", "{}", '{"token":"t"}'])
@pytest.mark.parametrize(
    ("query", "extra"), [("EIO=4&transport=websocket", 1), ("transport=websocket&EIO=4", 0)]
)
async def test_who_asks_as_python_socketio_does_gets_no_offsets_whatever_its_auth(
    port: int, echo: Echo, query: str, extra: int, auth: str
) -> None:
    wire = await WebSocketClient.at(port, f"/socket.io/?{query}")
    assert (await wire.text())[0] == "0"
    wire.send("40" + auth)
    assert (await wire.text())[:2] == "40"
    echo.sockets[0].emit("one", 1)
    assert len(json.loads((await wire.text())[2:])) == 2 + extra
