"""`parley user`: what goes wrong is told in a sentence, and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import SOURCE


def parley(folder: Path, *arguments: str, said: str = "", **env: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "parley", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **env},  # noqa: TID251 - what a shell does
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_accounts_are_made_and_changed_without_a_server(tmp_path: Path) -> None:
    assert parley(tmp_path, "user", "list")[1] == "There are no accounts.\n"
    made = parley(
        tmp_path, "user", "create", "ada", "--email", "ada@example.org", said="lovelace1815\n"
    )
    assert made[0] == 0
    assert made[1].startswith("Made ada (user), id ")
    assert parley(tmp_path, "user", "promote", "ADA")[1] == "ada is admin now.\n"
    listed = parley(tmp_path, "user", "list")[1]
    assert "admin" in listed
    assert "ada@example.org" in listed
    assert "disabled" in parley(tmp_path, "user", "disable", "ada")[1]
    assert "disabled" in parley(tmp_path, "user", "list")[1]
    assert parley(tmp_path, "user", "enable", "ada")[0] == 0
    assert parley(tmp_path, "user", "reset-password", "ada", said="countess1843\n")[0] == 0


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
    found, printed, complained = parley(tmp_path, "user", *arguments, said=said)
    assert (found, printed) == (code, "")
    assert told in complained
    assert "Traceback" not in complained
    assert parley(tmp_path, "user", "list")[1] == "There are no accounts.\n"


@pytest.mark.parametrize("command", [("serve",), ("user", "list")])
@pytest.mark.parametrize("content", [None, b"", b"no key"])
def test_a_key_file_that_is_none_is_told_before_anybody_comes(
    tmp_path: Path, command: tuple[str, ...], content: bytes | None
) -> None:
    file = tmp_path / "jwt.pem"
    if content is not None:
        file.write_bytes(content)
    code, _, complained = parley(tmp_path, *command, PORT="0", JWT_KEY_FILE=str(file))
    assert code == 2
    assert f"JWT_KEY_FILE={file} cannot be used" in complained
    assert "Traceback" not in complained
