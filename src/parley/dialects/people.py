"""What users send and hear over their connections. `authenticate` is the same in every dialect."""

from __future__ import annotations

from typing import Any

from parley.accounts.events import AccountEvents, UserStatusChanged
from parley.accounts.schemas import StatusChange
from parley.realtime import Dialect, Incoming, Outgoing
from parley.realtime.schemas import Authenticate


def with_accounts(dialect: Dialect, accounts: AccountEvents) -> Dialect:
    """The dialect, and in it what each client may do that has an account."""
    dialect.incoming["authenticate"] = Incoming(
        Authenticate, accounts.authenticate, "Show another token; a guest becomes its user."
    )
    if dialect.name == "native":
        dialect.incoming |= _native(accounts)
        dialect.outgoing[UserStatusChanged] = [
            Outgoing(
                "user_status_changed",
                (UserStatusChanged,),
                "Your own status, changed here or on another device (seed 002).",
            )
        ]
    return dialect


def _native(accounts: AccountEvents) -> dict[str, Incoming[Any]]:
    return {
        "set_status": Incoming(
            StatusChange, accounts.set_status, "Say whether one can be reached (seed 002)."
        )
    }
