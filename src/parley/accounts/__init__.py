"""Who people are: guests with a signed token, users with an account."""

from .desk import Desk
from .door import MAX_BODY, Asked, bearer
from .guests import Guests
from .keeper import Keeper
from .schemas import Device, NewAccount, Principal, StatusChange
from .service import Accounts
from .sessions import EndReason, Sessions
from .user import Account, PublicUser, Status, User

__all__ = [
    "MAX_BODY",
    "Account",
    "Accounts",
    "Asked",
    "Desk",
    "Device",
    "EndReason",
    "Guests",
    "Keeper",
    "NewAccount",
    "Principal",
    "PublicUser",
    "Sessions",
    "Status",
    "StatusChange",
    "User",
    "bearer",
]
