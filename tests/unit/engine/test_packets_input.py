"""What `packets` promises of a client's input: JSON held to our rules; `PacketError` and nothing else."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings

from parley.engine.event import decode_ack, decode_event
from parley.engine.frames import unframe
from parley.engine.packets import (
    MAX_BRACKETS,
    MAX_DEPTH,
    MAX_PAYLOAD_PACKETS,
    PacketError,
    PacketType,
    check_json,
    decode,
    decode_json,
    decode_payload,
    encode_event,
)

untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = PacketType
HOLE = '{"_placeholder":true,"num":%d}'

# --- JSON from a client -----------------------------------------------------------------------


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_json_may_nest_up_to_the_bound(opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    deepest = opening * (MAX_DEPTH - 1) + "1" + closing * (MAX_DEPTH - 1)
    decode_json(f"[{deepest}]")
    decode_json(f"[{deepest},{deepest},[]]")
    with pytest.raises(PacketError, match="too deep"):
        decode_json(opening * (MAX_DEPTH + 1) + "1" + closing * (MAX_DEPTH + 1))


def test_brackets_count_for_depth_only_outside_strings_and_while_open() -> None:
    many = ["[" * 100, "{[" * 100, '\\"[' * 100, "\\", {"]": []}] + [[]] * 100
    assert decode_json(msgspec.json.encode(many).decode()) == many


def test_depth_is_checked_in_one_pass_over_an_unfinished_string() -> None:
    # Work that grew with the square of the size would keep this test running for an hour.
    check_json("[]" * (MAX_DEPTH + 1) + '"' + '\\"' * 1_000_000)
    check_json("[]" * (MAX_DEPTH + 1) + '"\\\n' * 300_000)


@pytest.mark.parametrize(
    "text",
    [
        *(r'"\u0000"', r'"a\u0000b"', r'{"\u0000":1}', '"\0"', '"a\nb"', '"\x1f"'),
        *(r'"\ud800"', r'"\uDBFF"', r'"\udc00"', r'"\uDFFF"', r'"\udc00\ud800"', '"\ud800"'),
        *(r'"\ud800\ud800\udc00"', r'"\ud83d\\ude00"', r'"\ud83d \ude00"', r'"\\\ud800"'),
        *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "[NaN]"),
        *("", " ", "[", "[1,]", "{a:1}", "01", "1 2", "'a'", "\ufeff1", "tru", '"\\x41"', '"'),
        "1" * 5000,
    ],
)
def test_json_outside_our_rules_is_refused(text: str) -> None:
    with pytest.raises(PacketError):
        decode_json(text)


@pytest.mark.parametrize(
    "text", [r'"\u0000"', r'"\ud800"', r'"\uDBFF"', r'"\udc00"', r'"\uDFFF"', r'"\uDd00\ud800"']
)
def test_nul_and_lone_surrogates_are_refused_even_where_nobody_reads_them(text: str) -> None:
    with pytest.raises(PacketError):
        check_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83d\ude00"', "😀"),
        (r'"\uD83D\uDE00\u00e9"', "😀é"),
        (r'"\\u0000 \\ud800"', r"\u0000 \ud800"),
        (r'"\\\\u0000"', r"\\u0000"),
        (r'"\u0001\n"', "\x01\n"),
        (" [1, 2.5, -0, null] ", [1, 2.5, 0, None]),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ('{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_json_inside_our_rules_is_read(text: str, value: object) -> None:
    assert decode_json(text) == value


# --- Hostile input ----------------------------------------------------------------------------

SEEDS = (
    '0/admin,{"token":"123"}',
    '2["foo",{"a":[1,2.5e3,"\\ud83d\\ude00"]}]',
    '2/admin,12["foo","é€😀",null]',
    '312["bar",{"ok":true}]',
    "51-[" + '"baz",' + HOLE % 0 + "]",
    "62-7[" + HOLE % 0 + "," + HOLE % 1 + "]",
    "2" + "[" * 40 + "]" * 40,
    '2["\\u0000\\udc00","\\"]"]',
    "4hello\x1e2\x1ebAQIDBA==\x1e6",
)
SPICE = '0123456789[]{}",:\\/-b\x1e\0\n ué\ud800�eE.+'


def mutated(random: Random) -> str:
    chars = list(random.choice(SEEDS))
    for _ in range(random.randrange(6)):
        at = random.randrange(len(chars) + 1)
        match random.randrange(4):
            case 0:
                chars[at : at + 1] = random.choice(SPICE)
            case 1:
                chars[at:at] = random.choice(SPICE) * random.choice((1, 2, 40))
            case 2:
                del chars[at : at + random.randrange(1, 4)]
            case _:
                chars[at:at] = chars[max(0, at - 5) : at]
    return "".join(chars)


def read_all(text: str) -> list[Any]:
    """Everything that a server does with a packet; what it carries."""
    packet = decode(text)
    attachments = [b"\xff"] * packet.attachments
    if packet.type in (EVENT, BINARY_EVENT):
        event = decode_event(packet.data, packet.id, attachments)
        return [event.name, *event.args]
    if packet.type in (ACK, BINARY_ACK):
        return decode_ack(packet.data, attachments)
    return [decode_json(packet.data)] if packet.data else []


def strings_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = [*value, *value.values()] if isinstance(value, dict) else value
    if isinstance(inside, list):
        return [string for each in inside for string in strings_in(each)]
    return []


def test_ten_thousand_hostile_packets_are_read_or_are_a_packet_error() -> None:
    random = Random(20_240_602)
    good = bad = 0
    for _ in range(10_000):
        text = mutated(random)
        try:
            carried = read_all(text)
        except PacketError:
            bad += 1
        else:
            good += 1
            # What was accepted can be sent on.
            assert unframe(encode_event("/", ["relayed", *carried]))
            for string in strings_in(carried):
                assert "\0" not in string
                string.encode()
    assert good > 500
    assert bad > 500


def test_ten_thousand_hostile_payloads_are_split_or_are_a_packet_error() -> None:
    random = Random(20_240_603)
    good = bad = 0
    for _ in range(10_000):
        try:
            packets = decode_payload(mutated(random))
        except PacketError:
            bad += 1
        else:
            good += 1
            assert 1 <= len(packets) <= MAX_PAYLOAD_PACKETS
    assert good > 500
    assert bad > 500


def test_a_text_of_nothing_but_brackets_is_refused_before_it_is_walked() -> None:
    check_json("[" + "[]," * (MAX_BRACKETS - 2) + "1]")
    with pytest.raises(PacketError, match="too many"):
        check_json("[" + "[]," * MAX_BRACKETS + "1]")
