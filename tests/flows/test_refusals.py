"""What is wrong is said to whoever did it, by a stable code, in one shape; and it costs the server nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind, SocketLine

pytestmark = pytest.mark.usefixtures("strangers")

ROOM = {"roomId": "x"}
WRONG: list[tuple[str, list[Any]]] = [
    ("join", [{}]),
    ("join", [{"type": "phone"}]),
    ("join", [{"type": None}]),
    ("join", [[]]),
    ("join", ["video"]),
    ("join", [None]),
    ("join", [7]),
    ("join", []),
    ("join", [{"type": "chat", "preferences": []}]),
    ("join", [{"type": "chat", "preferences": {"interests": "music"}}]),
    ("join", [{"type": "chat", "preferences": {"interests": ["x"] * 11}}]),
    ("join", [{"type": "chat", "preferences": {"interests": ["x" * 65]}}]),
    ("join", [{"type": "chat", "preferences": {"interests": [1]}}]),
    ("join", [{"type": "chat", "preferences": {"countries": ["x"] * 11}}]),
    ("join", [{"type": "chat", "preferences": {"countries": [list("ab")]}}]),
    ("join", [{"type": "chat", "preferences": {"country": 1}}]),
    ("join", [{"type": "chat", "preferences": {"country": "x" * 65}}]),
    ("join", [{"type": "chat", "preferences": {"countryRequired": "yes"}}]),
    ("join", [{"type": "chat", "preferences": {"language": {}}}]),
    ("match-user", [{"country": 1}]),
    ("match-user", [{"type": "phone"}]),
    ("match-user", ["IN"]),
    ("skip", ["now"]),
    ("leave_queue", [1]),
    ("leave_room", [{"roomId": 1}]),
    ("leave_room", ["x"]),
    ("leave_room", [{"roomId": "x" * 65}]),
    ("send_message", [ROOM]),
    ("send_message", [{"message": "x"}]),
    ("send_message", [{**ROOM, "message": ""}]),
    ("send_message", [{**ROOM, "message": None}]),
    ("send_message", [{**ROOM, "message": 1}]),
    ("send_message", [{**ROOM, "message": ["x"]}]),
    ("send_message", [{**ROOM, "message": "x" * 2001}]),
    ("typing", [ROOM]),
    ("typing", [{**ROOM, "isTyping": "true"}]),
    ("typing", [{**ROOM, "isTyping": 1}]),
    ("offer", [ROOM]),
    ("offer", [{**ROOM, "offer": 1}]),
    ("offer", [{**ROOM, "offer": None}]),
    ("offer", [{**ROOM, "offer": []}]),
    ("offer", [{**ROOM, "offer": {"sdp": 1}}]),
    ("answer", [{**ROOM, "answer": True}]),
    ("ice_candidate", [ROOM]),
    ("ice_candidate", [{**ROOM, "candidate": 1}]),
    ("ice_candidate", [{**ROOM, "candidate": [None]}]),
    ("ice_candidates", [{**ROOM, "candidates": None}]),
    ("ice_candidates", [{**ROOM, "candidates": {}}]),
    ("ice_candidates", [{**ROOM, "candidates": [None] * 33}]),
    ("ice_candidates", [{**ROOM, "candidates": [1]}]),
]
WRONG_001: list[tuple[str, list[Any]]] = [
    ("offer", [{"sdp": 1, **ROOM}]),
    ("offer", [{"sdp": {"sdp": []}, **ROOM}]),
    ("answer", [ROOM]),
    ("add-ice-candidate", [{"candidate": 7, **ROOM}]),
    ("add-ice-candidate", [{"candidate": None}]),
    ("skip", [[]]),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    limits = dict.fromkeys(
        ("limit_events", "limit_chat", "limit_skip", "limit_candidates", "limit_typing"),
        "10000/10000",
    )
    with ParleyServer(tmp_path_factory.mktemp("refusals"), **limits) as running:
        yield running


def in_turn(wrong: list[tuple[str, list[Any]]]) -> Iterator[list[tuple[str, list[Any]]]]:
    """Forty at a time, so that nobody is shown the door."""
    for at in range(0, len(wrong), 40):
        yield wrong[at : at + 40]


@pytest.mark.parametrize("over", KINDS)
@pytest.mark.parametrize(("dialect", "wrong"), [("native", WRONG), ("omegle", WRONG_001)])
async def test_a_wrong_shape_is_a_bad_request(
    server: ParleyServer, over: Kind, dialect: str, wrong: list[tuple[str, list[Any]]]
) -> None:
    for some in in_turn(wrong):
        one = await Stranger.arrive(server.port, dialect, over=over)
        if dialect == "omegle":
            await one.hear("lobby")
        for name, args in some:
            answer = await one.ask(name, *args)
            assert answer.keys() == {"ok", "error"}, (name, args)
            assert answer["ok"] is False
            assert answer["error"].keys() == {"code", "message"}
            assert answer["error"]["code"] == "bad_request", (name, args)
            await one.emit(name, *args)
            error = await one.hear("error")
            assert error.keys() == {"code", "message", "event"}, (name, args)
            assert (error["code"], error["event"]) == ("bad_request", name)
            assert error["message"]


@pytest.mark.parametrize("over", KINDS)
@pytest.mark.parametrize("dialect", ["native", "omegle"])
async def test_an_event_that_there_is_not_is_unknown(
    server: ParleyServer, over: Kind, dialect: str
) -> None:
    one = await Stranger.arrive(server.port, dialect, over=over)
    if dialect == "omegle":
        await one.hear("lobby")
    for name in ("nonsense", "", "new_message", "partner_found", "session", "__proto__", "é" * 70):
        assert await one.fail(name, {"roomId": "x"}) == "unknown_event"
        await one.emit(name, {"roomId": "x"})
        error = await one.hear("error")
        assert (error["code"], error["event"]) == ("unknown_event", name[:64])


@pytest.mark.parametrize("over", KINDS)
async def test_what_is_too_large_is_refused_and_reaches_nobody(
    server: ParleyServer, over: Kind
) -> None:
    one, other = (
        await Stranger.arrive(server.port, over=over),
        await Stranger.arrive(server.port),
    )
    room = await couple(one, other)
    sdp, candidate = "x" * 32768, "x" * 1024
    for event, fits, too_large in (
        ("offer", {"offer": {"type": "offer", "sdp": sdp}}, {"offer": {"sdp": sdp + "x"}}),
        ("answer", {"answer": {"type": "answer", "sdp": sdp}}, {"answer": sdp + "x"}),
        (
            "ice_candidate",
            {"candidate": {"candidate": candidate}},
            {"candidate": {"candidate": candidate * 2}},
        ),
        ("ice_candidates", None, {"candidates": [None, {"candidate": candidate * 2}]}),
    ):
        assert await one.fail(event, {"roomId": room, **too_large}) == "too_large"
        await one.emit(event, {"roomId": room, **too_large})
        assert (await one.hear("error"))["code"] == "too_large"
        if fits is not None:
            await one.do(event, {"roomId": room, **fits})
            assert await other.hear(event) == {"roomId": room, **fits}


@pytest.mark.parametrize("over", ["websocket", "plain"])
async def test_a_message_beyond_the_bound_closes_the_connection_with_1009(
    server: ParleyServer, over: Kind
) -> None:
    one = await Stranger.arrive(server.port, over=over)
    await one.emit("offer", {"roomId": "x", "offer": "x" * 65536})
    assert await one.hang_up_heard() == 1009


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "not json",
        "[]",
        "null",
        "1",
        '"join"',
        "{}",
        '{"event":1}',
        '{"event":"join","id":"seven"}',
        '{"event":"join","args":{}}',
        b"binary",
    ],
)
async def test_a_frame_that_is_no_event_is_answered_on_the_plain_websocket(
    server: ParleyServer, frame: str | bytes
) -> None:
    one = await Stranger.arrive(server.port, over="plain")
    await one.line.raw(frame)
    error = await one.hear("error")
    assert (error["code"], error["event"]) == ("bad_request", None)
    await one.do("join", {"type": "chat"})  # and it is still connected


@pytest.mark.parametrize(
    "packet",
    ["4", "42", "42{}", "42[]", "42[1]", "429", "43[]", "44", "45", "4x", "9", "42[NaN]", "40{}"],
)
async def test_a_packet_that_is_none_ends_a_socketio_session(
    server: ParleyServer, packet: str
) -> None:
    one = await Stranger.arrive(server.port)
    await one.line.raw(packet)
    assert await one.hang_up_heard() is not None


REFUSED_JSON = (
    "NaN",
    '{"type":"chat","preferences":{"country":Infinity}}',
    '{"type":"chat","preferences":{"country":1e999}}',
    '{"type":"chat","preferences":{"country":' + "1" * 5000 + "}}",
    '{"type":"chat","preferences":{"country":"\\ud800"}}',
    '{"type":"chat","userId":"\\u0000"}',
    '{"type":"chat","userId":' + "[" * 40 + "]" * 40 + "}",
    '{"type":"chat","userId":[' + "[]," * 3000 + "1]}",
)


@pytest.mark.parametrize("over", ["websocket", "polling"])
@pytest.mark.parametrize("name", ['["join",', '[ "jo\\u0069n" ,'])
@pytest.mark.parametrize("json", REFUSED_JSON)
async def test_json_that_is_not_taken_costs_a_socketio_client_that_event_alone(
    server: ParleyServer, over: Kind, name: str, json: str
) -> None:
    one = await Stranger.arrive(server.port, over=over)
    await one.line.raw(f"42{name}{json}]")
    error = await one.hear("error")
    assert (error["code"], error["event"]) == ("bad_request", "join")
    await one.line.raw(f"427{name}{json}]")
    said = await one.line.said()
    assert (said.what, said.id, said.args[0]["error"]["code"]) == ("answer", 7, "bad_request")
    await one.do("join", {"type": "chat"})


@pytest.mark.parametrize(
    "json",
    ['"\\u0000"', '"\\ud83d"', "NaN", "[" * 40 + "]" * 40, "[" + "[]," * 3000 + "1]"],
)
async def test_json_that_is_not_taken_is_answered_on_the_plain_websocket(
    server: ParleyServer, json: str
) -> None:
    one = await Stranger.arrive(server.port, over="plain")
    await one.line.raw(f'{{"event":"join","data":{{"type":"chat","userId":{json}}}}}')
    error = await one.hear("error")
    assert (error["code"], error["event"]) == ("bad_request", "join")
    await one.line.raw(f'{{"event":"join","id":7,"data":{{"type":"chat","userId":{json}}}}}')
    said = await one.line.said()
    assert (said.what, said.id, said.args[0]["error"]["code"]) == ("answer", 7, "bad_request")
    await one.do("join", {"type": "chat"})


async def test_an_answer_goes_to_what_was_asked(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port)
    assert isinstance(one.line, SocketLine)
    await one.line.raw('42999["nonsense"]')
    await one.line.raw('420["join",{"type":"chat"}]')
    said = [await one.line.said() for _ in range(3)]
    assert [(each.what, each.id) for each in said] == [("answer", 999), ("event", 0), ("answer", 0)]
