"""The server process: starts from anywhere, says where it is, stops when told, and forgets nothing."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.command import MORTAL, can_be_mortal, fresh, parley, run
from tests.support.server import ParleyServer

EXAMPLE = Path(__file__).parents[2] / ".env.example"
Serve = Callable[..., ParleyServer]
ipv6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")


def test_it_serves_from_any_folder_with_its_data_there(serve: Serve, tmp_path: Path) -> None:
    server = serve(fresh)
    with urlopen(f"{server.base_url}/readyz") as answer:
        assert answer.status == 200
    var = tmp_path / "server1" / "var"
    assert stat.S_IMODE((var / "secrets" / "secret_key").stat().st_mode) == 0o600
    with sqlite3.connect(var / "parley.db") as database:
        assert database.execute("SELECT count(*) FROM connection_history").fetchone() == (0,)
    database.close()


def test_it_stops_with_0_when_told_and_starts_again_on_what_it_kept(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(fresh, drain_s=1)
    secret = tmp_path / "server1" / "var" / "secrets" / "secret_key"
    before = secret.read_text()
    assert server.terminate() == 0
    server.start()
    assert secret.read_text() == before
    assert server.interrupt() == 0
    server.start()


def test_after_a_kill_it_starts_again(serve: Serve) -> None:
    server = serve(fresh)
    server.kill()
    server.start()


def test_while_it_is_down_its_port_is_nobody_elses(serve: Serve) -> None:
    server = serve()
    server.kill()
    with closing(socket.socket()) as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", server.port))
    server.start()


def test_its_log_can_be_json(serve: Serve) -> None:
    server = serve(log_format="json")
    assert server.interrupt() == 0
    assert all(json.loads(line)["level"] for line in server.log.splitlines())


def test_wrong_settings_are_told_in_sentences(tmp_path: Path) -> None:
    done = run(fresh, tmp_path, "serve", PORT="http", NODE_ENV="production", CORS_ORIGIN="*")
    assert done.returncode == 2
    assert "PORT=http is not a port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_away_is_told_in_a_sentence(tmp_path: Path) -> None:
    url = "postgresql://parley:hunter2@127.0.0.1:1/parley"
    for command in ("serve", "migrate"):
        done = parley(tmp_path, command, DATABASE_URL=url, PORT="0")
        assert done.returncode == 1, done.stderr
        assert "cannot be used" in done.stderr
        assert "Traceback" not in done.stderr
        assert "hunter2" not in done.stderr


@pytest.mark.skipif(not can_be_mortal, reason="root, and no setpriv: a file's mode binds nobody")
@pytest.mark.parametrize("journal", ["WAL", "DELETE"])  # as it runs, and as VACUUM INTO copies it
def test_a_database_that_is_read_only_is_told_before_anybody_comes(
    tmp_path: Path, journal: str
) -> None:
    assert parley(tmp_path, "migrate").returncode == 0
    file = tmp_path / "var" / "parley.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"PRAGMA journal_mode = {journal}")
    file.chmod(0o444)
    mortal = partial(fresh, under=MORTAL)
    for command in ("serve", "migrate", "doctor"):
        done = run(mortal, tmp_path, command, PORT="0")
        assert done.returncode == 1, done.stdout
        assert "cannot be used: attempt to write a readonly database" in done.stdout + done.stderr
        assert "is ready" not in done.stdout
        assert "Traceback" not in done.stderr


def test_a_kept_secret_that_is_damaged_is_told_and_nothing_is_signed_with_it(
    tmp_path: Path,
) -> None:
    secret = tmp_path / "var" / "secrets" / "secret_key"
    secret.parent.mkdir(parents=True)
    secret.touch(0o600)
    for command in (("serve",), ("user", "list")):
        done = parley(tmp_path, *command, PORT="0")
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{secret} is empty. Restore the file" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told_without_a_traceback(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    done = parley(tmp_path, "serve", PORT=str(server.port), HOST="127.0.0.1")
    assert done.returncode == 1
    assert "address already in use" in done.stderr.lower()
    assert "Choose another with PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_is_not_ours_is_told_as_a_wrong_setting(tmp_path: Path) -> None:
    done = parley(tmp_path, "serve", PORT="0", HOST="192.0.2.1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "HOST=192.0.2.1 is no address of this machine" in done.stderr
    assert "Traceback" not in done.stderr


@ipv6
def test_unless_told_otherwise_it_serves_ipv4_and_ipv6_on_one_port(serve: Serve) -> None:
    server = serve(host="")
    assert f"http://localhost:{server.port}" in server.said
    for host in ("127.0.0.1", "[::1]"):
        with urlopen(f"http://{host}:{server.port}/livez") as answer:
            assert answer.status == 200
    assert server.terminate() == 0
    server.start()  # on the same port, though connections to it linger


@ipv6
def test_an_ipv6_address_is_shown_as_a_browser_takes_it(serve: Serve) -> None:
    server = serve(host="::1")
    assert f"http://[::1]:{server.port}" in server.said
    with urlopen(f"http://[::1]:{server.port}/livez") as answer:
        assert answer.status == 200


def test_the_example_makes_a_key_for_tokens_before_the_first_run(tmp_path: Path) -> None:
    told = re.search(
        r"from `([^`]*openssl genpkey[^`]*)`:\n# JWT_KEY_FILE=(.*)", EXAMPLE.read_text()
    )
    assert told is not None
    subprocess.run(told[1], shell=True, cwd=tmp_path, check=True, timeout=60)
    done = parley(tmp_path, "doctor", PORT="0", JWT_KEY_FILE=told[2])
    assert "signed with the key in" in done.stdout
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_settings_are_read_from_a_file_in_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=http\n")
    assert "PORT=http" in parley(tmp_path, "doctor").stderr


def test_migrate_says_what_it_did(tmp_path: Path) -> None:
    assert "is now at revision" in parley(tmp_path, "migrate").stdout
    assert "was already at revision" in parley(tmp_path, "migrate").stdout


@pytest.mark.parametrize(("env", "code"), [({}, 0), ({"TURN_SERVER": "t.example"}, 1)])
def test_the_doctors_exit_code_says_whether_something_is_wrong(
    tmp_path: Path, env: dict[str, str], code: int
) -> None:
    done = parley(tmp_path, "doctor", PORT="0", **env)
    assert done.returncode == code, done.stdout
    assert "wrong" in done.stdout.splitlines()[-1]


def test_without_a_command_it_says_how_it_is_used(tmp_path: Path) -> None:
    done = run(fresh, tmp_path)
    assert done.returncode == 2
    assert "usage: parley" in done.stderr
