"""The two builds: compiled where there is a C compiler, and the sources as they are."""

from __future__ import annotations

import sys

from parley.engine import frames
from tests.support.missing import missing


def test_these_tests_run_on_the_build_that_they_are_meant_for() -> None:
    from_source = str(frames.__file__).endswith(".py")
    if "tests.support.uncompiled" in sys.modules:
        assert from_source
    elif from_source:
        missing("compiled modules (have a C compiler and Python's headers, then `make compiled`)")
