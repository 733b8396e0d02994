"""The server's secret is made once, kept well, and the same for everybody."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

import parley
from parley.ops.secrets import SecretError, secret_file, secret_key, token_key
from parley.settings import Settings, SettingsError, weakness

OURS = Ed25519PrivateKey.generate()
PKCS8 = Encoding.PEM, PrivateFormat.PKCS8


def settings(folder: Path, **env: str) -> Settings:
    return Settings.load({"DATA_DIR": str(folder / "var"), **env})


def test_a_given_secret_is_used_and_not_written_down(tmp_path: Path) -> None:
    assert secret_key(settings(tmp_path, SECRET_KEY="given")) == "given"
    assert not (tmp_path / "var").exists()


def test_one_is_made_that_is_strong_and_kept_for_the_servers_user_alone(tmp_path: Path) -> None:
    made = secret_key(settings(tmp_path))
    assert weakness(made) is None
    assert secret_key(settings(tmp_path)) == made
    path = secret_file(settings(tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


def test_servers_that_start_at_once_agree_on_one(tmp_path: Path) -> None:
    code = (
        "from parley.settings import Settings; from parley.ops.secrets import secret_key;"
        f"print(secret_key(Settings.load({{'DATA_DIR': {str(tmp_path / 'var')!r}}})))"
    )
    source = Path(parley.__file__).parents[1]
    starting = [
        subprocess.Popen([sys.executable, "-c", code], cwd=source, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert len({one.communicate(timeout=60)[0] for one in starting}) == 1


def test_another_folder_has_another_secret(tmp_path: Path) -> None:
    assert secret_key(settings(tmp_path / "a")) != secret_key(settings(tmp_path / "b"))


@pytest.mark.parametrize("environment", ["development", "production", "test"])
@pytest.mark.parametrize("kept", [b"", b"\n", b"abc\n", b"\0" * 65, b"\xff\xfe" * 40])
def test_a_kept_one_that_is_damaged_is_refused_with_what_to_do(
    tmp_path: Path, environment: str, kept: bytes
) -> None:
    ours = settings(tmp_path, PARLEY_ENV=environment)
    secret_key(ours)
    secret_file(ours).write_bytes(kept)
    with pytest.raises(SecretError, match=f"{re.escape(str(secret_file(ours)))}.* delete it"):
        secret_key(ours)
    assert secret_file(ours).read_bytes() == kept


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    secret_file(settings(tmp_path)).mkdir(parents=True)
    with pytest.raises(SecretError, match="can neither be read nor made"):
        secret_key(settings(tmp_path))


def test_a_key_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "jwt.pem"
    file.write_bytes(OURS.private_bytes(*PKCS8, NoEncryption()))
    assert token_key(file).public_key() == OURS.public_key()


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (None, "No such file"),
        (b"", "no private key"),
        (b"garbage", "no private key"),
        (
            OURS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "no private key",
        ),
        (OURS.private_bytes(*PKCS8, BestAvailableEncryption(b"hunter2")), "encrypted"),
        (generate_private_key(SECP256R1()).private_bytes(*PKCS8, NoEncryption()), "another kind"),
    ],
    ids=["none", "empty", "garbage", "public", "encrypted", "elliptic"],
)
def test_a_file_without_a_key_for_tokens_is_refused_with_the_reason(
    tmp_path: Path, held: bytes | None, reason: str
) -> None:
    file = tmp_path / "jwt.pem"
    if held is not None:
        file.write_bytes(held)
    with pytest.raises(SettingsError, match=f"JWT_KEY_FILE=.*{reason}.*Ed25519"):
        token_key(file)
