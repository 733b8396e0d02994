"""The server's own secret: given, or made once and kept where only the server's user can read it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from parley.settings import Settings


def secret_file(settings: Settings) -> Path:
    """Where a generated secret is kept."""
    return settings.data_dir / "secrets" / "secret_key"


def secret_key(settings: Settings) -> str:
    """The secret that signs tokens: `SECRET_KEY`, else the kept one, which is made when there is none.

    Several processes that start at once agree on one. Raises OSError when it can neither be read nor kept.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    path = secret_file(settings)
    if not path.exists():
        _keep(path, secrets.token_urlsafe(48))  # noqa: TID251 - a key, not an id
    return path.read_text("ascii").strip()


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
