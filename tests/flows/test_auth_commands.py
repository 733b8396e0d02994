"""`parley user`: what goes wrong is told in a sentence, and changes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command import parley


def accounts(folder: Path) -> int:
    """How many there are in the database of that folder; none without one."""
    if not (file := folder / "var" / "parley.db").exists():
        return 0
    with closing(sqlite3.connect(file)) as database:
        (found,) = database.execute("SELECT count(*) FROM users").fetchone()
    return int(found)


def test_accounts_are_made_and_changed_without_a_server(tmp_path: Path) -> None:
    assert parley(tmp_path, "user", "list").stdout == "There are no accounts.\n"
    made = parley(
        tmp_path, "user", "create", "bil1", "--email", "bill@example.org", said="lovelace1815\n"
    )
    assert made.returncode == 0
    assert made.stdout.startswith("Made bil1 (user), id ")
    alike = parley(tmp_path, "user", "create", "Bill", said="lovelace1815\n")
    assert (alike.returncode, accounts(tmp_path)) == (1, 1)
    assert "That username is taken." in alike.stderr
    by_address = parley(tmp_path, "user", "promote", "bill@example.org", "moderator")
    assert by_address.stdout == "bil1 is moderator now.\n"
    assert parley(tmp_path, "user", "promote", "BIL1").stdout == "bil1 is admin now.\n"
    listed = parley(tmp_path, "user", "list").stdout
    assert "admin" in listed
    assert "bill@example.org" in listed


@pytest.mark.parametrize(
    ("arguments", "said", "code", "told"),
    [
        (("create", "ada"), "password\n", 1, "most common"),
        (("create", "ada"), "", 1, "8 characters"),
        (("create", "a\u0430a"), "lovelace1815\n", 1, "alphabets"),
        (("create", "ada", "--email", "nothing"), "lovelace1815\n", 1, "e-mail"),
        (("create", "ada", "--role", "queen"), "lovelace1815\n", 2, "invalid choice"),
        (("disable", "nobody"), "", 1, "There is no account called nobody."),
        (("promote", "nobody"), "", 1, "There is no account called nobody."),
        (("reset-password", "nobody"), "lovelace1815\n", 1, "There is no account called nobody."),
        ((), "", 2, "required"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], said: str, code: int, told: str
) -> None:
    done = parley(tmp_path, "user", *arguments, said=said)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert accounts(tmp_path) == 0


@pytest.mark.parametrize("command", [("serve",), ("user", "list")])
@pytest.mark.parametrize("content", [None, b"", b"no key"])
def test_a_key_file_that_is_none_is_told_before_anybody_comes(
    tmp_path: Path, command: tuple[str, ...], content: bytes | None
) -> None:
    file = tmp_path / "jwt.pem"
    if content is not None:
        file.write_bytes(content)
    done = parley(tmp_path, *command, PORT="0", JWT_KEY_FILE=str(file))
    assert done.returncode == 2
    assert f"JWT_KEY_FILE={file} cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
