"""Whether the busiest modules run compiled (`setup.py`), and as their sources are now."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import parley

_FOLDERS = ("engine", "kernel", "lobby", "realtime")
"""Where what is compiled lies, and what it was compiled against: it relies on the types of both."""


def library() -> Path | None:
    """The compiled code that is loaded; None where Parley runs on its sources."""
    spec = importlib.util.find_spec("parley__mypyc")
    return None if spec is None or spec.origin is None else Path(spec.origin)


def changed_since(compiled: Path | None, package: Path = Path(parley.__file__).parent) -> str:
    """A source that is newer than what is compiled; empty when none is, and outside of a checkout."""
    if compiled is None or not (package.parents[1] / "setup.py").is_file():
        return ""
    made = compiled.stat().st_mtime
    sources = (source for folder in _FOLDERS for source in (package / folder).glob("*.py"))
    return next((source.name for source in sources if source.stat().st_mtime > made), "")
