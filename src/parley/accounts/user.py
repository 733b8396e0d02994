"""A user as the server knows it, and what is shown of it: to itself and, less, to others.

Wire names are those of seed 002 (`_id`, `username`, …, camelCase).
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from parley.kernel.actor import Actor
from parley.kernel.clock import timestamp

Role = Literal["user", "moderator", "admin"]
Status = Literal["online", "away", "dnd", "offline"]
"""What somebody says of being reachable. Seed 000 says available, away, busy, offline."""

Word = Annotated[str, Meta(max_length=100)]
Theme = Literal["light", "dark", "system"]


class UserSettings(Struct, frozen=True):
    """Settings that the account keeps for its clients (seed 002's `settings`)."""

    theme: Theme = "system"
    notifications: bool = True
    encryption: bool = False


class UserSettingsChange(Struct, frozen=True):
    """What is to change of the settings; what is left out stays."""

    theme: Theme | UnsetType = UNSET
    notifications: bool | UnsetType = UNSET
    encryption: bool | UnsetType = UNSET

    def onto(self, now: UserSettings) -> UserSettings:
        """The settings after the change."""
        return UserSettings(
            theme=now.theme if self.theme is UNSET else self.theme,
            notifications=now.notifications if self.notifications is UNSET else self.notifications,
            encryption=now.encryption if self.encryption is UNSET else self.encryption,
        )


class User(Struct, frozen=True, kw_only=True):
    """One account, as stored; times in milliseconds since 1970.

    `status` is what the user chose last; None when it never chose, and then it is online while it is
    connected. `password_hash` is None for who came by another provider and has set no password.
    """

    id: str
    username: str
    name: str
    email: str | None
    email_verified: bool
    password_hash: str | None
    role: Role
    disabled: bool
    status: Status | None
    custom_status: str
    avatar: str | None
    bio: str
    location: str
    website: str
    country: str
    language: str
    settings: UserSettings
    is_premium: bool
    created_at: int
    updated_at: int
    last_seen: int

    @property
    def actor(self) -> Actor:
        """Who this is to the rest of Parley."""
        return Actor(self.id, "user")

    @property
    def availability(self) -> Status:
        """What counts when it is connected: only who is `online` is matched with strangers."""
        return self.status or "online"

    @property
    def avatar_url(self) -> str:
        """The path of its picture: the uploaded one, else its initials."""
        return f"/api/avatars/{self.avatar or f'{self.id}.svg'}"


class Account(Struct, frozen=True, kw_only=True, rename="camel"):
    """A user as it sees itself. `status` is what it chose; having never chosen, online while connected."""

    id: str = field(name="_id")
    username: str
    name: str
    email: str | None
    email_verified: bool
    has_password: bool
    avatar: str
    status: Status
    custom_status: str
    bio: str
    location: str
    website: str
    country: str
    language: str
    settings: UserSettings
    role: Role
    is_premium: bool
    created_at: str
    updated_at: str
    last_seen: str

    @classmethod
    def of(cls, user: User, *, connected: bool = False) -> Account:
        """What that user may see of itself."""
        return cls(
            id=user.id,
            username=user.username,
            name=user.name,
            email=user.email,
            email_verified=user.email_verified,
            has_password=user.password_hash is not None,
            avatar=user.avatar_url,
            status=user.status or ("online" if connected else "offline"),
            custom_status=user.custom_status,
            bio=user.bio,
            location=user.location,
            website=user.website,
            country=user.country,
            language=user.language,
            settings=user.settings,
            role=user.role,
            is_premium=user.is_premium,
            created_at=timestamp(user.created_at),
            updated_at=timestamp(user.updated_at),
            last_seen=timestamp(user.last_seen),
        )


class PublicUser(Struct, frozen=True, kw_only=True, rename="camel"):
    """A user as others see it: no address, no settings, nothing about its sessions."""

    id: str = field(name="_id")
    username: str
    name: str
    avatar: str
    custom_status: str
    bio: str
    location: str
    website: str

    @classmethod
    def of(cls, user: User) -> PublicUser:
        """What others may see of that user."""
        return cls(
            id=user.id,
            username=user.username,
            name=user.name,
            avatar=user.avatar_url,
            custom_status=user.custom_status,
            bio=user.bio,
            location=user.location,
            website=user.website,
        )
