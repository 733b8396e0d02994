"""The tests' own PostgreSQL ends with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.postgres import Postgres

ROOT = Path(__file__).parents[2]
STARTS_ONE = """
import sys
sys.path[:0] = sys.argv[1:]
from tests.support.postgres import Postgres, find_binaries
with Postgres(find_binaries()) as server:
    print(server.create(), flush=True)
    sys.stdin.read()
"""


def test_it_ends_and_leaves_nothing_when_the_tests_are_killed(postgres: Postgres) -> None:
    assert postgres.create()  # or there is none here
    with subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE, str(ROOT), str(ROOT / "src")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        folder = Path(starter.stdout.readline().strip().rpartition("host=")[2])
        assert folder.is_dir()
        starter.kill()
        starter.stdout.read()  # its guard has it open until all is done
    assert not folder.exists()
