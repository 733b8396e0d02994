"""What the server signs with: its secret, given or made once and kept where only its user can read it; a key of one's own."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from parley.settings import Settings, SettingsError, weakness


class SecretError(Exception):
    """The kept secret cannot be used; the message says which file it is and what to do."""


def secret_file(settings: Settings) -> Path:
    """Where a generated secret is kept."""
    return settings.data_dir / "secrets" / "secret_key"


def secret_key(settings: Settings) -> str:
    """The secret that signs tokens: `SECRET_KEY`, else the kept one, which is made when there is none.

    Several processes that start at once agree on one. Raises SecretError when it can neither be read nor
    kept, or is one that we would never have made.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    path = secret_file(settings)
    try:
        try:
            return kept_secret(path)
        except FileNotFoundError:
            _keep(path, _strong())
            return kept_secret(path)
    except OSError as error:
        raise SecretError(f"The secret {path} can neither be read nor made: {error}") from error


def kept_secret(path: Path) -> str:
    """The secret in that file. Raises OSError, and SecretError when it is not as strong as we make them.

    That is so in development, too: who wants a weak one there sets `SECRET_KEY`. A file that holds one was
    cut short or badly restored, and what is signed with it would be worth nothing once the right one is back.
    """
    try:
        secret = path.read_text("ascii").strip()
        reason = weakness(secret) if secret else "is empty"
    except UnicodeDecodeError:
        reason = "is not text"
    if reason is not None:
        raise SecretError(
            f"The secret kept in {path} {reason}. Restore the file from a backup, or delete it: then a new one "
            "is made, and everybody is signed out."
        )
    return secret


def token_key(file: Path) -> Ed25519PrivateKey:
    """The key in the file that `JWT_KEY_FILE` names. Raises SettingsError when it holds none that can be used."""
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
        if isinstance(key, Ed25519PrivateKey):
            return key
        reason = "it holds a key of another kind"
    except TypeError:  # cryptography's way to ask for the password
        reason = "the key is encrypted, and there is nobody to ask for its password"
    except OSError as error:
        reason = str(error.strerror)
    except (ValueError, UnsupportedAlgorithm):
        reason = "it holds no private key"
    raise SettingsError(
        [
            f"JWT_KEY_FILE={file} cannot be used: {reason}. An Ed25519 private key in PEM is expected."
        ]
    )


def _strong() -> str:
    # One in a million happens to spell a word that `weakness` knows, and would be refused ever after.
    while weakness(made := secrets.token_urlsafe(48)):  # noqa: TID251 - a key, not an id
        pass
    return made


def _keep(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and never replaces what another process has just kept.
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
