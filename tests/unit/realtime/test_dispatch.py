"""The dispatcher and the dialects' tables: one answer to every event, whatever its handler does."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, cast

import msgspec
import pytest
from structlog.testing import capture_logs

from parley.engine import Emission, Event, Reason, Socket
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


class FakeSocket:
    """Notes what it is told to send."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def ack(self, event: Event, *args: Any) -> None:
        self.sent.append(("ack", event.id, msgspec.to_builtins(args[0])))

    def emit(self, name: str, *args: Any) -> None:
        self.sent.append((name, *map(msgspec.to_builtins, args)))

    def send(self, emission: Emission) -> None:
        self.sent.append((emission.name, *map(msgspec.to_builtins, emission.args)))

    def disconnect(self, reason: Reason) -> None:
        self.sent.append(reason)


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


def make() -> tuple[Dispatcher, Connection, FakeSocket]:
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
    socket = FakeSocket()
    person = Actor("g_x", "guest")
    return (
        dispatcher,
        Connection(cast("Socket", socket), person, one, settled=False, since=0.0),
        socket,
    )


def event(name: str, payload: Any, ack: int | None = None) -> Event:
    return Event(name, ack, None, [msgspec.Raw(msgspec.json.encode(payload))])


async def run(dispatcher: Dispatcher, connection: Connection, sent: Event) -> None:
    awaitable: Awaitable[None] | None = dispatcher.dispatch(connection, sent)
    if awaitable is not None:
        await awaitable


@pytest.mark.parametrize("number", [1, 11])
async def test_a_success_is_acknowledged_when_it_was_asked_for(number: int) -> None:
    dispatcher, connection, socket = make()
    await run(dispatcher, connection, event("do", {"number": number}, 7))
    await run(dispatcher, connection, event("do", {"number": number}))
    assert socket.sent == [("ack", 7, {"ok": True, "data": {"done": 1}})]


@pytest.mark.parametrize("number", [2, 12])
async def test_an_error_goes_into_the_answer_or_an_event(number: int) -> None:
    dispatcher, connection, socket = make()
    await run(dispatcher, connection, event("do", {"number": number}, 7))
    await run(dispatcher, connection, event("do", {"number": number}))
    error = {"code": "conflict", "message": "no"}
    assert socket.sent == [
        ("ack", 7, {"ok": False, "error": error}),
        ("error", {**error, "event": "do"}),
    ]
    assert dispatcher.refused["conflict"] == 2


@pytest.mark.parametrize("number", [3, 13])
async def test_a_mistake_of_ours_is_logged_whole_and_told_in_one_sentence(number: int) -> None:
    dispatcher, connection, socket = make()
    with capture_logs() as logs:
        await run(dispatcher, connection, event("do", {"number": number}, 7))
    (answer,) = socket.sent
    assert answer[2]["error"]["code"] == "internal"
    assert "mistake" not in str(answer)
    (line,) = logs
    assert (line["event"], line["event_name"]) == ("handler_failed", "do")
    assert isinstance(line["exc_info"], KeyError)


async def test_the_first_event_of_one_dialect_alone_decides_it_once() -> None:
    dispatcher, connection, socket = make()
    await run(dispatcher, connection, event("tun", {"number": 1}, 1))
    assert connection.dialect.name == "two"
    await run(dispatcher, connection, event("do", {"number": 1}, 2))
    assert connection.dialect.name == "two"
    assert [sent[:2] for sent in socket.sent] == [("welcome",), ("ack", 1), ("ack", 2)]
    assert socket.sent[2][2]["error"]["code"] == "unknown_event"


@pytest.mark.parametrize("name", ["both", "nonsense"])
async def test_an_event_that_tells_nothing_leaves_the_dialect_open(name: str) -> None:
    dispatcher, connection, _ = make()
    await run(dispatcher, connection, event(name, {"number": 1}, 1))
    assert connection.dialect.name == "one"
    await run(dispatcher, connection, event("tun", {"number": 1}, 2))
    await run(dispatcher, connection, event("do", {"number": 1}, 3))
    assert connection.dialect.name == "two"


def test_each_is_told_in_its_own_words_and_in_none_if_it_has_none() -> None:
    dispatcher, connection, socket = make()
    other_socket = FakeSocket()
    other = Connection(
        cast("Socket", other_socket),
        connection.actor,
        dispatcher.dialects["two"],
        settled=True,
        since=0.0,
    )
    tell(Told(5), connection, other)
    tell(Told(50), connection, other)
    tell(Unheard(5), connection, other)
    assert socket.sent == [("small", {"number": 5}), ("any",), ("any",)]
    assert other_socket.sent == [("gesagt", 5), ("gesagt", 50)]


def test_an_event_is_encoded_once_for_all_who_share_a_dialect() -> None:
    dispatcher, connection, _ = make()
    one, two = connection.dialect, dispatcher.dialects["two"]
    sent: list[Emission] = []

    class Noting(FakeSocket):
        def send(self, emission: Emission) -> None:
            sent.append(emission)

    crowd = [
        Connection(cast("Socket", Noting()), connection.actor, dialect, settled=True, since=0.0)
        for dialect in (one, two, one, one)
    ]
    tell(Told(50), *crowd)
    assert len({id(emission) for emission in sent}) == 2
    assert len(sent) == 4
