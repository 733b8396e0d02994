"""Logs: one line per thing that matters, JSON for machines or plain for people, on stderr, never a secret.

Everything goes through here, uvicorn's and the libraries' own lines included. What looks like a secret is
struck out by its name (`token=…`, `password`, …) and by its form (a bearer token, a password inside a URL).
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from parley.settings import Settings

STRUCK = "***"
SECRET_NAME = re.compile(
    r"token|password|passwd|secret|authorization|cookie|credential|api[-_]?key", re.IGNORECASE
)
SECRET_FORM = re.compile(
    r"(?P<bearer>\bbearer\s+)[\w.~+/=-]+"
    r"|(?P<url>\w://[^\s/:@]*:)[^\s/@]+(?=@)"
    r"|(?P<query>\b(?:token|secret|password|credential)=)[^\s&\"']+"
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]+",
    re.IGNORECASE,
)


def configure_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Send every log line, in the format and from the level that the settings ask for, to `stream` (stderr)."""
    stream = stream or sys.stderr
    level = getattr(logging, settings.log_level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                strike_secrets,
                _renderer(settings, stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These speak of every request and every statement; what matters of it, we log or count ourselves.
    for name in ("uvicorn.access", "sqlalchemy.engine", "aiosqlite", "alembic", "asyncio", "httpx"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def strike_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: the same event, with what looks like a secret struck out at any depth."""
    return {name: _struck(name, value) for name, value in event.items()}


def _struck(name: Any, value: Any) -> Any:
    if isinstance(name, str) and SECRET_NAME.search(name) and value is not None:
        return STRUCK
    if isinstance(value, str):
        return SECRET_FORM.sub(_keep_lead, value)
    if isinstance(value, dict):
        return {key: _struck(key, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_struck(None, inner) for inner in value]
    if isinstance(value, bytes | Exception):
        return _struck(None, str(value))
    return value


def _keep_lead(found: re.Match[str]) -> str:
    return (found["bearer"] or found["url"] or found["query"] or "") + STRUCK


def _renderer(settings: Settings, stream: TextIO) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(default=str)
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=28
    )
