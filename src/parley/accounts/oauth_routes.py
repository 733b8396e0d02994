"""REST for signing in with other services.

A browser is sent out and comes back by plain navigation, so what goes wrong is told to the page that it came
from, as `#oauth_error=<code>`. When all went well it has the cookies of a session, and goes on to `next`; the
page there finds `csrf_token` and calls /api/auth/refresh.
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

import structlog
from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from parley.accounts.cookies import REFRESH
from parley.accounts.desk import Desk
from parley.accounts.door import Asked
from parley.accounts.oauth import FLOW_S, HOME, Answer, ForeignAnswer, own_path
from parley.accounts.schemas import Device
from parley.kernel.errors import ParleyError

log = structlog.get_logger(__name__)

FLOW_COOKIE = "oauth_flow"
_PATH = "/api/auth/oauth"
_NO_STORE = {"Cache-Control": "no-store"}


class ProviderShown(Struct, frozen=True):
    """A service that one can sign in with, at `/api/auth/oauth/{id}`."""

    id: str
    name: str


class WaysIn(Struct, kw_only=True, rename="camel"):
    """Beside a password: other services, and whether a forgotten one can be replaced by mail."""

    success: Literal[True] = True
    providers: list[ProviderShown]
    password_reset: bool


def oauth_routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers."""

    @get(
        "/api/auth/providers",
        summary="Ways to sign in beside a password",
        tags=["accounts"],
        response_description="Those that are set up here.",
        sync_to_thread=False,
    )
    def get_providers() -> WaysIn:
        shown = [ProviderShown(one.id, one.name) for one in desk.oauth.providers.values()]
        return WaysIn(providers=shown, password_reset=desk.resets.available)

    @get(
        "/api/auth/oauth/{provider:str}",
        summary="Sign in with another service (seed 002)",
        description="To be navigated to, not fetched. `next`: the path of the page to go to afterwards.",
        tags=["accounts"],
        response_description="The browser is sent to the service; or back, with `#oauth_error=<code>`.",
        status_code=303,
    )
    async def get_oauth(
        request: Asked,
        provider: FromPath[str],
        next_path: Annotated[str | None, QueryParameter(name="next")] = None,
    ) -> Response[None]:
        found = desk.oauth.provider(provider)
        device, after = desk.visitors.device(request), own_path(next_path)
        back = _redirect_uri(desk, request, device, found.id)
        try:
            before = request.cookies.get(REFRESH, "")
            url, cookie = await desk.oauth.begin(found, after, back, before)
        except ParleyError as error:
            return _to(_told(after, error, found.id))
        return _to(url, _flow_cookie(cookie, device, FLOW_S))

    @get(
        "/api/auth/oauth/{provider:str}/callback",
        summary="Where another service sends the browser back to (seed 002)",
        tags=["accounts"],
        response_description="The browser is sent to `next`, signed in; or not, with `#oauth_error=<code>`.",
        status_code=303,
    )
    async def get_oauth_callback(
        request: Asked,
        provider: FromPath[str],
        given_state: Annotated[str | None, QueryParameter(name="state")] = None,
        code: Annotated[str | None, QueryParameter(name="code")] = None,
        error: Annotated[str | None, QueryParameter(name="error")] = None,
        iss: Annotated[str | None, QueryParameter(name="iss")] = None,
    ) -> Response[None]:
        found = desk.oauth.provider(provider)
        device, answer = desk.visitors.device(request), Answer(given_state, code, error, iss)
        cookie = request.cookies.get(FLOW_COOKIE, "")
        after = HOME
        try:
            started = desk.oauth.started(found, cookie, answer)
            after = started.next
            back = _redirect_uri(desk, request, device, found.id)
            user = await desk.oauth.finish(found, cookie, answer, back)
            _, kept = await desk.sign_in(request, user, started.before)
        except ForeignAnswer as refused:
            # A sign-in that goes on in this browser is not ended by an answer that is none of it.
            return _to(_told(after, refused, found.id))
        except ParleyError as refused:
            return _to(_told(after, refused, found.id), _flow_cookie("", device, 0))
        return _to(after, _flow_cookie("", device, 0), *kept)

    return [get_providers, get_oauth, get_oauth_callback]


def _redirect_uri(desk: Desk, request: Asked, device: Device, provider: str) -> str:
    """The callback's address: of PUBLIC_URL; without one, which production refuses, of the name that was asked for."""
    scheme = "https" if device.secure else "http"
    origin = desk.public_url or f"{scheme}://{request.headers.get('host', 'localhost')}"
    return f"{origin}{_PATH}/{provider}/callback"


def _told(after: str, error: ParleyError, provider: str) -> str:
    reason = getattr(error, "reason", "")
    log.info("sign_in_refused", provider=provider, code=error.code, reason=reason)
    return f"{urlsplit(after)._replace(fragment='').geturl()}#oauth_error={error.code}"


def _to(url: str, *cookies: Cookie) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": url, **_NO_STORE}, cookies=cookies)


def _flow_cookie(value: str, device: Device, max_age: int) -> Cookie:
    # Lax, for it must come along when the other service sends the browser back.
    return Cookie(
        key=FLOW_COOKIE,
        value=value,
        path=_PATH,
        max_age=max_age,
        httponly=True,
        secure=device.secure,
        samesite="lax",
    )
