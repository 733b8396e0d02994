"""The security page names tests that there are, and answers every item that it set out to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| .* \| ([^|]*) \|$", PAGE, re.MULTILINE)
LEVEL_1 = {
    "6": ["1.1", *(f"2.{number}" for number in range(1, 9)), "3.1", "3.2", "4.1", "4.2"],
    "7": ["2.1", "2.2", "2.3", "2.4", "4.1", "4.2"],
    "8": ["1.1", "2.1", "2.2", "3.1"],
    "9": ["1.1", "1.2", "1.3", "2.1"],
    "10": [f"4.{number}" for number in range(1, 6)],
}


def promises(file: str) -> set[str]:
    """What the tests of a file promise; a folder before its name narrows the search."""
    folder, _, name = file.rpartition("/")
    found = [
        path
        for path in (ROOT / "tests").rglob(f"test_{name}.py")
        if path.parent.name == folder or not folder
    ]
    text = "".join(path.read_text("utf-8") for path in found)
    return {
        test.replace("_", " ")
        for test in re.findall(r"^(?:async )?def test_(\w+)", text, re.MULTILINE)
    }


def test_every_item_of_level_1_is_answered_once() -> None:
    assert [item for item, _ in ROWS] == [
        f"{chapter}.{item}" for chapter, items in LEVEL_1.items() for item in items
    ]


@pytest.mark.parametrize(("item", "answer"), ROWS, ids=[item for item, _ in ROWS])
def test_every_test_that_is_named_is_there(item: str, answer: str) -> None:
    file = ""
    for part in answer.split("; "):
        named = re.search(r"`([\w/]+)`: (.*)", part)
        if named:
            file, promise = named.groups()
        else:
            promise = part
        if file:
            assert promise.strip() in promises(file), f"{item}: {file}: {promise}"
