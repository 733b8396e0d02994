"""The REST of seed 000, as its front ends call it: the same accounts, in that seed's names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.curl import curl, posted
from tests.support.members import PASSWORD, member, request
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger


def test_the_seeds_calls_work_with_curl(on_both: ParleyServer) -> None:
    new = {
        "email": "Ada@Example.org",
        "password": "plain words",
        "username": "ada_000",
        "country": "IN",
    }
    status, body = curl(on_both, *posted(new), "/signup")
    assert status == 201
    assert body.keys() == {"token", "user"}
    shown = body["user"]
    assert shown.keys() == {"_id", "username", "email", "country", "status", "createdAt"}
    assert (shown["username"], shown["email"], shown["country"], shown["status"]) == (
        "ada_000",
        "Ada@Example.org",
        "IN",
        "available",
    )

    status, body = curl(on_both, *posted(new), "/signup")
    assert (status, body["code"]) == (409, "taken")
    for who in ({"email": "ada@example.org"}, {"username": "ADA_000"}):
        status, body = curl(on_both, *posted(who | {"password": "plain words"}), "/login")
        assert status == 200
        assert body["user"] == shown
    token = body["token"]
    status, body = curl(on_both, *posted({"email": "ada@example.org", "password": "x"}), "/login")
    assert (status, body["code"]) == (401, "invalid_credentials")

    bearer = ["-H", f"Authorization: Bearer {token}"]
    assert curl(on_both, *bearer, "/profile") == (200, {"user": shown})
    for name in ("busy", "away", "offline", "available"):
        status, body = curl(on_both, *bearer, *posted({"status": name}, "PATCH"), "/status")
        assert (status, body["user"]["status"]) == (200, name)
    status, body = curl(on_both, *bearer, *posted({"status": "dnd"}, "PATCH"), "/status")
    assert (status, body["code"]) == (400, "bad_request")


@pytest.mark.parametrize(("method", "path"), [("GET", "/profile"), ("PATCH", "/status")])
async def test_nobody_gets_in_without_a_token(
    on_both: ParleyServer, method: str, path: str
) -> None:
    body = None if method == "GET" else {"status": "busy"}
    assert (await request(on_both, method, path, body)).status == 401
    assert (await request(on_both, method, path, body, "nonsense")).status == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "x@example.org"},
        {"email": "x@example.org", "password": "short"},
        {"email": "x@example.org", "password": "password"},
        {"email": "nobody", "password": PASSWORD},
        {"email": "x@example.org", "password": PASSWORD, "username": "x"},
        {"email": "x@example.org", "password": PASSWORD, "username": "\u202eevil"},
        {"email": "x@example.org", "password": PASSWORD, "username": "nul\0nul"},
        {"email": "x@example.org", "password": PASSWORD, "country": "x" * 36},
        {"email": {"$gt": ""}, "password": PASSWORD},
        [],
    ],
)
async def test_what_is_no_account_is_refused(on_both: ParleyServer, body: Any) -> None:
    assert (await request(on_both, "POST", "/signup", body)).status == 400


async def test_one_without_a_username_gets_one(on_both: ParleyServer) -> None:
    new = {"email": "grace@example.org", "password": "plain words"}
    reply = await request(on_both, "POST", "/signup", new)
    assert reply.status == 201
    assert reply.body["user"]["username"].startswith("grace_")


async def test_what_one_may_not_say_of_oneself_changes_nothing(on_both: ParleyServer) -> None:
    new = {"email": "mallory@example.org", "password": "plain words", "role": "admin", "_id": "0"}
    reply = await request(on_both, "POST", "/signup", new | {"isPremium": True})
    token = reply.body["token"]
    me = (await request(on_both, "GET", "/api/auth/me", token=token)).body["user"]
    assert (me["role"], me["isPremium"]) == ("user", False)
    assert me["_id"] == reply.body["user"]["_id"] != "0"


@pytest.mark.usefixtures("strangers")
async def test_the_token_is_good_for_sockets_and_ends_with_its_session(
    on_both: ParleyServer,
) -> None:
    one = await member(on_both)
    login = {"username": one.username, "password": one.password}
    token = (await request(on_both, "POST", "/login", login)).body["token"]
    here = await Stranger.arrive(on_both.port, auth={"token": token})
    assert here.session["actor"]["id"] == one.id
    assert (await request(on_both, "POST", "/api/auth/logout", token=token)).status == 200
    assert await here.hear("session_ended") == {"reason": "logout"}
    assert (await request(on_both, "GET", "/profile", token=token)).status == 401
