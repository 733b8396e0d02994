"""`parley …` in its own process, fresh or forked (`warm`), with no setting but those given."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.support.warm import SOURCE, warm

PATIENCE_S = 60.0
MORTAL = (
    () if os.geteuid() else ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
)
"""A command to run others under, so that a file's mode binds them even when root runs the tests."""

can_be_mortal = not MORTAL or shutil.which("setpriv") is not None


class Process(Protocol):
    """What has been started: as much of `subprocess.Popen` as the tests need."""

    @property
    def pid(self) -> int: ...
    def send_signal(self, number: int, /) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


class Launch(Protocol):
    """Starts `parley …` in a folder, with that environment and those open files."""

    def __call__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        files: tuple[int, int, int],
        /,
    ) -> Process: ...


def fresh(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    files: tuple[int, int, int],
    under: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start it as a shell does; `under` is what runs it."""
    command = [*under, sys.executable, "-m", "parley", *arguments]
    stdin, stdout, stderr = files
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=stdin, stdout=stdout, stderr=stderr
    )


def parley(
    folder: Path, *arguments: str, said: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run it in that folder until it ends; `said` is what it reads from its terminal."""
    return run(warm, folder, *arguments, said=said, **settings)


def run(
    launch: Launch, folder: Path, *arguments: str, said: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """The same, with a choice of how it is started."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **settings}
    with (
        tempfile.TemporaryFile("w+") as stdin,
        tempfile.TemporaryFile("w+") as stdout,
        tempfile.TemporaryFile("w+") as stderr,
    ):
        stdin.write(said)
        stdin.seek(0)
        files = (stdin.fileno(), stdout.fileno(), stderr.fileno())
        process = launch(arguments, folder, environment, files)
        try:
            code = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            raise
        stdout.seek(0)
        stderr.seek(0)
        return subprocess.CompletedProcess(arguments, code, stdout.read(), stderr.read())
