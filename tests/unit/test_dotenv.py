"""An `.env` file is read as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.kernel.dotenv import DotenvError, parse_dotenv


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("A = 1 ", "1"),
        ("export A=1", "1"),
        ("A=", ""),
        ("A=one two # three", "one two"),
        ("A=a#b", "a#b"),
        ("A=# nothing", ""),
        ("A='a # b' # c", "a # b"),
        ("A='a\\n'", "a\\n"),
        ('A="a\\n\\"b\\" # c"', 'a\n"b" # c'),
        ("A=x=y", "x=y"),
        ("A=$HOME", "$HOME"),
    ],
)
def test_a_line_is_read(line: str, value: str) -> None:
    assert parse_dotenv(f"# first\n\n{line}\n") == {"A": value}


@pytest.mark.parametrize("line", ["A", "1A=2", "A-B=1", "A='x", 'A="x', "A='x' y"])
def test_a_line_that_is_none_is_refused_by_number(line: str) -> None:
    with pytest.raises(DotenvError, match="line 2 "):
        parse_dotenv(f"B=1\n{line}\n")


def test_the_last_one_wins() -> None:
    assert parse_dotenv("A=1\nA=2") == {"A": "2"}


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert parse_dotenv("\ufeffA=1") == {"A": "1"}


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_dotenv(text)
    except DotenvError:
        return
