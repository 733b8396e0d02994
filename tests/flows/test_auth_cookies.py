"""Cookies sign somebody in only together with the proof that a page which may connect has sent them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support.callers import BEHIND_PROXY, PASSWORD, Caller, failed
from tests.support.server import ParleyServer

OWN = "https://parley.example"


@pytest.fixture(scope="module")
def cookies_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    """A server that hands tokens out as cookies alone."""
    folder = tmp_path_factory.mktemp("cookies")
    with ParleyServer(folder, auth_cookies_only=1, **BEHIND_PROXY) as running:
        yield running


def own(caller: Caller, **more: str) -> dict[str, str]:
    """The headers that our own page sends."""
    found = {"Origin": caller.server.base_url, "X-CSRF-Token": caller.http.cookies["csrf_token"]}
    return found | more


def set_cookies(answer: httpx.Response) -> dict[str, str]:
    """Each Set-Cookie by its name, in lower case."""
    lines = answer.headers.get_list("set-cookie")
    return {line.partition("=")[0]: line.lower() for line in lines}


def test_the_refresh_token_is_a_cookie_that_no_script_and_no_other_site_gets(
    on_both: ParleyServer,
) -> None:
    with Caller(on_both) as one:
        made = set_cookies(one.register())
        assert made.keys() == {"refresh_token", "csrf_token"}
        assert "httponly" in made["refresh_token"]
        assert "path=/api/auth;" in made["refresh_token"]
        assert "httponly" not in made["csrf_token"]
        for line in made.values():
            assert "samesite=strict" in line
            assert "max-age=604800" in line
            assert "secure" not in line
            assert "domain" not in line


def test_cookies_are_secure_when_the_page_is(
    on_both: ParleyServer, serve: Callable[..., ParleyServer]
) -> None:
    with Caller(on_both, **{"X-Forwarded-Proto": "https"}) as one:
        assert all("secure" in line for line in set_cookies(one.register()).values())
    with Caller(serve(public_url=OWN)) as one:
        assert all("secure" in line for line in set_cookies(one.register()).values())
    with Caller(serve(), **{"X-Forwarded-Proto": "https"}) as one:
        assert not any("secure" in line for line in set_cookies(one.register()).values())


def test_a_page_refreshes_by_its_cookie(on_both: ParleyServer) -> None:
    with Caller(on_both) as one:
        one.register()
        first = one.http.cookies["refresh_token"]
        answer = one.post("/api/auth/refresh", headers=own(one))
        assert answer.status_code == 200
        assert one.http.cookies["refresh_token"] != first
        assert one.post("/api/auth/refresh", headers=own(one)).status_code == 200
        one.token = None
        assert one.post("/api/auth/logout", headers=own(one)).status_code == 200
        assert "refresh_token" not in one.http.cookies
        assert one.post("/api/auth/refresh").status_code == 401


def test_a_cookie_without_its_proof_does_nothing(on_both: ParleyServer) -> None:
    with Caller(on_both) as one, Caller(on_both) as eve:
        one.register()
        eve.register()
        right, hers = own(one), eve.http.cookies["csrf_token"]
        one.token = None
        wrong: list[dict[str, str]] = [
            {},
            {"Origin": right["Origin"]},
            {"X-CSRF-Token": right["X-CSRF-Token"]},
            right | {"X-CSRF-Token": ""},
            right | {"X-CSRF-Token": right["X-CSRF-Token"][::-1]},
            right | {"X-CSRF-Token": hers},
            {"X-CSRF-Token": right["X-CSRF-Token"], "Sec-Fetch-Site": "cross-site"},
            {"X-CSRF-Token": right["X-CSRF-Token"], "Sec-Fetch-Site": "same-site"},
            {"X-CSRF-Token": right["X-CSRF-Token"], "Sec-Fetch-Site": "none"},
        ]
        elsewhere: list[dict[str, str]] = [
            right | {"Origin": "https://evil.example"},
            right | {"Origin": "null"},
            right | {"Origin": right["Origin"].replace("http:", "app-of-another:")},
            right | {"Origin": right["Origin"] + ".evil.example"},
            right | {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
        ]
        for path in ("/api/auth/refresh", "/api/auth/logout"):
            for headers in wrong:
                failed(one.post(path, headers=headers), 403, "csrf")
            for headers in elsewhere:
                failed(one.post(path, headers=headers), 403, "forbidden")
        planted = Caller(on_both)
        planted.http.cookies.set(
            "refresh_token", one.http.cookies["refresh_token"], path="/api/auth"
        )
        planted.http.cookies.set("csrf_token", hers)
        failed(
            planted.post("/api/auth/refresh", headers=right | {"X-CSRF-Token": hers}), 403, "csrf"
        )
        planted.http.close()
        assert one.post("/api/auth/refresh", headers=right).status_code == 200


def test_a_browser_that_says_same_origin_is_as_good_as_an_origin(on_both: ParleyServer) -> None:
    with Caller(on_both) as one:
        one.register()
        headers = own(one, **{"Sec-Fetch-Site": "same-origin"})
        del headers["Origin"]
        assert one.post("/api/auth/refresh", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[::bad"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_no_page_elsewhere_signs_anybody_in(on_both: ParleyServer, headers: Any) -> None:
    with Caller(on_both) as one:
        one.register()
        one.http.cookies.clear()
        body = {"username": one.name, "password": PASSWORD}
        answer = one.post("/api/auth/login", body, headers=headers)
        failed(answer, 403, "forbidden")
        assert "set-cookie" not in answer.headers
        made = {"username": f"{one.name}x", "email": "x@example.net", "password": PASSWORD}
        failed(one.post("/api/auth/register", made, headers=headers), 403, "forbidden")
        page = {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "same-site"}
        assert one.post("/api/auth/login", body, headers=page).status_code == 200


def test_with_cookies_only_no_token_is_in_any_body(cookies_only: ParleyServer) -> None:
    with Caller(cookies_only) as one:
        answer = one.register()
        assert "tokens" not in answer.json()
        made = set_cookies(answer)
        assert made.keys() == {"refresh_token", "access_token", "csrf_token"}
        assert "httponly" in made["access_token"]
        assert "path=/;" in made["access_token"]
        assert "max-age=900" in made["access_token"]
        assert one.get("/api/auth/me").json()["user"]["_id"] == one.id
        assert "tokens" not in one.post("/api/auth/refresh", headers=own(one)).json()
        assert "tokens" not in one.login().json()


def test_with_cookies_only_every_change_needs_the_proof(cookies_only: ParleyServer) -> None:
    with Caller(cookies_only) as one:
        one.register()
        change = {"bio": "changed"}
        failed(one.call("PUT", "/api/auth/profile", change), 403, "csrf")
        evil = own(one) | {"Origin": "https://evil.example"}
        failed(one.call("PUT", "/api/auth/profile", change, headers=evil), 403, "forbidden")
        failed(one.call("DELETE", "/api/auth/me", {"password": PASSWORD}), 403, "csrf")
        assert one.get("/api/auth/me").json()["user"]["bio"] == ""
        answer = one.call("PUT", "/api/auth/profile", change, headers=own(one))
        assert answer.json()["user"]["bio"] == "changed"
        assert one.post("/api/auth/logout", headers=own(one)).status_code == 200
        assert one.get("/api/auth/me").status_code == 401


def test_a_bearer_token_counts_before_a_cookie_and_needs_no_proof(on_both: ParleyServer) -> None:
    with Caller(on_both) as one, Caller(on_both) as other:
        one.register()
        other.register()
        one.http.cookies.set("access_token", str(other.token))
        assert one.get("/api/auth/me").json()["user"]["_id"] == one.id
        answer = one.call("PUT", "/api/auth/profile", {"bio": "mine"})
        assert answer.json()["user"]["_id"] == one.id


def test_pages_of_allowed_origins_may_send_the_proof(on_both: ParleyServer) -> None:
    asked = {
        "Origin": "http://localhost:5173",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-csrf-token, content-type, authorization",
    }
    answer = httpx.options(f"{on_both.base_url}/api/auth/profile", headers=asked)
    assert answer.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "x-csrf-token" in answer.headers["access-control-allow-headers"].lower()


def test_signing_in_again_ends_the_session_that_the_browser_had(on_both: ParleyServer) -> None:
    with Caller(on_both) as one, Caller(on_both) as elsewhere:
        one.register()
        elsewhere.login(username=one.name)
        before, old = one.token, one.http.cookies["refresh_token"]
        assert one.login().status_code == 200
        assert len(one.get("/api/auth/sessions").json()["sessions"]) == 2
        one.token = before
        failed(one.get("/api/auth/me"), 401, "invalid_token")
        failed(elsewhere.post("/api/auth/refresh", {"refreshToken": old}), 401, "invalid_token")
        assert elsewhere.get("/api/auth/me").status_code == 200
