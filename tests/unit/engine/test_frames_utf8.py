"""The cases of the Autobahn test suite, group 6: UTF-8, whole, in fragments, and failing fast.

The byte strings of 6.5 to 6.23 follow Markus Kuhn's UTF-8 decoder stress test, as the suite does.
"""

from __future__ import annotations

import pytest

from parley.engine.frames import FrameReader, Violation
from tests.support.outcome import chopped, outcome
from tests.support.wsclient import CONT, TEXT, client_fragments, client_frame

GREETING = "Hello-µ@ßöäüàá-UTF-8!!"
KOSME = bytes.fromhex("cebae1bdb9cf83cebcceb5")
EDITED = b"edited"
SURROGATE = KOSME + b"\xed\xa0\x80" + EDITED
TOO_HIGH = KOSME + b"\xf4\x90\x80\x80" + EDITED
LONELY = ((0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD))
CUT = "c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf"


def octets(spelled: str) -> list[bytes]:
    return [bytes.fromhex(each) for each in spelled.split()]


def inside_planes() -> list[bytes]:
    """6.22: code points whose last octets are 8f/9f/af/bf bf be/bf, as far as Unicode goes."""
    found = []
    for lead in b"\xf0\xf1\xf2\xf3\xf4":
        for second in b"\x8f\x9f\xaf\xbf":
            if lead == 0xF0 and second == 0x8F:
                continue  # overlong
            if lead == 0xF4 and second != 0x8F:
                continue  # beyond U+10FFFF
            found += [bytes((lead, second, 0xBF, last)) for last in b"\xbe\xbf"]
    return found


# Number of the group, the octets that are valid in it, those that are not.
SEQUENCES: list[tuple[int, list[bytes], list[bytes]]] = [
    (5, [b"hello%bworld" % c for c in octets("24 c2a2 e282ac f0a4ada2")] + [KOSME], []),
    (
        6,
        [KOSME[:n] for n in (2, 5, 7, 9, 11)],
        [KOSME[:n] for n in (1, 3, 4, 6, 8, 10)],
    ),
    (7, octets("00 c280 e0a080 f0908080"), []),
    (8, [], octets("f888808080 fc8480808080")),
    (9, octets("7f dfbf efbfbf f48fbfbf"), []),
    (10, [], octets("f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf")),
    (11, octets("ed9fbf ee8080 efbfbd f48fbfbf"), octets("f4908080")),
    (
        12,
        [],
        [*octets("80 bf 80bf 80bf80 80bf80bf 80bf80bf80 80bf80bf80bf"), bytes(range(0x80, 0xBF))],
    ),
    (13, [], [b"".join(b"%c " % c for c in range(low, high)) for low, high in LONELY]),
    (14, [], octets(CUT)),
    (15, [], [b"".join(octets(CUT))]),
    (16, [], octets("fe ff fefeffff")),
    (17, [], octets("c0af e080af f08080af f8808080af fc80808080af")),
    (18, [], octets("c1bf e09fbf f08fbfbf f887bfbfbf fc83bfbfbfbf")),
    (19, [], octets("c080 e08080 f0808080 f880808080 fc8080808080")),
    (20, [], octets("eda080 edadbf edae80 edafbf edb080 edbe80 edbfbf")),
    (
        21,
        [],
        [
            high + low
            for high in octets("eda080 edadbf edae80 edafbf")
            for low in octets("edb080 edbfbf")
        ],
    ),
    (22, [*octets("efbfbe efbfbf"), *inside_planes()], []),
    (23, octets("efbfb9 efbfba efbfbb efbfbc efbfbd efbfbe efbfbf"), []),
]
COUNTS = {5: 5, 6: 11, 7: 4, 8: 2, 9: 4, 10: 3, 11: 5, 12: 8, 13: 5, 14: 10, 15: 1, 16: 3, 17: 5}
COUNTS |= {18: 5, 19: 5, 20: 7, 21: 8, 22: 34, 23: 7}


def rows(valid: bool) -> list[object]:
    return [
        pytest.param(payload, id=f"case 6.{group}, {payload.hex()}")
        for group, good, bad in SEQUENCES
        for payload in (good if valid else bad)
    ]


def outcomes(frames: list[bytes]) -> list[object]:
    """What comes out of `frames`: one by one, in one piece and octet by octet, which must agree."""
    stream = b"".join(frames)
    results = [outcome(chunks) for chunks in (frames, [stream], chopped(stream, 1))]
    assert results[0] == results[1] == results[2]
    return results[0]


def test_every_sequence_of_the_suite_is_here() -> None:
    assert {group: len(good) + len(bad) for group, good, bad in SEQUENCES} == COUNTS


@pytest.mark.parametrize("payload", rows(valid=True))
def test_valid_utf8_is_delivered_however_fragmented(payload: bytes) -> None:
    expected = [payload.decode()]
    assert outcomes([client_frame(TEXT, payload)]) == expected
    for size in (1, 2, 3):
        assert outcomes(client_fragments(TEXT, payload, size)) == expected


@pytest.mark.parametrize("payload", rows(valid=False))
def test_invalid_utf8_ends_in_1007_however_fragmented(payload: bytes) -> None:
    assert outcomes([client_frame(TEXT, payload)]) == [1007]
    for size in (1, 2, 3):
        assert outcomes(client_fragments(TEXT, payload, size)) == [1007]


HALVES = [
    client_frame(TEXT, "Hello-µ@ßöä", fin=False),
    client_frame(CONT, "üàá-UTF-8!!"),
]
AROUND = [client_frame(TEXT, fin=False), client_frame(CONT, "middle", fin=False)]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        pytest.param([client_frame(TEXT)], "", id="case 6.1.1"),
        pytest.param(
            [client_frame(TEXT, fin=False), client_frame(CONT, fin=False), client_frame(CONT)],
            "",
            id="case 6.1.2",
        ),
        pytest.param([*AROUND, client_frame(CONT)], "middle", id="case 6.1.3"),
        pytest.param([client_frame(TEXT, GREETING)], GREETING, id="case 6.2.1"),
        pytest.param(HALVES, GREETING, id="case 6.2.2"),
        pytest.param(client_fragments(TEXT, GREETING, 1), GREETING, id="case 6.2.3"),
        pytest.param(client_fragments(TEXT, KOSME, 1), KOSME.decode(), id="case 6.2.4"),
    ],
)
def test_a_text_message_is_put_together_again(frames: list[bytes], expected: str) -> None:
    assert outcomes(frames) == [expected]


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([client_frame(TEXT, SURROGATE)], id="case 6.3.1"),
        pytest.param(client_fragments(TEXT, SURROGATE, 1), id="case 6.3.2"),
    ],
)
def test_invalid_text_ends_in_1007(frames: list[bytes]) -> None:
    assert outcomes(frames) == [1007]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(KOSME, b"\xf4\x90\x80\x80", id="case 6.4.1"),
        pytest.param(KOSME + b"\xf4", b"\x90", id="case 6.4.2"),
        pytest.param(KOSME, b"\xed\xa0", id="a surrogate, before its third octet"),
        pytest.param(KOSME + b"\xed", b"\xa0", id="a surrogate, octet by octet"),
        pytest.param(KOSME, b"\xc0", id="an octet that begins nothing"),
    ],
)
def test_a_fragment_with_the_first_bad_octet_fails_at_once(first: bytes, second: bytes) -> None:
    reader = FrameReader(65536)
    assert reader.feed(client_frame(TEXT, first, fin=False)) == []
    (verdict,) = reader.feed(client_frame(CONT, second, fin=False))
    assert isinstance(verdict, Violation)
    assert verdict.code == 1007


@pytest.mark.parametrize(
    "cuts", [pytest.param((11, 15), id="case 6.4.3"), pytest.param((12, 13), id="case 6.4.4")]
)
def test_a_bad_frame_in_pieces_fails_at_its_end_at_the_latest(cuts: tuple[int, int]) -> None:
    frame = client_frame(TEXT, TOO_HIGH)
    head = len(frame) - len(TOO_HIGH)
    reader = FrameReader(65536)
    chunks = (
        frame[: head + cuts[0]],
        frame[head + cuts[0] : head + cuts[1]],
        frame[head + cuts[1] :],
    )
    items = [item for chunk in chunks for item in reader.feed(chunk)]
    assert [item.code for item in items if isinstance(item, Violation)] == [1007]
    assert len(items) == 1
