"""What the prose names exists: files, links, events, error codes, settings, metrics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parley.docs import sources
from parley.docs.asyncapi import outgoing
from parley.docs.files import ROOT
from parley.ops.edge import CODES
from parley.ops.metrics import Metrics
from parley.ops.schemas import Stats
from parley.settings import Settings
from tests.support.schemas import every_error

PROSE = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/adr/*.md")])
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
SOURCE = re.compile(r"(?:[a-z_]+/)+[a-z_]+\.(?:py|ts|tsx|css)")
SETTING = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
# Variables of other programs, and names of the protocol, that are written like settings.
OTHERS = {"CONNECT_ERROR", "LAST_EVENT_ID"}


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("file", PROSE, ids=lambda file: file.name)
def test_every_link_and_file_that_is_named_exists(file: Path) -> None:
    prose = file.read_text("utf-8")
    for link in LINK.findall(prose):
        assert (file.parent / link).exists(), link
    for code in CODE.findall(prose):
        for name in SOURCE.findall(code):
            places = (ROOT / name, ROOT / "src/parley" / name)
            assert any(place.exists() for place in places), name


@pytest.mark.parametrize("file", PROSE, ids=lambda file: file.name)
def test_every_setting_that_is_named_is_read(file: Path) -> None:
    known = {*Settings.names(), *OTHERS}
    for code in CODE.findall(file.read_text("utf-8")):
        unknown = {name for name in SETTING.findall(code) if not re.match(r"STUN_SERVER_\d", name)}
        assert unknown <= known, unknown - known


def test_the_protocol_tells_every_event_of_every_dialect() -> None:
    told = set(CODE.findall(text("docs/protocol.md")))
    for dialect in sources.dialects().values():
        assert told >= set(dialect.incoming)
        assert told >= {event.name for _, event in outgoing(dialect)}


def test_the_protocol_has_every_error_code_with_its_status() -> None:
    rows = dict(
        re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", text("docs/protocol.md"), re.MULTILINE)
    )

    ours = {error.code: str(error.status) for error in every_error()}
    assert rows == ours | {code: str(status) for status, code in CODES.items()}


def test_the_protocol_tells_the_limits_as_they_are() -> None:
    prose = text("docs/protocol.md")
    for name in ("limit_events", "limit_chat", "limit_skip", "limit_candidates", "limit_typing"):
        rate = getattr(sources.DEFAULTS, name)
        assert f"| `{name.upper()}` | {rate.rate:g}/{rate.burst} |" in prose


def test_operations_tell_every_metric_by_its_name() -> None:
    metrics = Metrics(lambda: Stats(0, 0, 0, {}, 0, 0, 0, 0, {}, 0, 0, 0, 0)).text().decode()
    names = {line.split()[2] for line in metrics.splitlines() if line.startswith("# TYPE")}
    told = {code.partition("{")[0] for code in CODE.findall(text("docs/operations.md"))}

    assert names <= told
    assert {name for name in told if name.startswith("parley_")} <= names


def test_every_decision_is_in_the_list_of_decisions() -> None:
    decisions = {file.name for file in (ROOT / "docs/adr").glob("[0-9]*.md")}

    assert set(LINK.findall(text("docs/adr/README.md"))) == decisions
