"""A database that has its tables, to be copied: to make them anew takes a server as long as to start."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from tests.support.command import parley


@functools.cache
def migrated() -> Path:
    """A data folder with an SQLite database in it, of which nothing has been made but its tables."""
    folder = Path(tempfile.mkdtemp(prefix="parley-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    done = parley(folder, "migrate")
    assert done.returncode == 0, done.stderr
    return folder / "var"
