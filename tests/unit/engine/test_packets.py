"""What `packets` promises of the wire: the protocol documents' examples, both ways, and our bounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.engine.event import decode_ack, decode_event
from parley.engine.frames import unframe
from parley.engine.packets import (
    MAX_ATTACHMENTS,
    MAX_PAYLOAD_PACKETS,
    SEPARATOR,
    PacketError,
    PacketType,
    decode,
    decode_payload,
    encode_ack,
    encode_control,
    encode_event,
    encode_payload,
    frame,
)
from tests.support.wsclient import BINARY, TEXT, ServerFrames

untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR, BINARY_EVENT, BINARY_ACK = PacketType
HOLE = '{"_placeholder":true,"num":%d}'

# --- Engine.IO payloads -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "packets"),
    [
        ("4hello\x1e2\x1e4world", ["4hello", "2", "4world"]),
        ("4hello\x1ebAQIDBA==", ["4hello", b"\x01\x02\x03\x04"]),
        ("6", ["6"]),
        ("4€é", ["4€é"]),
        ("b", [b""]),
    ],
)
def test_a_payload_is_split_and_joined(body: str, packets: list[str | bytes]) -> None:
    assert decode_payload(body) == packets
    assert encode_payload(packets) == body


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\x1e",
        "4a\x1e",
        "\x1e4a",
        "4a\x1e\x1e4b",
        "7",
        "hello",
        "B4a",
        "bAA",
        "b!",
        "bé",
        "b A==",
    ],
)
def test_what_is_no_payload_is_refused(body: str) -> None:
    with pytest.raises(PacketError):
        decode_payload(body)


def test_a_payload_has_a_bounded_number_of_packets() -> None:
    assert len(decode_payload(SEPARATOR.join(["2"] * MAX_PAYLOAD_PACKETS))) == MAX_PAYLOAD_PACKETS
    with pytest.raises(PacketError, match="too many packets"):
        decode_payload(SEPARATOR.join(["2"] * (MAX_PAYLOAD_PACKETS + 1)))


engine_packets = st.one_of(
    st.binary(max_size=50),
    st.builds(
        str.__add__,
        st.sampled_from("0123456"),
        st.text(st.characters(exclude_characters=SEPARATOR, exclude_categories=["Cs"])),
    ),
)


@untimed
@given(st.lists(engine_packets, min_size=1, max_size=MAX_PAYLOAD_PACKETS))
def test_a_payload_survives_the_round_trip(packets: list[str | bytes]) -> None:
    assert decode_payload(encode_payload(packets)) == packets


# --- Socket.IO packets ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ("0", (CONNECT, "/", None, "", 0)),
        ('0{"token":"123"}', (CONNECT, "/", None, '{"token":"123"}', 0)),
        ("0/admin", (CONNECT, "/admin", None, "", 0)),
        ("0/admin,", (CONNECT, "/admin", None, "", 0)),
        ('0/admin,{"a":1}', (CONNECT, "/admin", None, '{"a":1}', 0)),
        ("1", (DISCONNECT, "/", None, "", 0)),
        ("1/admin,", (DISCONNECT, "/admin", None, "", 0)),
        ('2["foo"]', (EVENT, "/", None, '["foo"]', 0)),
        ('2/admin,["bar"]', (EVENT, "/admin", None, '["bar"]', 0)),
        ('2/,["bar"]', (EVENT, "/", None, '["bar"]', 0)),
        ('212["foo"]', (EVENT, "/", 12, '["foo"]', 0)),
        ('20["foo"]', (EVENT, "/", 0, '["foo"]', 0)),
        ('2/a-1_b,7["x"]', (EVENT, "/a-1_b", 7, '["x"]', 0)),
        ('2999999999999999["x"]', (EVENT, "/", 999_999_999_999_999, '["x"]', 0)),
        ('3/admin,13["bar"]', (ACK, "/admin", 13, '["bar"]', 0)),
        ("30[]", (ACK, "/", 0, "[]", 0)),
        ('4{"message":"no"}', (CONNECT_ERROR, "/", None, '{"message":"no"}', 0)),
        ('51-["b",1]', (BINARY_EVENT, "/", None, '["b",1]', 1)),
        ('52-/admin,["b"]', (BINARY_EVENT, "/admin", None, '["b"]', 2)),
        ('54-/admin,8["b"]', (BINARY_EVENT, "/admin", 8, '["b"]', 4)),
        ("61-15[]", (BINARY_ACK, "/", 15, "[]", 1)),
    ],
)
def test_a_packet_is_read_as_the_protocol_says(text: str, packet: tuple[object, ...]) -> None:
    assert decode(text) == packet


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "7", "9", "/", "[]", "-1[]", " 2[]", "²[]"),  # no packet type
        *("2", "2abc", "2{}", '2"a"', "2null", "2 []", "212", "2/a", "2/a,", "2/a,{}"),  # no array
        *("2/a[1]", "2/a b,[1]", "2a[1]", '42["a"]', "2-1[]", "21-[]", "2٣[]"),
        '21234567890123456["an id that no number holds exactly"]',
        "2/" + "n" * 128 + ",[]",
        *("3[]", "3/a,[]", "3", "31{}", "61-[]"),  # an answer to what?
        *("5[]", "5-[]", '5["a"]', "61[]", f"5{MAX_ATTACHMENTS + 1}-[]", "5999-[]", "50001-[]"),
        *("01", "0[]", "0null", '0"a"', "0/a,1{}", "0/a,[]"),  # auth is an object
        *("1{}", "1[]", "1/a,{}", "11"),  # a disconnect carries nothing
        *("4[]", '4"a"', "41{}"),
    ],
)
def test_what_is_no_packet_is_refused(text: str) -> None:
    with pytest.raises(PacketError):
        decode(text)


# --- What we send -----------------------------------------------------------------------------


def test_what_holds_itself_is_an_error_and_no_crash() -> None:
    endless: list[Any] = [b"x"]
    endless.append(endless)
    with pytest.raises(RecursionError):
        encode_event("/", ["name", endless])


def sent(out: bytes) -> list[str | bytes]:
    return unframe(out)


@pytest.mark.parametrize(
    ("out", "packets"),
    [
        (encode_event("/", ["foo"]), ['42["foo"]']),
        (encode_event("/", ["foo", 1, "é"], 12), ['4212["foo",1,"é"]']),
        (encode_event("/admin", ["foo", {"a": None}], 0), ['42/admin,0["foo",{"a":null}]']),
        (encode_event("/", ["b", b"x"]), [f'451-["b",{HOLE % 0}]', b"x"]),
        (
            encode_event("/admin", ["b", {"n": (bytearray(b"y"), b"")}], 5),
            [f'452-/admin,5["b",{{"n":[{HOLE % 0},{HOLE % 1}]}}]', b"y", b""],
        ),
        (encode_ack("/", 0, []), ["430[]"]),
        (encode_ack("/", 1, [bytearray(b"x")]), [f"461-1[{HOLE % 0}]", b"x"]),
        (encode_ack("/admin", 13, ["bar"]), ['43/admin,13["bar"]']),
        (encode_ack("/", 15, [b"z"]), [f"461-15[{HOLE % 0}]", b"z"]),
        (encode_control(CONNECT, "/", {"sid": "a"}), ['40{"sid":"a"}']),
        (encode_control(CONNECT, "/", {}), ["40{}"]),
        (encode_control(CONNECT, "/admin", {"sid": "a"}), ['40/admin,{"sid":"a"}']),
        (encode_control(CONNECT_ERROR, "/", {"message": "no"}), ['44{"message":"no"}']),
        (encode_control(DISCONNECT, "/"), ["41"]),
        (encode_control(DISCONNECT, "/admin"), ["41/admin,"]),
    ],
)
def test_packets_are_written_as_the_protocol_says(out: bytes, packets: list[str | bytes]) -> None:
    assert sent(out) == packets


def test_an_arguments_list_is_left_as_it_was() -> None:
    array: list[Any] = ["a", {"file": b"x"}, [b"y"]]
    encode_event("/", array)
    assert array == ["a", {"file": b"x"}, [b"y"]]


@pytest.mark.parametrize("packet", ["4", "42[]", "4" + "é" * 100, b"", b"\xff" * 70_000])
def test_an_outgoing_packet_is_a_frame_that_long_polling_can_read_back(packet: str | bytes) -> None:
    out = frame(packet)
    ((opcode, payload, _),) = ServerFrames().feed(out)
    assert opcode == (TEXT if isinstance(packet, str) else BINARY)
    assert payload == (packet.encode() if isinstance(packet, str) else packet)
    assert unframe(out + out) == [packet, packet]


strings = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    strings,
)


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves, lambda inner: st.lists(inner) | st.dictionaries(strings, inner), max_leaves=10
    )


arguments = st.lists(nested(scalars), max_size=4)
with_binary = st.lists(st.one_of(st.binary(max_size=20), nested(scalars)), max_size=MAX_ATTACHMENTS)
namespaces = st.sampled_from(["/", "/admin", "/a-b_c.d"])


def reread(out: bytes) -> tuple[Any, list[bytes]]:
    """Our own packets as the decoder reads them."""
    first, *rest = sent(out)
    assert isinstance(first, str)
    packet = decode(first[1:])
    attachments = [each for each in rest if isinstance(each, bytes)]
    assert packet.attachments == len(attachments) == len(rest)
    return packet, attachments


@untimed
@given(namespaces, strings, arguments | with_binary, st.none() | st.integers(0, 10**15 - 1))
def test_an_event_survives_the_round_trip(
    namespace: str, name: str, args: list[Any], packet_id: int | None
) -> None:
    packet, attachments = reread(encode_event(namespace, [name, *args], packet_id))
    assert (packet.namespace, packet.id) == (namespace, packet_id)
    event = decode_event(packet.data, packet.id, attachments)
    assert (event.name, event.args, event.id) == (name, args, packet_id)


@untimed
@given(namespaces, arguments | with_binary, st.integers(0, 10**15 - 1))
def test_an_answer_survives_the_round_trip(namespace: str, args: list[Any], packet_id: int) -> None:
    packet, attachments = reread(encode_ack(namespace, packet_id, args))
    assert (packet.namespace, packet.id) == (namespace, packet_id)
    assert decode_ack(packet.data, attachments) == args
