"""One's own account over REST, on each database: what one may change, take along and delete."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.callers import PASSWORD, Caller, failed

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def test_a_profile_is_changed_and_kept_byte_for_byte(one: Caller) -> None:
    typed = "<script>alert('x')</script> \U0001f600 \u202e \u00e9e\u0301 '); DROP TABLE users;--"
    change = {"bio": typed, "location": "Bengaluru", "website": "https://example.com"}
    answer = one.call("PUT", "/api/auth/profile", change)
    assert answer.status_code == 200
    shown = one.get("/api/auth/me").json()["user"]
    assert shown == answer.json()["user"]
    assert {name: shown[name] for name in change} == change
    one.call("PUT", "/api/auth/profile", {"settings": {"theme": "dark"}})
    shown = one.get("/api/auth/me").json()["user"]
    assert shown["settings"] == {"theme": "dark", "notifications": True, "encryption": False}
    assert shown["bio"] == typed


def test_nobody_promotes_itself(one: Caller, nobody: Caller) -> None:
    more = {
        "role": "admin",
        "_id": "0" * 24,
        "id": "0" * 24,
        "email": "evil@example.com",
        "emailVerified": True,
        "email_verified": True,
        "isPremium": True,
        "is_premium": True,
        "disabled": True,
        "passwordHash": "x",
        "createdAt": "2000-01-01T00:00:00Z",
        "username": "root-of-all",
    }
    before = one.get("/api/auth/me").json()["user"]
    after = one.call("PUT", "/api/auth/profile", {"bio": "me"} | more).json()["user"]
    assert after == before | {"bio": "me", "updatedAt": after["updatedAt"]}
    made = nobody.register(**(more | {"username": nobody.name, "email": "ok@example.org"})).json()
    assert (made["user"]["role"], made["user"]["isPremium"]) == ("user", False)
    assert made["user"]["_id"] != "0" * 24
    assert not made["user"]["emailVerified"]


@pytest.mark.parametrize(
    "change",
    [
        {"bio": "x" * 501},
        {"bio": None},
        {"bio": ["x"]},
        {"location": "x" * 101},
        {"website": "javascript:alert(1)"},
        {"website": "https://" + "x" * 200},
        {"name": "a\x1b[31m"},
        {"customStatus": "x" * 101},
        {"settings": {"theme": "pink"}},
        {"settings": {"notifications": "maybe"}},
        {"settings": []},
    ],
)
def test_a_profile_has_limits(one: Caller, change: Any) -> None:
    failed(one.call("PUT", "/api/auth/profile", change), 400, "bad_request")


def test_a_new_password_ends_the_other_sessions(one: Caller) -> None:
    new = "NewPass123!"
    body = {"currentPassword": PASSWORD, "newPassword": new, "confirmPassword": new}
    with Caller(one.server) as there:
        there.login(username=one.name)
        failed(
            one.call("PUT", "/api/auth/password", body | {"confirmPassword": "x"}),
            400,
            "bad_request",
        )
        failed(
            one.call("PUT", "/api/auth/password", body | {"currentPassword": "x"}),
            401,
            "invalid_credentials",
        )
        assert one.call("PUT", "/api/auth/password", body).status_code == 200
        failed(there.get("/api/auth/me"), 401, "invalid_token")
        failed(there.login(username=one.name), 401, "invalid_credentials")
        assert there.login(username=one.name, password=new).status_code == 200
    assert one.get("/api/auth/me").status_code == 200
    assert one.refresh().status_code == 200


def test_a_picture_is_what_its_bytes_say(one: Caller) -> None:
    files = {"avatar": ("evil.html", PNG, "text/html")}
    answer = one.call("POST", "/api/auth/avatar", files=files)
    assert answer.status_code == 200
    path = answer.json()["user"]["avatar"]
    shown = httpx.get(one.server.base_url + path)
    assert (shown.status_code, shown.content) == (200, PNG)
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in shown.headers["cache-control"]
    assert "sandbox" in shown.headers["content-security-policy"]
    webp = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(32)
    other = one.call("POST", "/api/auth/avatar", files={"avatar": ("a", webp)}).json()["user"][
        "avatar"
    ]
    assert other != path
    assert httpx.get(one.server.base_url + path).status_code == 404
    back = one.call("DELETE", "/api/auth/avatar").json()["user"]["avatar"]
    assert back == f"/api/avatars/{one.id}.svg"
    assert httpx.get(one.server.base_url + other).status_code == 404


def test_of_pictures_put_up_at_once_one_stays(one: Caller) -> None:
    def put_up(_: int) -> str:
        answer = one.call("POST", "/api/auth/avatar", files={"avatar": ("a.png", PNG)})
        return str(answer.json()["user"]["avatar"])

    with ThreadPoolExecutor(8) as callers:
        paths = list(callers.map(put_up, range(16)))
    shown = one.get("/api/auth/me").json()["user"]["avatar"]
    there = [path for path in paths if httpx.get(one.server.base_url + path).status_code == 200]
    assert there == [shown]


def test_a_picture_put_up_as_the_account_goes_does_not_stay(one: Caller) -> None:
    def put_up(_: int) -> httpx.Response:
        return one.call("POST", "/api/auth/avatar", files={"avatar": ("a.png", PNG)})

    with ThreadPoolExecutor(8) as callers:
        pictures = callers.map(put_up, range(40))
        gone = one.call("DELETE", "/api/auth/me", {"password": PASSWORD})
        answers = list(pictures)
    assert gone.status_code == 200
    paths = {answer.json()["user"]["avatar"] for answer in answers if answer.is_success}
    assert {answer.status_code for answer in answers} <= {200, 401, 404}
    assert {httpx.get(one.server.base_url + path).status_code for path in paths} <= {404}


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload=alert(1)>", b"GIF89a", b"%PDF-1.7", b"\x89PNG", b"<html>", bytes(100)],
)
def test_what_is_no_picture_is_refused(one: Caller, content: bytes) -> None:
    answer = one.call("POST", "/api/auth/avatar", files={"avatar": ("a.png", content, "image/png")})
    failed(answer, 400, "bad_request")


def test_a_picture_has_a_bound_and_a_name_of_ours(one: Caller) -> None:
    fits = PNG + bytes(2 * 1024 * 1024 - len(PNG))
    name = "../../../../etc/passwd\x00.png"
    answer = one.call("POST", "/api/auth/avatar", files={"avatar": (name, fits, "image/png")})
    assert answer.status_code == 200
    assert re.fullmatch(r"/api/avatars/[\w-]{22}\.png", answer.json()["user"]["avatar"])
    for content in (fits + b"x", fits * 2):
        answer = one.call("POST", "/api/auth/avatar", files={"avatar": ("a.png", content)})
        failed(answer, 413, "too_large")
    failed(
        one.call("POST", "/api/auth/avatar", files={"other": ("a.png", PNG)}), 400, "bad_request"
    )
    failed(one.call("POST", "/api/auth/avatar", {"avatar": "x"}), 400, "bad_request")
    failed(one.call("POST", "/api/auth/avatar"), 400, "bad_request")


def test_whoever_has_no_picture_has_initials(one: Caller) -> None:
    one.call("PUT", "/api/auth/profile", {"name": "<Ada> Lovelace"})
    shown = httpx.get(f"{one.server.base_url}/api/avatars/{one.id}.svg")
    assert shown.headers["content-type"] == "image/svg+xml"
    assert ">AL</text>" in shown.text
    for name in ("0" * 24 + ".svg", "x.png", "..%2fsecrets%2fsecret_key", "x" * 22 + ".png", "%00"):
        assert httpx.get(f"{one.server.base_url}/api/avatars/{name}").status_code in (400, 404)


def test_an_export_is_a_file_with_all_of_ones_own(one: Caller) -> None:
    answer = one.get("/api/auth/export")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    body = answer.json()
    assert body["user"]["email"] == f"{one.name}@example.com"
    assert len(body["sessions"]) == 1
    assert {"meetings", "conversations"} <= body["belongings"].keys()
    assert "argon2" not in answer.text


def test_a_deleted_account_is_gone_and_its_name_is_free(one: Caller) -> None:
    for nothing in (None, {}, {"password": None}):
        failed(one.call("DELETE", "/api/auth/me", nothing), 401, "invalid_credentials")
    failed(one.call("DELETE", "/api/auth/me", {"password": "x"}), 401, "invalid_credentials")
    picture = one.call("POST", "/api/auth/avatar", files={"avatar": ("a.png", PNG)}).json()["user"][
        "avatar"
    ]
    assert one.call("DELETE", "/api/auth/me", {"password": PASSWORD}).status_code == 200
    failed(one.get("/api/auth/me"), 401, "invalid_token")
    failed(one.refresh(), 401, "invalid_token")
    assert httpx.get(one.server.base_url + picture).status_code == 404
    one.token = None
    failed(one.login(), 401, "invalid_credentials")
    assert one.register().status_code == 201
