"""Tokens over REST, on each database: they rotate, they end when told to, and nothing else opens a door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from parley.docs import sources
from parley.docs.openapi import openapi
from tests.support.callers import Caller, failed

DOCUMENT = openapi(sources.handlers())
FOR_USERS = [
    (method.upper(), path.replace("{", "").replace("}", ""))
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if {"user": []} in operation.get("security", [])
]


def refused(answer: httpx.Response, code: str) -> None:
    """401 with that code, on any family of routes."""
    assert (answer.status_code, answer.json()["code"]) == (401, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


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


def test_logging_out_works_with_either_token_whatever_the_other_is_worth(one: Caller) -> None:
    stale = one.refresh_token
    assert one.refresh().status_code == 200
    assert one.post("/api/auth/logout", {"refreshToken": stale}).status_code == 200
    failed(one.get("/api/auth/me"), 401, "invalid_token")
    failed(one.refresh(), 401, "invalid_token")
    gone, one.token = one.token, None
    one.login()
    live, one.token = one.token, gone
    answer = one.post("/api/auth/logout", {"refreshToken": one.refresh_token})
    assert answer.status_code == 200
    one.token = live
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


@pytest.mark.parametrize(("method", "path"), FOR_USERS)
def test_whoever_shows_no_token_or_a_wrong_one_stays_outside(
    one: Caller, method: str, path: str
) -> None:
    token = one.token
    assert token is not None
    head, body, seal = token.split(".")
    one.token = None
    one.http.cookies.clear()
    sent: Any = {} if method in ("PATCH", "PUT", "POST") else None
    refused(one.call(method, path, sent), "unauthorized")
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
        refused(answer, "invalid_token")
    for scheme in ("Basic " + token, token, "Bearer", ""):
        assert one.call(method, path, sent, headers={"Authorization": scheme}).status_code == 401
    one.token = token
    assert one.get("/api/auth/me").status_code == 200
