"""What a test needs and the machine does not have: one clear skip line locally, a failure when CI=true."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test, saying what is missing and how to have it; in a continuous build, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true, and missing: {what}", pytrace=False)
    pytest.skip(f"missing: {what}")
