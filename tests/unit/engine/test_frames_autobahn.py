"""The cases of the Autobahn test suite, groups 1 to 5, 7 and 10, as a server meets them.

A row is a case number, the client's frames, and what must come out; a number in the outcome is the
close code of a `Violation`. Where the suite expects an echo, the message is expected here; for a
pong, the ping. Every case runs as the suite sends it and in other chops, octet by octet included:
the outcome must not depend on them. Group 6 is in `test_frames_utf8`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from parley.engine.frames import Close, Ping, Pong
from tests.support.outcome import chopped, outcome
from tests.support.wsclient import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    client_close,
    client_fragments,
    client_frame,
)

HELLO = "Hello, world!"
OCTETS = bytes.fromhex("00fffefdfcfb00ff")
F1, F2, F3, F4, F5 = ("fragment1", "fragment2", "fragment3", "fragment4", "fragment5")

Case = tuple[str, list[bytes], Sequence[object]]


def text(payload: str | bytes, fin: bool = True, rsv: int = 0) -> bytes:
    return client_frame(TEXT, payload, fin=fin, rsv=rsv)


def cont(payload: str | bytes, fin: bool = True) -> bytes:
    return client_frame(CONT, payload, fin=fin)


def ping(payload: str | bytes = b"") -> bytes:
    return client_frame(PING, payload)


def binary(payload: bytes) -> bytes:
    return client_frame(BINARY, payload)


SIZES = (0, 125, 126, 127, 128, 65535, 65536, 65536)

FRAMING: list[Case] = [
    *((f"1.1.{n}", [text("*" * size)], ["*" * size]) for n, size in enumerate(SIZES, 1)),
    *((f"1.2.{n}", [binary(b"\xfe" * s)], [b"\xfe" * s]) for n, s in enumerate(SIZES, 1)),
]

TEN_PINGS = [f"payload-{n}".encode() for n in range(10)]

PINGS: list[Case] = [
    ("2.1", [ping()], [Ping(b"")]),
    ("2.2", [ping(HELLO)], [Ping(HELLO.encode())]),
    ("2.3", [ping(OCTETS)], [Ping(OCTETS)]),
    ("2.4", [ping(b"\xfe" * 125)], [Ping(b"\xfe" * 125)]),
    ("2.5", [ping(b"\xfe" * 126)], [1002]),
    ("2.6", [ping(b"\xfe" * 125)], [Ping(b"\xfe" * 125)]),
    ("2.7", [client_frame(PONG)], [Pong(b"")]),
    ("2.8", [client_frame(PONG, "unsolicited")], [Pong(b"unsolicited")]),
    ("2.9", [client_frame(PONG, "unsolicited"), ping("own")], [Pong(b"unsolicited"), Ping(b"own")]),
    ("2.10", [ping(p) for p in TEN_PINGS], [Ping(p) for p in TEN_PINGS]),
    ("2.11", [ping(p) for p in TEN_PINGS], [Ping(p) for p in TEN_PINGS]),
]

RESERVED_BITS: list[Case] = [
    ("3.1", [text(HELLO, rsv=1)], [1002]),
    ("3.2", [text(HELLO), text(HELLO, rsv=2), ping()], [HELLO, 1002]),
    ("3.3", [text(HELLO), text(HELLO, rsv=3), ping()], [HELLO, 1002]),
    ("3.4", [text(HELLO), text(HELLO, rsv=4), ping()], [HELLO, 1002]),
    ("3.5", [client_frame(BINARY, OCTETS, rsv=5)], [1002]),
    ("3.6", [client_frame(PING, HELLO, rsv=6)], [1002]),
    ("3.7", [client_frame(CLOSE, rsv=7)], [1002]),
]


def opcodes(group: str, first: int) -> list[Case]:
    bad = [client_frame(first + n, HELLO if n in (1, 3, 4) else b"") for n in range(5)]
    return [
        (f"{group}.1", [bad[0]], [1002]),
        (f"{group}.2", [bad[1]], [1002]),
        *((f"{group}.{n + 1}", [text(HELLO), bad[n], ping()], [HELLO, 1002]) for n in (2, 3, 4)),
    ]


OPCODES = opcodes("4.1", 3) + opcodes("4.2", 11)

TWO = [text(F1, fin=False), cont(F2)]
TWO_WITH_PING = [TWO[0], ping("ping payload"), TWO[1]]
PING_THEN_TWO = [Ping(b"ping payload"), F1 + F2]
FIVE_WITH_PINGS = [
    text(F1, fin=False),
    cont(F2, fin=False),
    ping("pongme 1!"),
    cont(F3, fin=False),
    cont(F4, fin=False),
    ping("pongme 2!"),
    cont(F5),
]
FIVE = [Ping(b"pongme 1!"), Ping(b"pongme 2!"), F1 + F2 + F3 + F4 + F5]

FRAGMENTS: list[Case] = [
    ("5.1", [client_frame(PING, F1, fin=False), cont(F2)], [1002]),
    ("5.2", [client_frame(PONG, F1, fin=False), cont(F2)], [1002]),
    *((f"5.{n}", TWO, [F1 + F2]) for n in (3, 4, 5)),
    *((f"5.{n}", TWO_WITH_PING, PING_THEN_TWO) for n in (6, 7, 8)),
    *((f"5.{n}", [cont("nothing before"), text(HELLO)], [1002]) for n in (9, 10, 11)),
    *((f"5.{n}", [cont("nothing before", fin=False), text(HELLO)], [1002]) for n in (12, 13, 14)),
    ("5.15", [*TWO, cont(F3, fin=False), text(F4)], [F1 + F2, 1002]),
    ("5.16", [cont(F1, fin=False), text(F2, fin=False), cont(F3)] * 2, [1002]),
    ("5.17", [cont(F1), text(F2, fin=False), cont(F3)] * 2, [1002]),
    ("5.18", [text(F1, fin=False), text(F2)], [1002]),
    ("5.19", FIVE_WITH_PINGS, FIVE),
    ("5.20", FIVE_WITH_PINGS, FIVE),
]

NORMAL = client_close(1000)
CLOSED = Close(1000, "")
BIG = "BAsd7&jh23" * 26215
STARS = "*" * 123
BAD_REASON = bytes.fromhex("cebae1bdb9cf83cebcceb5eda080656469746564")
VALID = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
INVALID = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)

CLOSING: list[Case] = [
    ("7.1.1", [text(HELLO), NORMAL], [HELLO, CLOSED]),
    ("7.1.2", [NORMAL, NORMAL], [CLOSED]),
    ("7.1.3", [NORMAL, ping()], [CLOSED]),
    ("7.1.4", [NORMAL, text(HELLO)], [CLOSED]),
    ("7.1.5", [text(F1, fin=False), NORMAL, cont(F2)], [CLOSED]),
    ("7.1.6", [text(BIG), text(HELLO), NORMAL, ping()], [BIG, HELLO, CLOSED]),
    ("7.3.1", [client_frame(CLOSE)], [Close(1005, "")]),
    ("7.3.2", [client_frame(CLOSE, "a")], [1002]),
    ("7.3.3", [NORMAL], [CLOSED]),
    ("7.3.4", [client_close(1000, HELLO)], [Close(1000, HELLO)]),
    ("7.3.5", [client_close(1000, STARS)], [Close(1000, STARS)]),
    ("7.3.6", [client_close(1000, STARS + "*")], [1002]),
    ("7.5.1", [client_close(1000, BAD_REASON)], [1007]),
    *((f"7.7.{n}", [client_close(code)], [Close(code, "")]) for n, code in enumerate(VALID, 1)),
    *((f"7.9.{n}", [client_close(code)], [1002]) for n, code in enumerate(INVALID, 1)),
    ("7.13.1", [client_close(5000)], [1002]),
    ("7.13.2", [client_close(65535)], [1002]),
]

MISC: list[Case] = [("10.1.1", client_fragments(TEXT, "*" * 65536, 1300), ["*" * 65536])]


def assert_outcome(frames: list[bytes], expected: Sequence[object]) -> None:
    if not any(isinstance(item, int | Close) for item in expected):
        frames, expected = [*frames, NORMAL], [*expected, CLOSED]  # the suite closes then
    stream = b"".join(frames)
    for chunks in (frames, [stream], chopped(stream, 997), chopped(stream, 1)):
        assert outcome(chunks) == expected


ALL = FRAMING + PINGS + RESERVED_BITS + OPCODES + FRAGMENTS + CLOSING + MISC


@pytest.mark.parametrize(
    ("frames", "expected"), [pytest.param(f, e, id=f"case {name}") for name, f, e in ALL]
)
def test_autobahn(frames: list[bytes], expected: Sequence[object]) -> None:
    assert_outcome(frames, expected)
