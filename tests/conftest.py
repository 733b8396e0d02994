"""What every test shares: the event loop that the server runs on, and the real things to test with."""

from __future__ import annotations

import pytest

pytest_plugins = [
    "tests.support.chromium",
    "tests.support.node",
    "tests.support.postgres",
    "tests.support.server",
    "tests.support.strangers",
    "tests.support.members",  # after those that it imports
]


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """asyncio on uvloop, as in production."""
    return "asyncio", {"use_uvloop": True}
