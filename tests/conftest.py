"""What every test shares: the event loop that the server runs on, and the real things to test with."""

from __future__ import annotations

import os
import sys

import pytest
from xdist.scheduler import LoadFileScheduling

from parley.ops.build import changed_since, library

BROWSER = "tests/browser/"

pytest_plugins = [
    "tests.support.chromium",
    "tests.support.node",
    "tests.support.postgres",
    "tests.support.redis",
    "tests.support.server",
    "tests.support.strangers",
    "tests.support.members",  # after those that it imports
    "tests.support.sign_in",
]


def pytest_configure() -> None:
    """Nobody tests what the sources said yesterday."""
    if "tests.support.uncompiled" not in sys.modules and (changed := changed_since(library())):
        pytest.exit(f"{changed} has changed: `make compiled`, or `make uncompiled`", 2)


class Together(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    """What shares a server runs on one worker: a file; what shares a browser, too: the folder `browser`."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return BROWSER if file.startswith(BROWSER) else file


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores, as who has a browser to wait for leaves one idle; more than four gain nothing."""
    return min((os.cpu_count() or 1) + 1, 4)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    """With several workers (`-n 2`), in the order of the files: the browser's take longest and come first."""
    config.option.loadscopereorder = False
    return Together(config, log)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """asyncio on uvloop, as in production."""
    return "asyncio", {"use_uvloop": True}
