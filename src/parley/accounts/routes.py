"""REST under /api/auth (seed 002): sign up, sign in, stay signed in, be who one is, and go."""

from __future__ import annotations

from typing import Any

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from parley.accounts import schemas as s
from parley.accounts.cookies import REFRESH, Cookies
from parley.accounts.desk import Desk
from parley.accounts.door import MAX_BODY, Asked, bearer
from parley.accounts.user import User
from parley.kernel.errors import Unauthorized


def routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers."""
    return [*_coming(desk), *_being(desk), *_going(desk)]


def _coming(desk: Desk) -> list[HTTPRouteHandler]:
    accounts, cookies = desk.accounts, desk.cookies

    async def signed_in(
        request: Asked, user: User, message: str, status: int
    ) -> Response[s.SignedIn]:
        tokens, kept = await desk.sign_in(request, user)
        body = s.SignedIn(message=message, user=desk.shown(user), tokens=_tokens(tokens, cookies))
        return Response(body, status_code=status, cookies=kept)

    @post(
        "/api/auth/register",
        summary="Sign up (seed 002)",
        tags=["accounts"],
        response_description="There is an account, and one is signed in.",
        request_max_body_size=MAX_BODY,
    )
    async def register(request: Asked, data: JSONBody[s.Register]) -> Response[s.SignedIn]:
        desk.visitors.refuse_foreign_page(request)
        new = s.NewAccount(
            username=data.username, email=data.email, password=data.password, rule="strict"
        )
        return await signed_in(
            request, await accounts.register(new), "Registration successful", 201
        )

    @post(
        "/api/auth/login",
        summary="Sign in by e-mail address or username (seed 002)",
        tags=["accounts"],
        response_description="One is signed in.",
        status_code=200,
        request_max_body_size=MAX_BODY,
    )
    async def login(request: Asked, data: JSONBody[s.Login]) -> Response[s.SignedIn]:
        desk.visitors.refuse_foreign_page(request)
        user = await accounts.login(
            data.password,
            desk.visitors.device(request),
            email=data.email,
            username=data.username,
        )
        return await signed_in(request, user, "Login successful", 200)

    @post(
        "/api/auth/refresh",
        summary="The next tokens (seed 002)",
        description="By the refresh token in the body, or by its cookie with X-CSRF-Token. A refresh token works once; "
        "the second time its session ends.",
        tags=["accounts"],
        response_description="The next tokens.",
        status_code=200,
        request_max_body_size=MAX_BODY,
    )
    async def refresh(
        request: Asked, data: JSONBody[s.Refresh | None] = None
    ) -> Response[s.Refreshed]:
        device = desk.visitors.device(request)
        given = desk.door.refresh_token(request, data.refresh_token if data is not None else None)
        _, tokens = await accounts.sessions.refresh(given, device)
        body = s.Refreshed(message="Token refreshed", tokens=_tokens(tokens, cookies))
        return Response(body, cookies=cookies.of(tokens, device))

    @post(
        "/api/auth/logout",
        summary="Sign out (seed 002)",
        description="The session that the access token belongs to ends, and its sockets with it. Where there is no good one, "
        "a refresh token does, too.",
        tags=["accounts"],
        response_description="One is signed out.",
        status_code=200,
        security=[{"user": []}],
        request_max_body_size=MAX_BODY,
    )
    async def logout(request: Asked, data: JSONBody[s.Refresh | None] = None) -> Response[s.Done]:
        given = data.refresh_token if data is not None else None
        try:
            await accounts.sessions.end(await desk.door.principal(request))
        except Unauthorized:
            # Who shows a token means that one, and not a cookie that comes along.
            if not given and (bearer(request) is not None or not request.cookies.get(REFRESH)):
                raise
            await accounts.sessions.end_by_refresh_token(desk.door.refresh_token(request, given))
        device = desk.visitors.device(request)
        return Response(s.Done(message="Logged out"), cookies=cookies.none(device))

    @post(
        "/api/auth/socket-token",
        summary="A token for one connection",
        description="For a page that has no access token of its own, because tokens are cookies alone: by the cookie with "
        "X-CSRF-Token, or by Bearer token. Good for a minute as `auth.token` of a socket and for its event "
        "`authenticate`, and for nothing else. The connection is good for as long as an access token would be.",
        response_description="The token.",
        status_code=200,
        **desk.door.for_users,
    )
    async def socket_token(principal: NamedDependency[s.Principal]) -> s.SocketToken:
        return s.SocketToken(token=await desk.tickets.issue(principal))

    return [register, login, refresh, logout, socket_token]


def _being(desk: Desk) -> list[HTTPRouteHandler]:
    accounts = desk.accounts
    users = desk.door.for_users

    @get(
        "/api/auth/me",
        summary="Who one is (seed 002)",
        response_description="One's account.",
        **users,
    )
    async def get_me(principal: NamedDependency[s.Principal]) -> s.Me:
        return s.Me(user=desk.shown(principal.user))

    @put(
        "/api/auth/profile",
        summary="Change one's profile (seed 002)",
        description="What is left out stays. Members that one may not change are ignored.",
        response_description="One's account after the change.",
        **users,
        request_max_body_size=MAX_BODY,
    )
    async def put_profile(
        principal: NamedDependency[s.Principal], data: JSONBody[s.ProfileChange]
    ) -> s.Changed:
        user = await accounts.update_profile(principal.user.id, data)
        return s.Changed(message="Profile updated", user=desk.shown(user))

    @put(
        "/api/auth/password",
        summary="Change one's password (seed 002)",
        description="All other sessions end.",
        response_description="It is changed.",
        **users,
        request_max_body_size=MAX_BODY,
    )
    async def put_password(
        request: Asked, principal: NamedDependency[s.Principal], data: JSONBody[s.PasswordChange]
    ) -> s.Done:
        await accounts.change_password(principal, data, desk.visitors.device(request))
        return s.Done(message="Password changed")

    @get(
        "/api/auth/sessions",
        summary="Where one is signed in",
        response_description="One's sessions, the latest first.",
        **users,
    )
    async def get_sessions(principal: NamedDependency[s.Principal]) -> s.SessionList:
        found = await accounts.sessions.all_of(principal.user.id, principal.session_id)
        return s.SessionList(sessions=found)

    @delete(
        "/api/auth/sessions/{session_id:str}",
        summary="Sign out somewhere else",
        response_description="That session has ended, and its sockets with it.",
        status_code=200,
        **users,
    )
    async def delete_session(
        principal: NamedDependency[s.Principal], session_id: FromPath[str]
    ) -> s.Done:
        await accounts.sessions.revoke(principal.user.id, session_id)
        return s.Done(message="Session ended")

    return [get_me, put_profile, put_password, get_sessions, delete_session]


def _going(desk: Desk) -> list[HTTPRouteHandler]:
    accounts = desk.accounts
    users = desk.door.for_users

    @get(
        "/api/auth/export",
        summary="All that is stored of oneself",
        response_description="All of it, as JSON.",
        **users,
    )
    async def get_export(principal: NamedDependency[s.Principal]) -> Response[s.Export]:
        return Response(
            await accounts.export(principal, desk.shown(principal.user)),
            headers={
                "Content-Disposition": 'attachment; filename="parley-export.json"',
                "Cache-Control": "no-store",
            },
        )

    @delete(
        "/api/auth/me",
        summary="Delete one's account",
        description="Asks for the password, if the account has one. What others have of it is anonymised.",
        response_description="It is deleted, and all its sessions have ended.",
        status_code=200,
        **users,
        request_max_body_size=MAX_BODY,
    )
    async def delete_me(
        request: Asked,
        principal: NamedDependency[s.Principal],
        data: JSONBody[s.Deletion | None] = None,
    ) -> Response[s.Done]:
        device = desk.visitors.device(request)
        await accounts.delete(principal, data.password if data is not None else None, device)
        return Response(s.Done(message="Account deleted"), cookies=desk.cookies.none(device))

    return [get_export, delete_me]


def _tokens(tokens: s.Tokens, cookies: Cookies) -> s.Tokens | Any:
    return UNSET if cookies.instead_of_json else tokens
