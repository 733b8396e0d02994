"""docs/security.md has every item of the standard's level 1 once, and what it calls met has tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache

from parley.docs.files import ROOT
from parley.kernel.ids import SystemIds

# OWASP ASVS 5.0.0, level 1, chapters 6 to 10; what level 2 asks of OAuth clients (10.1, 10.2, 10.5); and of chapters
# 3 and 4 what is asked of cookies that authenticate and of WebSockets.
ITEMS = [
    f"{section}.{number}"
    for section, count in (
        *(("3.3", 4), ("3.5", 1), ("4.4", 4)),
        *(("6.1", 1), ("6.2", 8), ("6.3", 2), ("6.4", 2), ("7.2", 4), ("7.4", 2)),
        *(("8.1", 1), ("8.2", 2), ("8.3", 1), ("9.1", 3), ("9.2", 1)),
        *(("10.1", 2), ("10.2", 2), ("10.4", 5), ("10.5", 5)),
    )
    for number in range(1, count + 1)
]
STATES = {"met", "partly", "not met", "not applicable"}
PROSE = (ROOT / "docs/security.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+?) \| (.+) \|$", PROSE, re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, functions)}


def test_every_item_of_the_standard_is_there_once_and_in_order() -> None:
    assert [item for item, _, _, _ in ROWS] == ITEMS
    assert {state for _, _, state, _ in ROWS} <= STATES


def test_what_is_met_names_its_tests_and_what_is_not_gives_its_reason() -> None:
    for item, _, state, proof in ROWS:
        reason = TEST.sub("", proof).strip(" ,;:.")
        if state in ("met", "partly"):
            assert TEST.search(proof), item
        if state != "met":
            assert len(reason.split()) > 5, item


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall(PROSE)
    assert len(named) == PROSE.count("::")
    for file, name in named:
        assert name.startswith("test_")
        assert name in names_in(file), f"{file}::{name}"


def test_nothing_asks_for_a_hint_or_a_secret_question() -> None:
    document = (ROOT / "docs/api/openapi.json").read_text("utf-8")
    members = set(re.findall(r'"(\w+)": \{', document))
    assert {"password", "newPassword"} <= members
    assert not {name for name in members if re.search(r"hint|question|answer", name.lower())}


def test_an_opaque_token_has_more_than_128_bits_and_never_comes_again() -> None:
    """The source is `secrets`, the system's own; 43 letters of 64 kinds are 258 bits."""
    made = [SystemIds().secret() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(re.fullmatch(r"[\w-]{43}", secret) for secret in made)
    # Every letter occurs at every place but the last, so all of it is chance.
    assert all(len({secret[place] for secret in made}) > 32 for place in range(42))
