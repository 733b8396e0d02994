"""Accounts: made, proved, changed, exported and deleted. All three families of REST routes stand on this."""

from __future__ import annotations

from parley.accounts.schemas import (
    Device,
    Export,
    NewAccount,
    PasswordChange,
    Principal,
    ProfileChange,
    StatusChange,
)
from parley.accounts.user import User


class Accounts:
    """The one account store's rules. `sessions` (see there) is its other half."""

    async def register(self, new: NewAccount) -> User:
        """Make an account. Raises Taken, WeakPassword, BadRequest, TooLarge, Overloaded."""
        raise NotImplementedError

    async def login(
        self, password: str, device: Device, *, email: str | None = None, username: str | None = None
    ) -> User:
        """The user whose password that is.

        Raises InvalidCredentials (in the same time for an unknown account), AccountDisabled, RateLimited
        after 5 failures within 15 minutes, BadRequest without `email` or `username`, Overloaded.
        """
        raise NotImplementedError

    async def user(self, user_id: str) -> User:
        """That user. Raises NotFound."""
        raise NotImplementedError

    async def by_email(self, email: str) -> User | None:
        """Who has that address, however it was typed."""
        raise NotImplementedError

    async def update_profile(self, user_id: str, change: ProfileChange) -> User:
        """Change what one shows of oneself."""
        raise NotImplementedError

    async def set_status(self, user_id: str, change: StatusChange) -> User:
        """Change how one is to be seen; `status_changed` is told after the commit."""
        raise NotImplementedError

    async def change_password(
        self, principal: Principal, change: PasswordChange, device: Device
    ) -> User:
        """A new password, by whoever knows the old one; all other sessions end. Raises InvalidCredentials."""
        raise NotImplementedError

    async def set_password(self, user_id: str, password: str) -> None:
        """A new password without the old one (a reset, an operator): all sessions end. Raises WeakPassword."""
        raise NotImplementedError

    async def export(self, principal: Principal) -> Export:
        """All that is stored of that user."""
        raise NotImplementedError

    async def delete(self, principal: Principal, password: str | None, device: Device) -> None:
        """Delete the account, for whoever knows its password; what others have of it is anonymised."""
        raise NotImplementedError
