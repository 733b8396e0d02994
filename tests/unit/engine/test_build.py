"""The two builds: compiled where there is a C compiler, and the sources as they are."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import msgspec
import pytest

from parley.ops import build
from tests.support.missing import missing

SETUP = (Path(__file__).parents[3] / "setup.py").read_text("utf-8")
COMPILED = [name.replace("/", ".") for name in re.findall(r'"src/(parley/.*)\.py"', SETUP)]


@pytest.mark.parametrize("name", COMPILED)
def test_these_tests_run_on_the_build_that_they_are_meant_for(name: str) -> None:
    from_source = str(importlib.import_module(name).__file__).endswith(".py")
    if "tests.support.uncompiled" in sys.modules:
        assert from_source
    elif build.library() is None:
        missing("compiled modules (have a C compiler and Python's headers, then `make compiled`)")
    else:
        assert not from_source


@pytest.mark.parametrize("name", COMPILED)
def test_no_struct_is_compiled_as_it_would_lose_what_its_annotations_say(name: str) -> None:
    for each in vars(importlib.import_module(name)).values():
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            assert each.__module__ != name
