"""The frames that the server sends, read by a client of our own; and both ways of masking."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import websockets.speedups as speedups
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.engine.frames import (
    Close,
    CloseCode,
    binary_frame,
    close_frame,
    ping_frame,
    pong_frame,
    text_frame,
    xor_mask,
)
from tests.support.outcome import outcome
from tests.support.wsclient import (
    BINARY,
    PING,
    PONG,
    TEXT,
    ServerFrame,
    ServerFrames,
    client_close,
    client_frame,
)

MAX = 65536
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


# --- The server's frames ----------------------------------------------------------------------


def only(frame: bytes) -> ServerFrame:
    reader = ServerFrames()
    (read_frame,) = reader.feed(frame)
    assert reader.rest == b""
    return read_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_a_server_frame_is_final_unmasked_and_has_the_shortest_length(size: int) -> None:
    assert only(text_frame("x" * size)) == (TEXT, b"x" * size, True)
    assert only(text_frame(b"x" * size)) == (TEXT, b"x" * size, True)
    assert only(binary_frame(b"\xff" * size)) == (BINARY, b"\xff" * size, True)
    assert len(text_frame("x" * size)) - size == (2 if size < 126 else 4 if size < 65536 else 10)


def test_a_text_frame_counts_bytes_not_characters() -> None:
    assert only(text_frame("é" * 100)).text == "é" * 100


@pytest.mark.parametrize("size", [0, 125])
def test_control_frames_carry_up_to_125_bytes(size: int) -> None:
    assert only(ping_frame(b"x" * size)) == (PING, b"x" * size, True)
    assert only(pong_frame(b"x" * size)) == (PONG, b"x" * size, True)


@pytest.mark.parametrize("build", [ping_frame, pong_frame])
def test_a_longer_control_frame_is_not_built(build: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ValueError, match="125"):
        build(bytes(126))


@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        ("", ""),
        ("going away", "going away"),
        ("x" * 123, "x" * 123),
        ("x" * 124, "x" * 123),
        ("é" * 62, "é" * 61),
        ("x" + "€" * 41, "x" + "€" * 40),
        ("😀" * 40, "😀" * 30),
        ("lone \ud800", "lone ?"),
    ],
)
def test_a_close_reason_is_cut_between_two_characters(reason: str, sent: str) -> None:
    frame = only(close_frame(CloseCode.GOING_AWAY, reason))
    assert (frame.close_code, frame.payload[2:].decode()) == (1001, sent)


def test_a_close_without_status_has_no_body() -> None:
    assert close_frame(CloseCode.NO_STATUS) == b"\x88\x00"


@pytest.mark.parametrize("code", [0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65536, -1])
def test_a_close_code_that_must_not_be_sent_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="must not be sent"):
        close_frame(code)


@pytest.mark.parametrize("code", [c for c in CloseCode if c not in (1005, 1006)])
def test_every_close_code_of_ours_can_be_sent_and_read(code: CloseCode) -> None:
    assert only(close_frame(code)).close_code == code
    assert outcome([client_close(code)]) == [Close(code, "")]


# --- Masking ----------------------------------------------------------------------------------


@untimed
@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_both_ways_of_unmasking_agree(data: bytes, mask: bytes) -> None:
    expected = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    assert xor_mask(data, mask) == expected
    assert xor_mask(bytearray(data), bytearray(mask)) == expected
    assert speedups.apply_mask(data, mask) == expected
    assert outcome([client_frame(BINARY, data, mask)]) == [data]


WITHOUT_C = """
import sys
sys.path.insert(0, "src")
sys.modules["websockets.speedups"] = None
from parley.engine import frames
assert frames.apply_mask is frames.xor_mask
from tests.support.wsclient import BINARY, TEXT, client_frame
reader = frames.FrameReader(65536)
for size in (0, 1, 5, 125, 126, 1000, 65535, 65536):
    assert list(reader.feed(client_frame(TEXT, "é" * (size // 2)))) == ["é" * (size // 2)]
    assert list(reader.feed(client_frame(BINARY, b"\\xff" * size))) == [b"\\xff" * size]
"""


@pytest.mark.parametrize("build", ["", "import tests.support.uncompiled"])
def test_without_the_c_extension_the_reader_works_the_same(build: str) -> None:
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", build + WITHOUT_C], cwd=root, check=True)
