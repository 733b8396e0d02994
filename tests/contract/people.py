"""Somebody with an account, and where from."""

from __future__ import annotations

from typing import Any

from parley.accounts import Desk, Device, NewAccount, User
from tests.support.callers import PASSWORD

HERE = Device("192.0.2.1", "a browser")


async def bob(desk: Desk, **other: Any) -> User:
    """Bob, with an address and `PASSWORD`, but for what is said of him."""
    known: dict[str, Any] = {"username": "bob", "email": "bob@example.com", "password": PASSWORD}
    return await desk.accounts.register(NewAccount(**(known | other)))
