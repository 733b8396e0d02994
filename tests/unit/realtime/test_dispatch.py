"""The dispatcher and the dialects' tables: one answer to every event, whatever its handler does."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from parley.engine import Event, Namespace, Options, Server, Socket
from parley.engine.emission import SocketIOEncoding
from parley.engine.frames import unframe
from parley.engine.session import Session
from parley.kernel.actor import Actor
from parley.kernel.errors import Conflict
from parley.realtime import Connection, Dialect, Dispatcher, Incoming, Outgoing
from parley.realtime.dialect import tell
from parley.settings import Rate
from tests.support.clock import ManualClock


class Wanted(msgspec.Struct):
    number: int


class Told(msgspec.Struct):
    number: int


class Unheard(msgspec.Struct):
    number: int


NAMESPACE = Namespace()
SERVER = Server({"/": NAMESPACE}, Options())
ENCODING = SocketIOEncoding("/", offsets=False)


class Line(Session):
    """Notes the packets that a socket sends through it."""

    def __init__(self) -> None:
        super().__init__(SERVER.engine, "", "")
        self.frames: list[bytes] = []

    def send(self, frames: bytes) -> None:
        self.frames.append(frames)

    @property
    def sent(self) -> list[Any]:
        """Events as what they consist of, acknowledgements as their number and what they consist of."""
        return [told(str(packet)) for frames in self.frames for packet in unframe(frames)]

    def connection(self, dialect: Dialect, *, settled: bool) -> Connection:
        socket = Socket(SERVER, NAMESPACE, self, "s", ENCODING)
        return Connection(socket, Actor("g_x", "guest"), dialect, settled=settled, since=0.0)


def told(packet: str) -> Any:
    head, bracket, rest = packet.partition("[")
    arguments = json.loads(bracket + rest)
    return arguments if head == "42" else (int(head.removeprefix("43")), *arguments)


async def later(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def handler(connection: Connection, payload: Wanted) -> Any:
    outcomes: dict[int, Any] = {1: {"done": 1}, 2: Conflict("no"), 3: KeyError("a mistake")}
    outcome = outcomes[payload.number % 10]
    if payload.number > 10:
        return later(outcome)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def make() -> tuple[Dispatcher, Connection, Line]:
    one = Dialect(
        "one",
        {"do": Incoming(Wanted, handler, ""), "both": Incoming(Wanted, handler, "")},
        {
            Told: [
                Outgoing("small", (Told,), "", lambda e: (e,) if e.number < 10 else None),
                Outgoing("any", (), "", lambda e: ()),
            ]
        },
    )

    async def greets(connection: Connection) -> None:
        connection.socket.emit("welcome")

    two = Dialect(
        "two",
        {"tun": Incoming(Wanted, handler, ""), "both": Incoming(Wanted, handler, "")},
        {Told: Outgoing("gesagt", (int,), "", lambda e: (e.number,))},
        greets=greets,
    )
    limits: Any = dict.fromkeys(("events", "chat", "skip", "candidates", "typing"), Rate(1, 50))
    dispatcher = Dispatcher({"one": one, "two": two}, limits, ManualClock())
    line = Line()
    return dispatcher, line.connection(one, settled=False), line


def event(name: str, payload: Any, ack: int | None = None) -> Event:
    return Event(name, ack, None, [msgspec.Raw(msgspec.json.encode(payload))])


async def run(dispatcher: Dispatcher, connection: Connection, sent: Event) -> None:
    awaitable: Awaitable[None] | None = dispatcher.dispatch(connection, sent)
    if awaitable is not None:
        await awaitable


@pytest.mark.parametrize("number", [1, 11])
async def test_a_success_is_acknowledged_when_it_was_asked_for(number: int) -> None:
    dispatcher, connection, line = make()
    await run(dispatcher, connection, event("do", {"number": number}, 7))
    await run(dispatcher, connection, event("do", {"number": number}))
    assert line.sent == [(7, {"ok": True, "data": {"done": 1}})]


@pytest.mark.parametrize("number", [2, 12])
async def test_an_error_goes_into_the_answer_or_an_event(number: int) -> None:
    dispatcher, connection, line = make()
    await run(dispatcher, connection, event("do", {"number": number}, 7))
    await run(dispatcher, connection, event("do", {"number": number}))
    error = {"code": "conflict", "message": "no"}
    assert line.sent == [
        (7, {"ok": False, "error": error}),
        ["error", {**error, "event": "do"}],
    ]
    assert dispatcher.refused["conflict"] == 2


@pytest.mark.parametrize("number", [3, 13])
async def test_a_mistake_of_ours_is_logged_whole_and_told_in_one_sentence(number: int) -> None:
    dispatcher, connection, line = make()
    with capture_logs() as logs:
        await run(dispatcher, connection, event("do", {"number": number}, 7))
    (answer,) = line.sent
    assert answer[1]["error"]["code"] == "internal"
    assert "mistake" not in str(answer)
    (logged,) = logs
    assert (logged["event"], logged["event_name"]) == ("handler_failed", "do")
    assert isinstance(logged["exc_info"], KeyError)


async def test_the_first_event_of_one_dialect_alone_decides_it_once() -> None:
    dispatcher, connection, line = make()
    await run(dispatcher, connection, event("tun", {"number": 1}, 1))
    assert connection.dialect.name == "two"
    await run(dispatcher, connection, event("do", {"number": 1}, 2))
    assert connection.dialect.name == "two"
    assert [sent[0] for sent in line.sent] == ["welcome", 1, 2]
    assert line.sent[2][1]["error"]["code"] == "unknown_event"


async def test_nothing_is_done_any_more_for_who_is_gone_once_it_was_greeted() -> None:
    dispatcher, connection, line = make()

    async def greets(connection: Connection) -> None:
        connection.over = True

    dispatcher.dialects["two"].greets = greets
    await run(dispatcher, connection, event("tun", {"number": 1}, 1))
    assert line.sent == []


@pytest.mark.parametrize("name", ["both", "nonsense"])
async def test_an_event_that_tells_nothing_leaves_the_dialect_open(name: str) -> None:
    dispatcher, connection, _ = make()
    await run(dispatcher, connection, event(name, {"number": 1}, 1))
    assert connection.dialect.name == "one"
    await run(dispatcher, connection, event("tun", {"number": 1}, 2))
    await run(dispatcher, connection, event("do", {"number": 1}, 3))
    assert connection.dialect.name == "two"


def test_each_is_told_in_its_own_words_and_in_none_if_it_has_none() -> None:
    dispatcher, connection, line = make()
    elsewhere = Line()
    other = elsewhere.connection(dispatcher.dialects["two"], settled=True)
    tell(Told(5), connection, other)
    tell(Told(50), connection, other)
    tell(Unheard(5), connection, other)
    assert line.sent == [["small", {"number": 5}], ["any"], ["any"]]
    assert elsewhere.sent == [["gesagt", 5], ["gesagt", 50]]


def test_an_event_is_encoded_once_for_all_who_share_a_dialect() -> None:
    dispatcher, connection, _ = make()
    one, two = connection.dialect, dispatcher.dialects["two"]
    lines = [Line() for _ in range(4)]
    dialects = (one, two, one, one)
    tell(
        Told(50),
        *(line.connection(each, settled=True) for line, each in zip(lines, dialects, strict=True)),
    )
    sent = [frames for line in lines for frames in line.frames]
    assert len({id(frames) for frames in sent}) == 2
    assert len(sent) == 4
