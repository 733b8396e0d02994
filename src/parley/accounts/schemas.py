"""What goes over the wire about accounts, in seed 002's shapes, and what the service takes and gives.

Unknown members of a body are ignored, so a role, an id or a premium flag in it changes nothing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from .user import Account, Status, User, UserSettingsChange, Word

Rule = Literal["strict", "plain"]
"""strict: 8 characters with upper case, lower case, digit and special. plain: 8 characters. Never a common one."""

Identifier = Annotated[str, Meta(min_length=1, max_length=254)]
Code = Annotated[str, Meta(max_length=35)]


# --- inside the server -----------------------------------------------------------------------


class Device(Struct, frozen=True):
    """What asks: the peer's address (a proxy's word only when it is trusted), what it calls itself, over https or not."""

    address: str
    user_agent: str = ""
    secure: bool = False


class Principal(Struct, frozen=True):
    """Who has proved to be that user, by which session, until when (milliseconds since 1970)."""

    user: User
    session_id: str
    expires_at: int


class NewAccount(Struct, frozen=True, kw_only=True):
    """What an account begins with. At least one of `username` and `email`; the missing username is made up.

    `password` None: somebody whom another provider has identified. `email_verified` is the server's own
    knowledge, never a client's word.
    """

    username: str | None = None
    email: str | None = None
    password: str | None
    name: str = ""
    country: str = ""
    rule: Rule = "plain"
    email_verified: bool = False


# --- client → server -------------------------------------------------------------------------


class Register(Struct):
    """An account to be made (seed 002)."""

    username: str
    email: str
    password: str


class Login(Struct):
    """Who somebody is: by `email` or by `username`."""

    password: str
    email: Identifier | None = None
    username: Identifier | None = None


class Refresh(Struct, rename="camel"):
    """The refresh token, unless the cookie brings it."""

    refresh_token: Annotated[str, Meta(max_length=512)] | None = None


class ProfileChange(Struct, rename="camel"):
    """What is to change of one's profile; what is left out stays."""

    name: Word | UnsetType = UNSET
    bio: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    location: Word | UnsetType = UNSET
    website: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    country: Code | UnsetType = UNSET
    language: Code | UnsetType = UNSET
    custom_status: Word | UnsetType = UNSET
    settings: UserSettingsChange | UnsetType = UNSET


class StatusChange(Struct, frozen=True, rename="camel"):
    """How one is to be seen; only who is online is matched with strangers."""

    status: Status
    custom_status: Word | UnsetType = UNSET


class PasswordChange(Struct, rename="camel"):
    """The new password, twice, with the proof that it is asked for by its owner."""

    current_password: str
    new_password: str
    confirm_password: str | UnsetType = UNSET


class Deletion(Struct):
    """The password, to be sure; nothing when the account has none."""

    password: str | None = None


# --- server → client -------------------------------------------------------------------------


class Tokens(Struct, frozen=True, rename="camel"):
    """What lets one in for 15 minutes, and what gets the next one of these."""

    access_token: str
    refresh_token: str


class Done(Struct, kw_only=True):
    """It was done."""

    success: Literal[True] = True
    message: str


class SignedIn(Done, kw_only=True):
    """Who one is now, and the tokens, unless they come as cookies alone (`AUTH_COOKIES_ONLY`)."""

    user: Account
    tokens: Tokens | UnsetType = UNSET


class Refreshed(Done, kw_only=True):
    """The next tokens; the refresh token that was sent is worth nothing now."""

    tokens: Tokens | UnsetType = UNSET


class SocketToken(Struct, kw_only=True):
    """What shows a connection who one is, within a minute."""

    success: Literal[True] = True
    token: str


class Me(Struct, kw_only=True):
    """Who one is."""

    success: Literal[True] = True
    user: Account


class Changed(Done, kw_only=True):
    """Who one is after the change."""

    user: Account


class SessionShown(Struct, frozen=True, kw_only=True, rename="camel"):
    """One device that is signed in. `current`: the one that asks."""

    id: str
    user_agent: str
    address: str
    created_at: str
    used_at: str
    expires_at: str
    current: bool


class SessionList(Struct, kw_only=True):
    """Where one is signed in, the latest first."""

    success: Literal[True] = True
    sessions: list[SessionShown]


class Export(Struct, kw_only=True, rename="camel"):
    """All that is stored of somebody. `belongings` has a member for each part of the server that keeps something."""

    success: Literal[True] = True
    exported_at: str
    user: Account
    sessions: list[SessionShown]
    belongings: dict[str, Any] = field(default_factory=dict)
