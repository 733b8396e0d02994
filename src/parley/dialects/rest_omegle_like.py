"""REST of seed 000: sign up, sign in, one's profile, and whether one is available.

The same accounts as under /api/auth, in that seed's paths, names and shapes. Its clients know one token, good
for as long as the session is; no cookie is set, so no page elsewhere can act for anybody.
"""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Meta, Struct, field

from parley.accounts import MAX_BODY, Asked, Desk, NewAccount, Principal, Status, StatusChange, User
from parley.kernel.clock import timestamp

Availability = Literal["available", "busy", "away", "offline"]
_STATUS: dict[Availability, Status] = {
    "available": "online",
    "busy": "dnd",
    "away": "away",
    "offline": "offline",
}
_AVAILABILITY = {status: name for name, status in _STATUS.items()}


class Signup(Struct):
    """An account to be made; a username is made up when there is none."""

    email: str
    password: str
    username: str | None = None
    country: Annotated[str, Meta(max_length=35)] | None = None


class SignIn(Struct):
    """Who somebody is, by `email` or by `username`."""

    password: str
    email: str | None = None
    username: str | None = None


class AvailabilityChange(Struct):
    """Whether one is to be matched: only who is available is."""

    status: Availability


class Profile(Struct, frozen=True, rename="camel"):
    """A user as seed 000 knows one."""

    id: str = field(name="_id")
    username: str
    email: str | None
    country: str
    status: Availability
    created_at: str

    @classmethod
    def of(cls, user: User) -> Profile:
        """What that user sees of itself."""
        return cls(
            id=user.id,
            username=user.username,
            email=user.email,
            country=user.country,
            status=_AVAILABILITY[user.availability],
            created_at=timestamp(user.created_at),
        )


class Entered(Struct, frozen=True):
    """The token of a new session, and whose it is."""

    token: str
    user: Profile


class Own(Struct, frozen=True):
    """Who one is."""

    user: Profile


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers."""
    accounts = desk.accounts
    users = desk.door.for_users

    async def entered(request: Asked, user: User) -> Entered:
        token = await desk.sessions.open_token(user, desk.visitors.device(request))
        return Entered(token, Profile.of(user))

    @post(
        "/signup",
        summary="Sign up (seed 000)",
        tags=["accounts"],
        response_description="There is an account, and one is signed in.",
        request_max_body_size=MAX_BODY,
    )
    async def signup(request: Asked, data: JSONBody[Signup]) -> Entered:
        new = NewAccount(
            username=data.username or None,
            email=data.email,
            password=data.password,
            country=data.country or "",
        )
        return await entered(request, await accounts.register(new))

    @post(
        "/login",
        summary="Sign in by e-mail address or username (seed 000)",
        tags=["accounts"],
        response_description="One is signed in.",
        status_code=200,
        request_max_body_size=MAX_BODY,
    )
    async def sign_in(request: Asked, data: JSONBody[SignIn]) -> Entered:
        device = desk.visitors.device(request)
        user = await accounts.login(data.password, device, email=data.email, username=data.username)
        return await entered(request, user)

    @get(
        "/profile",
        summary="Who one is (seed 000)",
        response_description="One's profile.",
        **users,
    )
    async def get_own_profile(principal: NamedDependency[Principal]) -> Own:
        return Own(Profile.of(principal.user))

    @patch(
        "/status",
        summary="Say whether one is available (seed 000)",
        description="The same as the event `set_status`; busy is called dnd there, and available online.",
        response_description="One's profile after the change.",
        **users,
        request_max_body_size=MAX_BODY,
    )
    async def patch_status(
        principal: NamedDependency[Principal], data: JSONBody[AvailabilityChange]
    ) -> Own:
        change = StatusChange(status=_STATUS[data.status])
        return Own(Profile.of(await accounts.set_status(principal.user.id, change)))

    return [signup, sign_in, get_own_profile, patch_status]
