"""Rows of `users` as users."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from parley.accounts.tables import users
from parley.accounts.user import User, UserSettings

USER_COLUMNS = tuple(users.c[name] for name in User.__struct_fields__)
"""What to select for `to_user`, in this order."""


def to_user(row: Row[Any] | tuple[Any, ...]) -> User:
    """The user whose columns begin the row."""
    values = dict(zip(User.__struct_fields__, row, strict=False))
    values["settings"] = msgspec.json.decode(values["settings"], type=UserSettings)
    return User(**values)
