"""Logs say what happened, one line each, and never a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from parley.ops.logs import configure_logs
from parley.settings import Settings

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJnIn0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def configure(stream: io.StringIO, **env: str) -> None:
    configure_logs(Settings.load({"LOG_FORMAT": "json", **env}), stream)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_object_with_its_time_level_and_place(stream: io.StringIO) -> None:
    configure(stream)
    structlog.get_logger("parley.lobby").info("paired", kind="chat", waited=1.5)
    (line,) = lines(stream)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "event": "paired",
        "kind": "chat",
        "waited": 1.5,
        "level": "info",
        "logger": "parley.lobby",
    }


def test_libraries_log_the_same_way(stream: io.StringIO) -> None:
    configure(stream)
    logging.getLogger("uvicorn.error").warning("port %s is %s", 3000, "busy")
    logging.getLogger("uvicorn.access").info("GET /")
    assert [(line["event"], line["logger"]) for line in lines(stream)] == [
        ("port 3000 is busy", "uvicorn.error")
    ]


def test_below_the_level_nothing_is_said(stream: io.StringIO) -> None:
    configure(stream, LOG_LEVEL="warning")
    structlog.get_logger("parley").info("quiet")
    logging.getLogger("library").info("quiet")
    structlog.get_logger("parley").warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize(
    "fields",
    [
        {"token": "hunter2"},
        {"Authorization": "hunter2"},
        {"set-cookie": "hunter2"},
        {"auth": {"accessToken": "hunter2"}},
        {"headers": [{"x-api-key": "hunter2"}]},
        {"turn": {"credential": "hunter2"}},
        {"url": "postgresql://parley:hunter2@host/name"},
        {"path": "/ws?dialect=native&token=hunter2"},
        {"header": "Bearer hunter2"},
        {"seen": f"x{JWT}hunter2"},
        {"seen": [b"Bearer hunter2"]},
        {"error": ValueError("password=hunter2")},
    ],
)
def test_a_secret_is_struck_out(
    stream: io.StringIO, log_format: str, fields: dict[str, object]
) -> None:
    configure(stream, LOG_FORMAT=log_format)
    structlog.get_logger("parley").info("seen", **fields)
    assert "***" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_is_kept_and_its_secrets_struck_out(
    stream: io.StringIO, log_format: str
) -> None:
    configure(stream, LOG_FORMAT=log_format)
    try:
        raise ConnectionError("postgresql://parley:hunter2@host refused")
    except ConnectionError:
        structlog.get_logger("parley").exception("failed")
    assert "ConnectionError" in stream.getvalue()
    assert "Traceback" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


def test_what_only_mentions_a_secret_stays_readable(stream: io.StringIO) -> None:
    configure(stream)
    structlog.get_logger("parley").info(
        "invalid_token", address="::1", path="/socket.io/?EIO=4", token=None
    )
    (line,) = lines(stream)
    assert (line["event"], line["address"], line["path"]) == (
        "invalid_token",
        "::1",
        "/socket.io/?EIO=4",
    )
    assert line["token"] is None
