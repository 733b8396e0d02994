"""Where tokens are cookies alone, a socket is its user's all the same: by the cookie itself, or by a token for sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.support.callers import BEHIND_PROXY, Caller, failed
from tests.support.members import member
from tests.support.postgres import database_settings
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind, Refused

pytestmark = pytest.mark.usefixtures("strangers")

FRIEND = "https://friend.example"
OURS = {"Origin": "http://test"}
"""What a browser says of our own page: strangers call the server by that host."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ParleyServer]:
    """A server on each database that hands tokens out as cookies alone."""
    settings = {"auth_cookies_only": 1, "cors_origin": FRIEND, **BEHIND_PROXY}
    folder = tmp_path_factory.mktemp("cookies")
    with (
        database_settings(request, request.param) as database,
        ParleyServer(folder, **settings, **database) as running,
    ):
        yield running


@pytest.fixture
def ann(server: ParleyServer) -> Iterator[Caller]:
    """Somebody who has just signed up, with a browser."""
    with Caller(server) as one:
        one.register()
        yield one


def cookie(caller: Caller) -> str:
    """The Cookie header of that browser."""
    return "; ".join(f"{name}={value}" for name, value in caller.http.cookies.items())


def ticket(caller: Caller) -> str:
    """A token for sockets, asked for by our own page."""
    proof = {"Origin": caller.server.base_url, "X-CSRF-Token": caller.http.cookies["csrf_token"]}
    answer = caller.post("/api/auth/socket-token", headers=proof)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"success", "token"}
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["token"])


async def arrive(
    caller: Caller,
    page: Mapping[str, str],
    over: Kind = "websocket",
    *,
    token: str | None = None,
    cookies: str | None = None,
) -> Stranger:
    """A socket that a page opens in that browser: `page` is what the browser says of it."""
    headers = {"Cookie": cookie(caller) if cookies is None else cookies, **page}
    auth = None if token is None else {"token": token}
    port = caller.server.port
    return await Stranger.arrive(port, None, over=over, auth=auth, query=None, **headers)


# --- the cookie ------------------------------------------------------------------------------------


@pytest.mark.parametrize("over", KINDS)
@pytest.mark.parametrize(
    "page",
    [OURS, {"Origin": FRIEND}, {"Sec_Fetch_Site": "same-origin"}],
    ids=["own", "friend", "same-origin"],
)
async def test_the_cookie_of_a_page_that_may_connect_makes_a_socket_its_users(
    ann: Caller, over: Kind, page: dict[str, str]
) -> None:
    here = await arrive(ann, page, over)
    assert here.session["actor"] == {"id": ann.id, "kind": "user"}
    assert here.token == ""  # no script gets to know the cookie
    assert (await here.do("set_status", {"status": "away"}))["userId"] == ann.id


@pytest.mark.parametrize("over", KINDS)
@pytest.mark.parametrize(
    "page",
    [{}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}],
    ids=["none", "cross-site", "same-site"],
)
async def test_a_cookie_that_no_page_of_ours_has_sent_makes_nobody_a_user(
    ann: Caller, over: Kind, page: dict[str, str]
) -> None:
    here = await arrive(ann, page, over)
    assert here.session["actor"]["kind"] == "guest"
    assert here.token


async def test_a_page_of_any_origin_does_not_ride_on_the_cookie_even_where_all_may_connect(
    serve: Callable[..., ParleyServer],
) -> None:
    with Caller(serve(auth_cookies_only=1, cors_origin="*")) as one:
        one.register()
        here = await arrive(one, {"Origin": "https://evil.example"})
        assert here.session["actor"]["kind"] == "guest"
        assert (await arrive(one, OURS)).session["actor"]["id"] == one.id


async def test_where_tokens_are_in_the_json_no_cookie_opens_a_socket(
    serve: Callable[..., ParleyServer],
) -> None:
    with Caller(serve()) as one:
        one.register()
        one.http.cookies.set("access_token", str(one.token))
        assert (await arrive(one, OURS)).session["actor"]["kind"] == "guest"


@pytest.mark.parametrize("over", KINDS)
async def test_a_cookie_that_is_worth_nothing_shuts_nobody_out(ann: Caller, over: Kind) -> None:
    right = ann.http.cookies["access_token"]
    guest = await Stranger.arrive(ann.server.port)
    for wrong in ("nonsense", right[:-2], ann.http.cookies["refresh_token"], guest.token):
        here = await arrive(ann, OURS, over, cookies=f"access_token={wrong}")
        assert here.session["actor"]["kind"] == "guest"
        assert here.session["actor"] != guest.session["actor"]
    with Caller(ann.server) as gone:
        gone.register()
        kept, proof = cookie(gone), gone.http.cookies["csrf_token"]
        page = {"Origin": gone.server.base_url, "X-CSRF-Token": proof}
        assert gone.post("/api/auth/logout", headers=page).status_code == 200
        here = await arrive(ann, OURS, over, cookies=kept)
        assert here.session["actor"]["kind"] == "guest"
        assert (await here.back("token")).session["actor"] == here.session["actor"]


async def test_a_token_that_is_shown_counts_before_the_cookie_and_is_held_to(ann: Caller) -> None:
    guest = await Stranger.arrive(ann.server.port)
    here = await arrive(ann, OURS, token=guest.token)
    assert here.session["actor"] == guest.session["actor"]
    with pytest.raises(Refused) as refusal:
        await arrive(ann, OURS, token="nonsense")
    assert refusal.value.body["data"]["code"] == "invalid_token"


@pytest.mark.parametrize("over", KINDS)
async def test_who_came_by_the_cookie_finds_the_chat_again_by_it(ann: Caller, over: Kind) -> None:
    here = await arrive(ann, OURS)
    other = await Stranger.arrive(ann.server.port)
    room = await couple(here, other)
    here.vanish()
    assert await other.hear("partner_reconnecting") == {"roomId": room}
    back = await arrive(ann, OURS, over, token=here.token)
    assert back.session["recovered"] is True
    assert back.session["room"]["roomId"] == room
    assert await other.hear("partner_reconnected") == {"roomId": room}


async def test_logging_out_closes_the_sockets_that_came_by_the_cookie(ann: Caller) -> None:
    here = await arrive(ann, OURS)
    page = {"Origin": ann.server.base_url, "X-CSRF-Token": ann.http.cookies["csrf_token"]}
    assert ann.post("/api/auth/logout", headers=page).status_code == 200
    assert await here.hear("session_ended") == {"reason": "logout"}
    await here.hang_up_heard()


async def test_who_came_by_the_cookie_stays_by_a_token_for_sockets(
    serve: Callable[..., ParleyServer],
) -> None:
    with Caller(serve(auth_cookies_only=1, access_token_s=3)) as one:
        one.register()
        kept = cookie(one)
        here = await arrive(one, OURS)
        assert await here.hear("token_expired") == {"closesInMs": 60_000}
        late = await arrive(one, OURS, cookies=kept)
        assert late.session["actor"]["kind"] == "guest"
        page = {"Origin": one.server.base_url, "X-CSRF-Token": one.http.cookies["csrf_token"]}
        assert one.post("/api/auth/refresh", headers=page).status_code == 200
        renewed = await here.do("authenticate", {"token": ticket(one)})
        assert renewed["actor"] == {"id": one.id, "kind": "user"}
        assert await here.hear("token_expired") == {"closesInMs": 60_000}


# --- tokens for sockets ----------------------------------------------------------------------------


@pytest.mark.parametrize("over", KINDS)
async def test_a_token_for_sockets_makes_a_connection_its_users(ann: Caller, over: Kind) -> None:
    here = await Stranger.arrive(ann.server.port, over=over, auth={"token": ticket(ann)})
    assert here.session["actor"] == {"id": ann.id, "kind": "user"}


async def test_a_token_for_sockets_is_given_to_who_proves_the_page_or_has_a_bearer_token(
    ann: Caller, serve: Callable[..., ParleyServer]
) -> None:
    proof = {"Origin": ann.server.base_url, "X-CSRF-Token": ann.http.cookies["csrf_token"]}
    for wrong in ({}, {"Origin": proof["Origin"]}):
        failed(ann.post("/api/auth/socket-token", headers=wrong), 403, "csrf")
    for elsewhere in ("http://test", "https://evil.example"):
        foreign = proof | {"Origin": elsewhere}
        failed(ann.post("/api/auth/socket-token", headers=foreign), 403, "forbidden")
    with Caller(ann.server) as nobody:
        failed(nobody.post("/api/auth/socket-token", headers=proof), 401, "unauthorized")
    one = await member(serve())
    given = (await one.post("/api/auth/socket-token")).body["token"]
    here = await Stranger.arrive(one.server.port, auth={"token": given})
    assert here.session["actor"]["id"] == one.id


async def test_a_token_for_sockets_opens_nothing_else(ann: Caller) -> None:
    here = await Stranger.arrive(ann.server.port, auth={"token": ticket(ann)})
    for token in (ticket(ann), here.token):
        with Caller(ann.server) as thief:
            thief.token = token
            failed(thief.get("/api/auth/me"), 401, "invalid_token")
            failed(thief.post("/api/auth/socket-token"), 401, "invalid_token")
            failed(thief.post("/api/auth/refresh", {"refreshToken": token}), 401, "invalid_token")
            assert thief.get("/profile").status_code == 401
            activity = "/api/v1/users/get_all_activity"
            assert thief.get(activity, params={"token": token}).status_code == 401
            thief.token = None
            thief.http.cookies.set("access_token", token)
            failed(thief.get("/api/auth/me"), 401, "invalid_token")


async def test_a_token_for_sockets_ends_with_its_session(ann: Caller) -> None:
    before = ticket(ann)
    here = await Stranger.arrive(ann.server.port, auth={"token": before})
    page = {"Origin": ann.server.base_url, "X-CSRF-Token": ann.http.cookies["csrf_token"]}
    assert ann.post("/api/auth/logout", headers=page).status_code == 200
    await here.hang_up_heard()
    for token in (before, here.token):
        with pytest.raises(Refused) as refusal:
            await Stranger.arrive(ann.server.port, auth={"token": token})
        assert refusal.value.body["data"]["code"] == "invalid_token"


@pytest.mark.parametrize("over", KINDS)
async def test_a_guest_who_signs_in_keeps_the_chat_by_a_token_for_sockets(
    ann: Caller, over: Kind
) -> None:
    one = await Stranger.arrive(ann.server.port, over=over)
    other = await Stranger.arrive(ann.server.port)
    room = await couple(one, other)
    renewed = await one.do("authenticate", {"token": ticket(ann)})
    assert renewed["actor"] == {"id": ann.id, "kind": "user"}
    await one.do("send_message", {"roomId": room, "message": "still here"})
    assert (await other.hear("new_message"))["text"] == "still here"
    assert (await one.do("set_status", {"status": "away"}))["userId"] == ann.id


@pytest.mark.parametrize("by", ["token", "pid"])
async def test_who_came_by_a_token_for_sockets_comes_back_by_what_it_was_told(
    ann: Caller, by: str
) -> None:
    here = await Stranger.arrive(ann.server.port, auth={"token": ticket(ann)})
    other = await Stranger.arrive(ann.server.port)
    room = await couple(here, other)
    here.vanish()
    assert await other.hear("partner_reconnecting") == {"roomId": room}
    back = await here.back(by)
    assert back.session["recovered"] is True
    assert back.session["actor"]["id"] == ann.id
    assert await other.hear("partner_reconnected") == {"roomId": room}
