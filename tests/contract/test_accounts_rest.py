"""The REST of accounts over the real wire, the same on both databases: every route, every refusal."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import jwt
import pytest

from tests.support.callers import BEHIND_PROXY, PASSWORD, Caller, failed
from tests.support.postgres import Postgres
from tests.support.server import ParleyServer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
LONG = "aB3!" * 50


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ParleyServer]:
    """One server for the module, on each database."""
    settings: dict[str, Any] = dict(BEHIND_PROXY)
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        settings["database_url"] = postgres.create()
    with ParleyServer(tmp_path_factory.mktemp("server"), **settings) as running:
        yield running


@pytest.fixture
def one(server: ParleyServer) -> Iterator[Caller]:
    """Somebody with an account, signed in."""
    with Caller(server) as caller:
        assert caller.register().status_code == 201
        yield caller


@pytest.fixture
def nobody(server: ParleyServer) -> Iterator[Caller]:
    """Somebody without one."""
    with Caller(server) as caller:
        yield caller


# --- signing up and in ---------------------------------------------------------------------------


def test_signing_up_answers_as_seed_002_prints_it(nobody: Caller) -> None:
    answer = nobody.register()
    body = answer.json()
    assert answer.status_code == 201
    assert body.keys() == {"success", "message", "user", "tokens"}
    assert (body["success"], body["message"]) == (True, "Registration successful")
    user = body["user"]
    assert re.fullmatch("[0-9a-f]{24}", user["_id"])
    assert (user["username"], user["email"]) == (nobody.name, f"{nobody.name}@example.com")
    assert (user["status"], user["avatar"]) == ("offline", f"/api/avatars/{user['_id']}.svg")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", user["createdAt"])
    assert not {"passwordHash", "password_hash", "password", "disabled"} & user.keys()
    assert body["tokens"].keys() == {"accessToken", "refreshToken"}
    assert answer.headers["cache-control"] == "no-store"


def test_an_access_token_is_what_it_says(one: Caller) -> None:
    assert one.token is not None
    claims = jwt.decode(one.token, options={"verify_signature": False})
    assert claims["sub"] == one.id
    assert claims["typ"] == "access"
    assert claims["exp"] - claims["iat"] == 900
    assert {"jti", "sid"} <= claims.keys()
    assert jwt.get_unverified_header(one.token)["alg"] == "HS256"


def test_signing_in_works_by_address_and_by_name_however_they_are_typed(one: Caller) -> None:
    for by in (
        {"email": f"{one.name}@EXAMPLE.com", "username": None},
        {"username": one.name.upper()},
    ):
        answer = one.login(**by)
        assert answer.status_code == 200
        assert answer.json()["message"] == "Login successful"
        assert answer.json()["user"]["_id"] == one.id
        assert one.get("/api/auth/me").json()["user"]["_id"] == one.id


def test_what_is_taken_is_taken(one: Caller, nobody: Caller) -> None:
    failed(nobody.register(username=one.name.upper()), 409, "taken")
    failed(nobody.register(email=f"{one.name.upper()}@example.com"), 409, "taken")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "ab"}, "bad_request"),
        ({"username": "a\u202eb\u202c"}, "bad_request"),
        ({"username": "b\u043eb"}, "bad_request"),
        ({"username": None}, "bad_request"),
        ({"username": ["bob"]}, "bad_request"),
        ({"email": "nothing"}, "bad_request"),
        ({"email": 7}, "bad_request"),
        ({"password": "securepass123!"}, "weak_password"),
        ({"password": "Password"}, "weak_password"),
        ({"password": "P@ssw0rd"}, "weak_password"),
        ({"password": ""}, "weak_password"),
        ({"password": None}, "bad_request"),
        ({"password": 12345678}, "bad_request"),
        ({"password": {"$gt": ""}}, "bad_request"),
    ],
)
def test_an_account_that_cannot_be_is_refused(nobody: Caller, change: Any, code: str) -> None:
    failed(nobody.register(**change), 400, code)


@pytest.mark.parametrize("password", ["aB3!" * 18 + "x", LONG, "aB3!" * 256, "\U0001f511aB3!" * 30])
def test_every_byte_of_a_long_password_counts(nobody: Caller, password: str) -> None:
    assert nobody.register(password=password).status_code == 201
    assert nobody.login(password=password).status_code == 200
    failed(nobody.login(password=password[:-1]), 401, "invalid_credentials")
    failed(nobody.login(password=password[:-1] + "?"), 401, "invalid_credentials")


@pytest.mark.parametrize("size", [1025, 60_000, 1_000_000, 3_000_000])
def test_a_password_without_end_is_too_large(one: Caller, size: int) -> None:
    huge = "aB3!" * (size // 4 + 1)
    with Caller(one.server) as nobody:
        failed(nobody.register(password=huge), 413, "too_large")
        failed(nobody.login(username=one.name, password=huge), 413, "too_large")
    body = {"currentPassword": PASSWORD, "newPassword": huge}
    failed(one.call("PUT", "/api/auth/password", body), 413, "too_large")
    failed(one.call("DELETE", "/api/auth/me", {"password": huge}), 413, "too_large")


def test_a_wrong_password_and_no_such_account_are_the_same_bytes(one: Caller) -> None:
    wrong = [
        one.post("/api/auth/login", {name: who, "password": "Wrong-Pass123!"})
        for name, who in (
            ("username", one.name),
            ("username", "nobody-of-this-name"),
            ("email", f"{one.name}@example.com"),
            ("email", "nobody@example.com"),
        )
    ]
    for answer in wrong:
        failed(answer, 401, "invalid_credentials")
    assert len({answer.content for answer in wrong}) == 1
    unlike = {"date", "content-length"}
    assert (
        len({str(sorted((k, v) for k, v in a.headers.items() if k not in unlike)) for a in wrong})
        == 1
    )


def test_a_wrong_password_and_no_such_account_take_the_same_time(one: Caller) -> None:
    def cost(name: str) -> float:
        times = []
        for _ in range(9):
            with Caller(one.server) as caller:
                caller.get("/livez")
                begun = time.perf_counter()
                failed(caller.login(username=name), 401, "invalid_credentials")
                times.append(time.perf_counter() - begun)
        return sorted(times)[2]

    one.call("PUT", "/api/auth/password", {"currentPassword": PASSWORD, "newPassword": LONG})
    nobody, somebody = cost("nobody-of-this-name"), cost(one.name)
    assert 0.5 < nobody / somebody < 2.0


def test_the_sixth_failure_is_429_for_that_address_and_account_alone(one: Caller) -> None:
    for who in (one.name, "nobody-at-all"):
        with Caller(one.server) as guesser:
            for _ in range(5):
                failed(guesser.login(username=who, password="wrong"), 401, "invalid_credentials")
            failed(guesser.login(username=who, password="wrong"), 429, "rate_limited")
            failed(guesser.login(username=who), 429, "rate_limited")
    assert one.login().status_code == 200


def test_an_address_gets_20_failures_whatever_it_says_of_itself(one: Caller) -> None:
    with Caller(one.server) as guesser:
        for number in range(20):
            pretended = f"198.51.100.{number}, {guesser.address}"
            answer = guesser.post(
                "/api/auth/login",
                {"username": f"user-{number}", "password": "wrong"},
                headers={"X-Forwarded-For": pretended},
            )
            failed(answer, 401, "invalid_credentials")
        failed(guesser.login(username="another"), 429, "rate_limited")


def test_guesses_at_once_are_not_more_guesses(one: Caller) -> None:
    with Caller(one.server) as guesser, ThreadPoolExecutor(12) as threads:
        tries = [
            threads.submit(guesser.login, username=one.name, password=f"guess{number}")
            for number in range(12)
        ]
        codes = [done.result().status_code for done in tries]
    assert sorted(codes) == [401] * 5 + [429] * 7


# --- staying ---------------------------------------------------------------------------------------


def test_tokens_rotate_and_a_copy_ends_the_session(one: Caller) -> None:
    first = one.refresh_token
    answer = one.refresh()
    assert answer.status_code == 200
    assert answer.json().keys() == {"success", "message", "tokens"}
    assert one.get("/api/auth/me").status_code == 200
    one.http.cookies.clear()
    failed(one.post("/api/auth/refresh", {"refreshToken": first}), 401, "invalid_token")
    failed(one.get("/api/auth/me"), 401, "invalid_token")
    failed(one.refresh(), 401, "invalid_token")


def test_20_refreshes_at_once_leave_at_most_one_live_token(one: Caller) -> None:
    token = one.refresh_token
    with ThreadPoolExecutor(20) as threads:
        tries = [
            threads.submit(
                httpx.post, f"{one.server.base_url}/api/auth/refresh", json={"refreshToken": token}
            )
            for _ in range(20)
        ]
        answers = [done.result() for done in tries]
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {answer.status_code for answer in answers} == {200, 401}
    live = 0
    for answer in answers:
        if answer.status_code == 200:
            again = httpx.post(
                f"{one.server.base_url}/api/auth/refresh",
                json={"refreshToken": answer.json()["tokens"]["refreshToken"]},
            )
            live += again.status_code == 200
    assert live <= 1


def test_logging_out_ends_both_tokens(one: Caller) -> None:
    answer = one.post("/api/auth/logout")
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "message": "Logged out"}
    failed(one.get("/api/auth/me"), 401, "invalid_token")
    failed(one.refresh(), 401, "invalid_token")
    failed(one.post("/api/auth/logout"), 401, "invalid_token")


def test_logging_out_works_with_the_refresh_token_alone(one: Caller) -> None:
    access, one.token = one.token, None
    answer = one.post("/api/auth/logout", {"refreshToken": one.refresh_token})
    assert answer.status_code == 200
    one.token = access
    failed(one.get("/api/auth/me"), 401, "invalid_token")


def test_sessions_are_listed_and_ended_one_by_one(one: Caller) -> None:
    with Caller(one.server, **{"User-Agent": "another device"}) as there:
        assert there.login(username=one.name).status_code == 200
        listed = one.get("/api/auth/sessions").json()["sessions"]
        assert [entry["current"] for entry in listed] == [False, True]
        assert listed[0]["userAgent"] == "another device"
        assert {entry["address"] for entry in listed} == {one.address, there.address}
        answer = one.call("DELETE", f"/api/auth/sessions/{listed[0]['id']}")
        assert answer.status_code == 200
        failed(there.get("/api/auth/me"), 401, "invalid_token")
        failed(there.refresh(), 401, "invalid_token")
    assert one.get("/api/auth/me").status_code == 200


def test_anothers_session_is_not_there(one: Caller, nobody: Caller) -> None:
    nobody.register()
    (hers,) = nobody.get("/api/auth/sessions").json()["sessions"]
    for session_id in (hers["id"], "nothing", "%E2%80%AE", "..%2f..", "x" * 300):
        failed(one.call("DELETE", f"/api/auth/sessions/{session_id}"), 404, "not_found")
    assert nobody.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/auth/me"),
        ("PUT", "/api/auth/profile"),
        ("PUT", "/api/auth/password"),
        ("GET", "/api/auth/sessions"),
        ("DELETE", "/api/auth/sessions/x"),
        ("GET", "/api/auth/export"),
        ("DELETE", "/api/auth/me"),
        ("POST", "/api/auth/logout"),
        ("POST", "/api/auth/avatar"),
        ("DELETE", "/api/auth/avatar"),
    ],
)
def test_whoever_shows_no_token_or_a_wrong_one_stays_outside(
    one: Caller, method: str, path: str
) -> None:
    token = one.token
    assert token is not None
    head, body, seal = token.split(".")
    one.token = None
    one.http.cookies.clear()
    sent: Any = {} if method in ("PUT", "POST") else None
    failed(one.call(method, path, sent), 401, "unauthorized")
    forged = (
        one.refresh_token,
        f"{head}.{body}.",
        f"eyJhbGciOiJub25lIn0.{body}.",
        f"{head}.{body}.{seal[::-1]}",
        token + "A",
        "x" * 4000,
        "null",
    )
    for wrong in forged:
        answer = one.call(method, path, sent, headers={"Authorization": f"Bearer {wrong}"})
        failed(answer, 401, "invalid_token")
        assert answer.headers["www-authenticate"] == "Bearer"
    for scheme in ("Basic " + token, token, "Bearer", ""):
        assert one.call(method, path, sent, headers={"Authorization": scheme}).status_code == 401
    one.token = token
    assert one.get("/api/auth/me").status_code == 200


# --- being -----------------------------------------------------------------------------------------


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


# --- going -----------------------------------------------------------------------------------------


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
    failed(one.call("DELETE", "/api/auth/me"), 401, "invalid_credentials")
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


# --- hostile bodies --------------------------------------------------------------------------------

ODD = [
    b"",
    b"null",
    b"[]",
    b"{",
    b'"text"',
    b"\xff\xfe",
    b"NaN",
    b'{"username": NaN}',
    b'{"username": Infinity, "password": 1e999}',
    b'{"username": "a\\u0000b", "email": "a\\u0000@example.com", "password": "x\\u0000aA1!xxxxxxx"}',
    b'{"username": "a\\ud800b", "email": "x@example.com", "password": "aA1!\\udfffxxxxx"}',
    b'{"username": "\xed\xa0\x80bc", "email": "x@example.com", "password": "SecurePass123!"}',
    b'{"username": "bob", "email": "x\\u0000@example.com", "password": "SecurePass123!"}',
    b'{"username": ' + b"9" * 400 + b', "password": "x"}',
    b'{"username": 1, "email": 18446744073709551616, "password": -9223372036854775809}',
    b"[" * 5000 + b"]" * 5000,
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
    b'{"username": "bob", "x": ' + b"[" * 5000 + b"]" * 5000 + b"}",
]


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
def test_a_body_that_is_odd_is_the_senders_mistake(one: Caller, body: bytes) -> None:
    # An empty body where the password would be asked for is a missing password.
    refused = {400, 401}
    for method, path in (
        ("POST", "/api/auth/register"),
        ("POST", "/api/auth/login"),
        ("POST", "/api/auth/refresh"),
        ("PUT", "/api/auth/profile"),
        ("PUT", "/api/auth/password"),
        ("DELETE", "/api/auth/me"),
    ):
        one.http.cookies.clear()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {one.token}"}
        answer = one.http.request(method, path, content=body, headers=headers)
        assert answer.status_code in refused, (path, answer.text)
        assert answer.json()["success"] is False
    assert one.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"username": {"$ne": None}, "password": {"$ne": None}},
        {"email": {"$gt": ""}, "password": PASSWORD},
        {"username": ["caller1"], "password": PASSWORD},
        {"__proto__": {"admin": True}, "password": True},
    ],
)
def test_a_question_in_the_place_of_a_name_is_refused(nobody: Caller, body: Any) -> None:
    failed(nobody.post("/api/auth/login", body), 400, "bad_request")
    failed(nobody.post("/api/auth/register", body), 400, "bad_request")


@pytest.mark.parametrize(
    "path",
    [
        "/api/auth/sessions/%00",
        "/api/auth/sessions/%ed%a0%80",
        "/api/auth/sessions/%ff",
        "/api/auth/me?x=%00",
        "/api/avatars/%00.svg",
        "/api/auth/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_a_path_that_is_odd_is_the_senders_mistake(one: Caller, path: str) -> None:
    for method in ("GET", "DELETE", "POST"):
        assert 400 <= one.call(method, path).status_code < 500


# --- as printed ------------------------------------------------------------------------------------


def curl(server: ParleyServer, *arguments: str) -> Any:
    done = subprocess.run(
        [
            "curl",
            "-sS",
            *(part.replace("http://localhost:3000", server.base_url) for part in arguments),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_commands_that_seed_002_prints_work_as_printed(server: ParleyServer) -> None:
    to_json = ("-H", "Content-Type: application/json")
    made = curl(
        server, "-X", "POST", "http://localhost:3000/api/auth/register", *to_json, "-d",
        '{\n    "username": "john_doe",\n    "email": "john@example.com",\n    "password": "SecurePass123!"\n  }',
    )  # fmt: skip
    assert made["success"] is True
    assert made["user"]["status"] == "offline"
    come = curl(
        server, "-X", "POST", "http://localhost:3000/api/auth/login", *to_json, "-d",
        '{\n    "email": "john@example.com",\n    "password": "SecurePass123!"\n  }',
    )  # fmt: skip
    bearer = ("-H", f"Authorization: Bearer {come['tokens']['accessToken']}")
    me = curl(server, *bearer, "http://localhost:3000/api/auth/me")
    assert me["user"]["username"] == "john_doe"
    profile = '{\n    "bio": "Software developer from India",\n    "location": "Bengaluru",\n    "website": "https://example.com"\n  }'
    shown = curl(
        server,
        "-X",
        "PUT",
        *bearer,
        *to_json,
        "-d",
        profile,
        "http://localhost:3000/api/auth/profile",
    )
    assert shown["user"]["bio"] == "Software developer from India"
    change = '{\n    "currentPassword": "SecurePass123!",\n    "newPassword": "NewPass123!",\n    "confirmPassword": "NewPass123!"\n  }'
    assert curl(
        server,
        "-X",
        "PUT",
        *bearer,
        *to_json,
        "-d",
        change,
        "http://localhost:3000/api/auth/password",
    )["success"]
    refresh = json.dumps({"refreshToken": come["tokens"]["refreshToken"]})
    fresh = curl(
        server, "-X", "POST", "http://localhost:3000/api/auth/refresh", *to_json, "-d", refresh
    )
    bearer = ("-H", f"Authorization: Bearer {fresh['tokens']['accessToken']}")
    assert curl(server, "-X", "POST", *bearer, "http://localhost:3000/api/auth/logout")["success"]
    assert curl(server, *bearer, "http://localhost:3000/api/auth/me")["success"] is False
    test = '{"username":"test","email":"test@example.com","password":"Test123!"}'
    made = curl(
        server, "-X", "POST", "http://localhost:3000/api/auth/register", *to_json, "-d", test
    )
    assert made["user"]["username"] == "test"
