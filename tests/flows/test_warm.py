"""What the tests' servers are forked by loses no end of theirs, and no server."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.warm import SOURCE, Forked

STARTS_ONE = """
import sys
sys.path[:0] = sys.argv[2:]
from tests.support.warm import warm
warm(["serve"], sys.argv[1], {"PORT": "0", "HOST": "127.0.0.1"}, (0, 1, 1))
sys.stdin.read()
"""


def test_an_exit_code_that_nobody_knows_is_not_taken_for_0() -> None:
    ended, tell = os.pipe()
    os.close(tell)
    with subprocess.Popen(["sleep", "60"]) as orphan:
        with pytest.raises(RuntimeError, match="nobody knows"):
            Forked(orphan.pid, ended).wait()
        assert orphan.wait() == -signal.SIGKILL
    os.close(ended)


def test_a_server_ends_with_who_started_it_even_by_kill_9(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE, str(tmp_path), str(SOURCE.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as starter:
        assert starter.stdout is not None
        while b"is ready" not in (line := starter.stdout.readline()):
            assert line, "it did not start"
        starter.kill()
        over = select.poll()
        over.register(starter.stdout, select.POLLHUP)
        assert over.poll(10_000), "the server still runs"
