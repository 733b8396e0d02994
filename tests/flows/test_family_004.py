"""The REST of seed 004, with its printed examples, and as its public front ends call it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.curl import curl, posted
from tests.support.members import Reply, request
from tests.support.server import ParleyServer

USERS = "/api/v1/users"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def signed_in(server: ParleyServer, username: str) -> str:
    """A new account's token."""
    new = {"name": "Jane Roe", "username": username, "password": "securepassword"}
    assert (await request(server, "POST", f"{USERS}/register", new)).status == 201
    login = {"username": username, "password": "securepassword"}
    token = (await request(server, "POST", f"{USERS}/login", login)).body["token"]
    assert isinstance(token, str)
    return token


def told(reply: Reply) -> tuple[int, int, str]:
    """Status, the status in the body, and the code; the members that front ends show must be there."""
    assert reply.body["error"] == reply.body["message"] == reply.body["detail"] != "", reply
    return reply.status, reply.body["status"], reply.body["code"]


def test_the_printed_examples_work_with_curl(on_both: ParleyServer) -> None:
    john = {"name": "John Doe", "username": "johndoe", "password": "securepassword"}
    status, body = curl(on_both, *posted(john), f"{USERS}/register")
    assert status == 201
    created = body["user"].pop("createdAt")
    assert ISO.fullmatch(created)
    assert body == {
        "message": "User registered successfully",
        "user": {"name": "John Doe", "username": "johndoe"},
    }
    login = {"username": "johndoe", "password": "securepassword"}
    status, body = curl(on_both, *posted(login), f"{USERS}/login")
    assert (status, body["message"], body.keys()) == (
        200,
        "Login successful",
        {"message", "token"},
    )
    bearer = ["-H", f"Authorization: Bearer {body['token']}"]
    meeting = {"user_id": "user_id", "meetingCode": "meeting_room_id"}
    status, body = curl(on_both, *bearer, *posted(meeting), f"{USERS}/add_to_activity")
    assert status == 201
    assert body["message"]
    status, body = curl(on_both, *bearer, f"{USERS}/get_all_activity")
    assert status == 200
    assert ISO.fullmatch(body[0].pop("date"))
    assert body == [{"user_id": "johndoe", "meetingCode": "meeting_room_id"}]


async def test_public_front_ends_send_the_token_in_the_body_and_the_query(
    on_both: ParleyServer,
) -> None:
    token = await signed_in(on_both, "front_end")
    noted = {"token": token, "meeting_code": "abc"}
    assert (await request(on_both, "POST", f"{USERS}/add_to_activity", noted)).status == 201
    reply = await request(on_both, "GET", f"{USERS}/get_all_activity?token={token}")
    assert [one["meetingCode"] for one in reply.body] == ["abc"]


async def test_a_token_in_the_query_or_the_body_opens_nothing_else(on_both: ParleyServer) -> None:
    token = await signed_in(on_both, "elsewhere")
    for path in ("/profile", "/api/auth/me", "/api/auth/sessions"):
        assert (await request(on_both, "GET", f"{path}?token={token}")).status == 401
    body = {"token": token, "status": "busy"}
    assert (await request(on_both, "PATCH", "/status", body)).status == 401


async def test_one_sees_ones_own_meetings_alone_in_order_and_a_code_is_free_to_all(
    on_both: ParleyServer,
) -> None:
    one, other = await signed_in(on_both, "member_one"), await signed_in(on_both, "member_two")
    for token, code in ((one, "x"), (other, "x"), (one, "y"), (one, "x")):
        noted = {"meetingCode": code, "user_id": "member_two"}
        assert (
            await request(on_both, "POST", f"{USERS}/add_to_activity", noted, token)
        ).status == 201
    for token, name, codes in ((one, "member_one", "xyx"), (other, "member_two", "x")):
        found = (await request(on_both, "GET", f"{USERS}/get_all_activity", token=token)).body
        assert [(row["user_id"], row["meetingCode"]) for row in found] == [
            (name, code) for code in codes
        ]


async def test_what_fails_says_so_in_the_seeds_members_and_ours(on_both: ParleyServer) -> None:
    token = await signed_in(on_both, "errors")

    async def post(path: str, body: Any, with_token: str | None = None) -> tuple[int, int, str]:
        return told(await request(on_both, "POST", f"{USERS}/{path}", body, with_token))

    new = {"name": "E", "username": "errors", "password": "securepassword"}
    assert await post("register", new) == (409, 409, "taken")
    assert await post("register", new | {"password": "short"}) == (400, 400, "weak_password")
    assert await post("register", {"username": "nobody"}) == (400, 400, "bad_request")
    wrong = {"username": "errors", "password": "wrong"}
    assert await post("login", wrong) == (401, 401, "invalid_credentials")
    unknown = {"username": "unknown", "password": "wrong"}
    assert await post("login", unknown) == (401, 401, "invalid_credentials")
    assert await post("add_to_activity", {"meetingCode": "x"}) == (401, 401, "unauthorized")
    noted = {"meeting_code": "x", "token": "nonsense"}
    assert await post("add_to_activity", noted) == (401, 401, "invalid_token")
    for code in (None, "", "x" * 201, "a\x07b"):
        assert (await post("add_to_activity", {"meetingCode": code}, token))[0] == 400
    assert told(await request(on_both, "GET", f"{USERS}/get_all_activity")) == (
        401,
        401,
        "unauthorized",
    )


@pytest.mark.parametrize("length", [73, 200])
async def test_every_byte_of_a_long_password_counts(on_both: ParleyServer, length: int) -> None:
    name, password = f"long_{length}", "ä" + "x" * (length - 2)
    new = {"name": "L", "username": name, "password": password + "y"}
    assert (await request(on_both, "POST", f"{USERS}/register", new)).status == 201
    for ending, status in (("y", 200), ("z", 401)):
        login = {"username": name, "password": password + ending}
        assert (await request(on_both, "POST", f"{USERS}/login", login)).status == status
