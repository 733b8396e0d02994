"""Loads Parley's modules from their sources, compiled or not: `pytest -p tests.support.uncompiled …`."""

import sys
from collections.abc import Sequence
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader


class Sources:
    """Finds them before Python's own finders, which prefer what is compiled."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: object = None
    ) -> ModuleSpec | None:
        if not name.startswith("parley."):
            return None
        finders = (FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES)) for folder in path or ())
        return next(filter(None, (finder.find_spec(name) for finder in finders)), None)


sys.meta_path.insert(0, Sources())
