"""Signing up and in over REST, on each database: who gets in, and that nobody guesses the way in."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest

from tests.support.callers import PASSWORD, Caller, failed

LONG = "aB3!" * 50


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


def test_what_looks_like_a_taken_name_is_refused_as_the_name_itself_in_every_family(
    one: Caller, nobody: Caller
) -> None:
    name = one.name.replace("l", "1")
    assert name != one.name
    new = {"name": "N", "email": "n@example.com", "password": PASSWORD}
    for path in ("/api/auth/register", "/signup", "/api/v1/users/register"):
        as_itself = nobody.post(path, new | {"username": one.name})
        alike = nobody.post(path, new | {"username": name})
        assert (alike.status_code, alike.json()["code"]) == (409, "taken")
        assert alike.content == as_itself.content


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


def test_an_account_is_closed_to_everybody_after_50_failures_and_nobody_inside_notices(
    one: Caller,
) -> None:
    with ThreadPoolExecutor(5) as threads:
        for _ in range(10):
            with Caller(one.server) as guesser:
                tries = [
                    threads.submit(guesser.login, username=one.name, password="wrong")
                    for _ in range(5)
                ]
                assert {done.result().status_code for done in tries} == {401}
    with Caller(one.server) as owner:
        failed(owner.login(username=one.name), 429, "rate_limited")
    assert one.refresh().status_code == 200
    assert one.get("/api/auth/me").status_code == 200


def test_guesses_at_once_are_not_more_guesses(one: Caller) -> None:
    with Caller(one.server) as guesser, ThreadPoolExecutor(12) as threads:
        tries = [
            threads.submit(guesser.login, username=one.name, password=f"guess{number}")
            for number in range(12)
        ]
        codes = [done.result().status_code for done in tries]
    assert sorted(codes) == [401] * 5 + [429] * 7
