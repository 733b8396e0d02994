"""Reads the text of an `.env` file: `NAME=value` lines, comments, quotes. Nothing is expanded or executed."""

from __future__ import annotations

import re

LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?')
SINGLE = re.compile(r"'([^']*)'\s*(?:#.*)?")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class DotenvError(ValueError):
    """A line that is neither a setting, a comment nor empty."""


def parse_dotenv(text: str) -> dict[str, str]:
    """Names and values, in the file's order; a later line wins.

    An unquoted value ends before ` #` or the line's end; in single quotes it is literal; in double
    quotes a backslash escapes (`\\n`, `\\t`, `\\"`, `\\\\`). Raises DotenvError with the line's number.
    """
    values: dict[str, str] = {}
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if (found := LINE.fullmatch(line)) is None:
            raise DotenvError(f"line {number} is not NAME=value")
        values[found[1]] = _unquote(found[2], number)
    return values


def _unquote(value: str, number: int) -> str:
    if value.startswith('"'):
        if (found := DOUBLE.fullmatch(value)) is None:
            raise DotenvError(f"line {number} has a quote that does not end")
        return re.sub(r"\\(.)", lambda escape: ESCAPES.get(escape[1], escape[1]), found[1])
    if value.startswith("'"):
        if (found := SINGLE.fullmatch(value)) is None:
            raise DotenvError(f"line {number} has a quote that does not end")
        return found[1]
    return re.split(r"\s#|^#", value, maxsplit=1)[0].rstrip()
