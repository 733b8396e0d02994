"""Events and answers from a client: read when asked for, held to their shapes; `PacketError` for what is none."""

from __future__ import annotations

import msgspec
import pytest

from parley.engine import JsonRefused, PacketError, Payload
from parley.engine.event import decode_ack, decode_event
from parley.engine.packets import MAX_ATTACHMENTS

HOLE = '{"_placeholder":true,"num":%d}'


class Join(msgspec.Struct):
    room: str = "lobby"


join: Payload[Join] = Payload(Join)


def test_an_event_gives_its_name_arguments_and_id() -> None:
    event = decode_event('["join", {"room": "a"}, 2 ]', 7)
    assert (event.name, event.args, event.id) == ("join", [{"room": "a"}, 2], 7)
    assert join.of(event) == Join("a")


def test_an_event_without_arguments_has_an_empty_object_for_its_first() -> None:
    event = decode_event('["join"]', None)
    assert (event.args, join.of(event)) == ([], Join())
    assert join.of(decode_event('["join"]', None, [b"unused"])) == Join()


@pytest.mark.parametrize("argument", ["1", '"a"', '{"room":1}', "[]", "null"])
def test_a_first_argument_of_another_shape_is_a_validation_error(argument: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        join.of(decode_event(f'["join",{argument}]', None))
    with pytest.raises(msgspec.ValidationError):
        join.of(decode_event(f'["join",{argument}]', None, [b""]))


@pytest.mark.parametrize(
    "data",
    ["[]", "[1]", "[null]", "[[]]", '[{"a":1}]', '["a"', '["a",]', '["a"]x', r'["a","\u0000"]'],
)
def test_an_array_that_is_no_event_is_refused(data: str) -> None:
    for attachments in ([], [b"one"]):
        with pytest.raises(PacketError):
            _ = decode_event(data, None, attachments).args
        with pytest.raises(PacketError):
            join.of(decode_event(data, None, attachments))


def test_an_argument_that_only_reading_shows_to_be_wrong_is_a_packet_error() -> None:
    event = decode_event(f'["a",{"1" * 5000}]', None)
    with pytest.raises(JsonRefused):
        event.args  # noqa: B018


# --- Attachments ------------------------------------------------------------------------------


def test_attachments_take_their_places() -> None:
    data = '["a",' + HOLE % 1 + ',{"deep":[' + HOLE % 0 + ',{"_placeholder":1,"num":0}]}]'
    event = decode_event(data, 3, [b"zero", b"one"])
    kept = {"_placeholder": 1, "num": 0}
    assert event.args == [b"one", {"deep": [b"zero", kept]}]
    assert decode_ack("[" + HOLE % 0 + "]", [b"x"]) == [b"x"]


def test_a_placeholder_without_attachments_is_an_ordinary_object() -> None:
    event = decode_event('["a",' + HOLE % 0 + "]", None)
    assert event.args == [{"_placeholder": True, "num": 0}]


@pytest.mark.parametrize(
    "num", ["-1", "1", "true", "false", '"0"', "0.0", "null", "[]", "99999999999999999999"]
)
def test_a_placeholder_that_names_no_attachment_is_refused(num: str) -> None:
    hole = f'{{"_placeholder":true,"num":{num}}}'
    with pytest.raises(PacketError):
        decode_event(f'["a",{hole}]', None, [b"only"])
    with pytest.raises(PacketError):
        decode_ack(f"[{hole}]", [b"only"])
    with pytest.raises(PacketError):
        decode_ack('[{"_placeholder":true}]', [b"only"])


def test_one_attachment_cannot_be_multiplied_without_bound() -> None:
    holes = [HOLE % 0] * (MAX_ATTACHMENTS + 1)
    assert decode_ack(f"[{','.join(holes[1:])}]", [b"x"]) == [b"x"] * MAX_ATTACHMENTS
    with pytest.raises(PacketError):
        decode_ack(f"[{','.join(holes)}]", [b"x"])


@pytest.mark.parametrize("data", ["{}", "1", '"a"', "null", HOLE % 0])
def test_an_answer_that_is_no_array_is_refused(data: str) -> None:
    for attachments in ([], [b"one"]):
        with pytest.raises(PacketError):
            decode_ack(data, attachments)
