"""Node, for tests with the stock JavaScript client: from PATH, else from the Python package that brings it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.missing import missing

OLDEST = 20
WEB = Path(__file__).parents[2] / "web"


def find_node() -> str | None:
    """The path of a Node that is new enough."""
    places = [shutil.which("node"), shutil.which("node", path=str(Path(sys.executable).parent))]
    return next((place for place in places if place is not None and _major(place) >= OLDEST), None)


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(said.removeprefix("v").partition(".")[0] or 0)


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node. Scripts that it runs in `WEB` find the stock socket.io-client."""
    if (found := find_node()) is None:
        missing(f"Node {OLDEST} or newer (on PATH, or `make web`, which installs one into .venv)")
    if not (WEB / "node_modules" / "socket.io-client").is_dir():
        missing("the web client's packages (`make web` installs them)")
    return found
