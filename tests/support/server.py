"""A real server on a free port, with a data folder of its own: a fork (`warm`), or a fresh `python -m parley serve`."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.support.command import Launch, Process, parley
from tests.support.tables import migrated
from tests.support.warm import SOURCE, warm

READY = re.compile(r"http://[^/\s]+:(\d+)")
START_S = 30.0
STOP_S = 40.0

# What a test's many clients from one address would run into, unless the test is about just that.
ROOMY = {
    "LIMIT_SOCKETS_PER_ADDRESS": "5000",
    "LIMIT_SOCKETS_PER_USER": "100",
    "LIMIT_HANDSHAKES": "5000/5000",
    "RATE_LIMIT_POINTS": "100000",
}


class ParleyServer:
    """One server process. Use as a context manager, or `start` and `stop` it.

    Settings are keywords in lower case: `ParleyServer(folder, resume_ms=0)`; `launch` starts it. `said` is the line by which it
    says that it serves. Everything that the process says on stderr is in `log`. Fails with it when the server
    does not start, or leaves a traceback.
    """

    def __init__(self, folder: Path, launch: Launch = warm, /, **settings: object) -> None:
        self.port = 0
        self.said = ""
        self._folder = folder
        self._launch = launch
        self._settings = {name.upper(): str(value) for name, value in settings.items()}
        self._process: Process | None = None
        self._place: socket.socket | None = None
        self._log = folder / "server.log"

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """`ws://127.0.0.1:port`."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The server process's id."""
        return self._running().pid

    @property
    def log(self) -> str:
        """Everything logged so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "PYTHONPATH": str(SOURCE),
            "PARLEY_ENV": "test",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATA_DIR": str(self._folder / "var"),
            **ROOMY,
            **self._settings,
        }

    def command(self, *arguments: str, said: str = "") -> str:
        """Run `python -m parley …` beside it, with its settings and data; gives what it prints."""
        done = parley(self._folder, *arguments, said=said, **self._environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> Self:
        """Start it, again on the same port and data after an end, and wait until it says that it serves."""
        if not self.port:
            # Bound and never listening: the port is nobody else's, not even while the server is down.
            self._place = socket.socket()
            self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._place.bind(("127.0.0.1", 0))
            self.port = self._place.getsockname()[1]
        environment = self._environment()
        data = self._folder / "var"
        if not {"DATABASE_URL", "DATA_DIR"} & self._settings.keys() and not data.exists():
            shutil.copytree(migrated(), data)
        said, stdout = os.pipe()
        with Path(os.devnull).open() as nothing, self._log.open("a") as log, os.fdopen(stdout, "w"):
            files = (nothing.fileno(), stdout, log.fileno())
            self._process = self._launch(["serve"], self._folder, environment, files)
        self._stdout = os.fdopen(said)
        watchdog = threading.Timer(START_S, self._process.send_signal, [signal.SIGKILL])
        watchdog.start()
        try:
            self.port = self._read_port(self._process)
        finally:
            watchdog.cancel()
        return self

    def terminate(self) -> int:
        """SIGTERM: drain. Returns the exit code once it has ended."""
        return self._end(signal.SIGTERM)

    def interrupt(self) -> int:
        """SIGINT: stop now. Returns the exit code once it has ended."""
        return self._end(signal.SIGINT)

    def wait(self) -> int:
        """Wait until it ends by itself, as it was told; returns the exit code."""
        return self._end(None)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it if it still runs, and fail when it has left a traceback."""
        try:
            if self._process is not None:
                self.interrupt()
        finally:
            if self._place is not None:
                self._place.close()
        assert "Traceback" not in self.log, self.log

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> Process:
        assert self._process is not None, "the server is not running"
        return self._process

    def _read_port(self, process: Process) -> int:
        for line in self._stdout:
            if found := READY.search(line):
                self.said = line
                return int(found[1])
        code = process.wait()
        self._stdout.close()
        self._process = None
        pytest.fail(f"the server did not start (exit code {code}):\n{self.log}", pytrace=False)

    def _end(self, with_signal: signal.Signals | None) -> int:
        process, self._process = self._running(), None
        if with_signal is not None:
            process.send_signal(with_signal)
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            pytest.fail(f"the server did not stop within {STOP_S} s:\n{self.log}", pytrace=False)
        finally:
            self._stdout.close()
        return code


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., ParleyServer]]:
    """Starts servers, each with its own data, stopped at the end: `server = serve(resume_ms=0)`."""
    started: list[ParleyServer] = []
    numbers = itertools.count(1)

    def start(launch: Launch = warm, /, **settings: object) -> ParleyServer:
        folder = tmp_path / f"server{next(numbers)}"
        folder.mkdir()
        started.append(server := ParleyServer(folder, launch, **settings))
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    """One server for a whole module, with the settings of a test's environment."""
    with ParleyServer(tmp_path_factory.mktemp("server")) as running:
        yield running
