"""REST of seed 004, under /api/v1/users: sign up, sign in, and the meetings that one was in.

The two routes about meetings take the token in `Authorization: Bearer`, and, as that seed's front ends send it,
as `token` in the body or the query.
"""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, JSONBody
from msgspec import Meta, Struct

from parley.accounts import MAX_BODY, Asked, Desk, NewAccount, Principal, bearer
from parley.kernel.clock import timestamp
from parley.kernel.errors import BadRequest


class NewMember(Struct):
    """An account to be made."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    username: str
    password: str


class Registered(Struct, frozen=True, rename="camel"):
    """The account that was made."""

    name: str
    username: str
    created_at: str


class Registration(Struct, frozen=True):
    """There is an account now."""

    message: str
    user: Registered


class MemberLogin(Struct):
    """Who somebody is."""

    username: str
    password: str


class LoggedIn(Struct, frozen=True):
    """The token of a new session."""

    message: str
    token: str


class Attendance(Struct):
    """A meeting that one is in. `user_id` is ignored: the token says who it is."""

    meetingCode: str | None = None  # noqa: N815 - seed 004's spelling, beside its clients' own
    meeting_code: str | None = None
    token: str | None = None


class Noted(Struct, frozen=True):
    """It was noted."""

    message: str


class Attended(Struct, frozen=True):
    """One meeting that one was in; `user_id` is the username, `date` ISO 8601."""

    user_id: str
    meetingCode: str  # noqa: N815 - seed 004's spelling
    date: str


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers."""
    accounts = desk.accounts

    async def somebody(request: Asked, token: str | None) -> Principal:
        if token and bearer(request) is None:
            return await desk.sessions.authenticate(token)
        return await desk.door.principal(request)

    @post(
        "/api/v1/users/register",
        summary="Sign up (seed 004)",
        tags=["accounts"],
        response_description="There is an account.",
        request_max_body_size=MAX_BODY,
    )
    async def register_member(data: JSONBody[NewMember]) -> Registration:
        new = NewAccount(username=data.username, password=data.password, name=data.name)
        user = await accounts.register(new)
        made = Registered(user.name, user.username, timestamp(user.created_at))
        return Registration("User registered successfully", made)

    @post(
        "/api/v1/users/login",
        summary="Sign in (seed 004)",
        tags=["accounts"],
        response_description="One is signed in.",
        status_code=200,
        request_max_body_size=MAX_BODY,
    )
    async def login_member(request: Asked, data: JSONBody[MemberLogin]) -> LoggedIn:
        device = desk.visitors.device(request)
        user = await accounts.login(data.password, device, username=data.username)
        return LoggedIn("Login successful", await desk.sessions.open_token(user, device))

    @post(
        "/api/v1/users/add_to_activity",
        summary="Note a meeting that one is in (seed 004)",
        tags=["accounts"],
        response_description="It is noted.",
        security=[{"user": []}],
        request_max_body_size=MAX_BODY,
    )
    async def add_to_activity(request: Asked, data: JSONBody[Attendance]) -> Noted:
        given = data.token or request.query_params.get("token")
        principal = await somebody(request, given)
        code = data.meetingCode or data.meeting_code
        if not code:
            raise BadRequest("A meetingCode is needed.", field="meetingCode")
        await desk.activity.add(principal.user.id, code)
        return Noted("Meeting added to activity")

    @get(
        "/api/v1/users/get_all_activity",
        summary="The meetings that one was in (seed 004)",
        tags=["accounts"],
        response_description="One's own meetings, the oldest first.",
        security=[{"user": []}],
    )
    async def get_all_activity(
        request: Asked, token: FromQuery[str | None] = None
    ) -> list[Attended]:
        user = (await somebody(request, token)).user
        meetings = await desk.activity.of(user.id)
        return [Attended(user.username, one.meeting_code, timestamp(one.date)) for one in meetings]

    return [register_member, login_member, add_to_activity, get_all_activity]
