"""Processes of Parley that need no time to start: forks of one that has imported it and done nothing else.

A fork runs the same `main` as `python -m parley` does, in a folder, an environment and on files of its own; what it
shares with the others is what Python did before: seven eighths of the time that a start takes.
Some tests of `tests/flows/test_serve.py` start fresh processes (`command.fresh`).
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
_CODE_BYTES = 4


class Forked:
    """One process; used as `subprocess.Popen` is."""

    def __init__(self, pid: int, ended: int) -> None:
        self.pid = pid
        self._ended = ended  # its exit code comes here
        self._code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended; raises `subprocess.TimeoutExpired`."""
        if self._code is None:
            if not self._ends_within(timeout):
                raise subprocess.TimeoutExpired("parley", timeout or 0)
            code = os.read(self._ended, _CODE_BYTES)
            if not code:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
                raise RuntimeError("who forked it has ended, and nobody knows its exit code")
            os.close(self._ended)
            self._code = int.from_bytes(code, "little", signed=True)
        return self._code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended. From any thread."""
        if self._code is None and not self._ends_within(0):
            # Else it has ended a moment ago, and we are about to hear of it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _ends_within(self, seconds: float | None) -> bool:
        poll = select.poll()
        poll.register(self._ended, select.POLLIN)
        return bool(poll.poll(None if seconds is None else seconds * 1000))


def warm(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    files: tuple[int, int, int],
) -> Forked:
    """Start `parley …` as a fork."""
    forge = _forge()
    ended, tell = os.pipe()
    asked = json.dumps([list(arguments), str(folder), dict(environment)]) + "\n"
    socket.send_fds(forge, [asked.encode()], [*files, tell])
    os.close(tell)
    return Forked(int(forge.recv(32)), ended)


@functools.cache
def _forge() -> socket.socket:
    """The way to the process that forks; it ends with this one."""
    ours, its = socket.socketpair()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    process = subprocess.Popen([sys.executable, __file__], env=environment, stdin=its.fileno())
    its.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# --- the process that forks --------------------------------------------------------------------------


def _fork_on_demand(asked: socket.socket) -> None:
    """Serve `warm` until nobody can ask any more. In a fork it does not return but exits."""
    running: dict[int, int] = {}

    def tell_ends(*_: object) -> None:
        while running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            code = os.waitstatus_to_exitcode(status).to_bytes(_CODE_BYTES, "little", signed=True)
            with contextlib.suppress(BrokenPipeError):
                os.write(running[pid], code)
            os.close(running.pop(pid))

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, tell_ends)
    while True:
        request, files, _, _ = socket.recv_fds(asked, 65536, 4)
        while request and not request.endswith(b"\n"):
            request += asked.recv(65536)
        if not request:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
            for pid in running:  # whoever asked was killed, or would have ended them
                os.kill(pid, signal.SIGKILL)
            return
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if not pid:
            os.close(asked.detach())
            for fd in (*running.values(), files[3]):
                os.close(fd)
            arguments, folder, environment = json.loads(request)
            _become(arguments, folder, environment, files[:3])
        for fd in files[:3]:
            os.close(fd)
        running[pid] = files[3]
        asked.send(b"%d" % pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def _become(
    arguments: list[str], folder: str, environment: dict[str, str], files: list[int]
) -> None:
    """Be that command; does not return."""
    from parley.__main__ import main

    for number, fd in enumerate(files):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    sys.argv = ["parley", *arguments]
    sys.exit(main())


if __name__ == "__main__":
    gc.disable()
    import asyncpg  # noqa: F401
    import sqlalchemy.dialects.sqlite.aiosqlite  # noqa: F401
    import uvloop  # noqa: F401

    import parley.app
    import parley.ops.doctor  # noqa: F401

    gc.freeze()
    _fork_on_demand(socket.socket(fileno=os.dup(0)))
