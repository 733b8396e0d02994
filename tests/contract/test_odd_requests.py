"""Whatever is sent to the REST of accounts, the sender is told its mistake; never a 500, on each database."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.callers import PASSWORD, Caller, failed

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


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
def test_an_odd_body_is_the_senders_mistake_on_every_family_of_routes(
    one: Caller, body: bytes
) -> None:
    for method, path in (
        ("POST", "/signup"),
        ("POST", "/login"),
        ("PATCH", "/status"),
        ("POST", "/api/v1/users/register"),
        ("POST", "/api/v1/users/login"),
        ("POST", "/api/v1/users/add_to_activity"),
        ("POST", "/api/auth/password/reset"),
    ):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {one.token}"}
        answer = one.http.request(method, path, content=body, headers=headers)
        assert answer.status_code in {400, 401}, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


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


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"username": "bob", "password": PASSWORD}, "`email`"),
        ({"username": 5, "email": "b@example.com", "password": PASSWORD}, "`username`"),
        ([], "`object`"),
    ],
)
def test_a_refusal_names_what_is_missing_or_wrong(one: Caller, body: object, named: str) -> None:
    answer = one.call("POST", "/api/auth/register", body)
    failed(answer, 400, "bad_request")
    assert named in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/signup"),
        ("POST", "/login"),
        ("PATCH", "/status"),
        ("POST", "/api/auth/register"),
        ("POST", "/api/auth/login"),
        ("PUT", "/api/auth/profile"),
        ("PUT", "/api/auth/password"),
        ("POST", "/api/auth/password/forgot"),
        ("POST", "/api/v1/users/register"),
        ("POST", "/api/v1/users/login"),
        ("POST", "/api/v1/users/add_to_activity"),
    ],
)
def test_where_a_body_is_needed_and_none_is_sent_that_is_what_is_told(
    one: Caller, method: str, path: str
) -> None:
    for headers in ({}, {"Content-Type": "application/json"}):
        answer = one.call(method, path, headers=headers)
        assert answer.status_code == 400
        told = answer.json()
        assert (told["code"], told["detail"]) == ("bad_request", "A JSON body is needed.")


def test_a_refusal_repeats_no_long_value(one: Caller) -> None:
    answer = one.call("PATCH", "/status", {"status": "x" * 50_000})
    assert answer.status_code == 400
    assert len(answer.text) < 1000
