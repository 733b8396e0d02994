"""Signing in with an account elsewhere, by real services over real HTTP: whose account it is, and whose it never is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.callers import PASSWORD, Caller, failed
from tests.support.github import GitHubServer
from tests.support.oidc import OidcServer
from tests.support.server import ParleyServer
from tests.support.sign_in import Browser, Landed, Stage, callback, known_services

Serve = Callable[..., ParleyServer]
_tens = itertools.count(1000, 10)


def be(
    stage: Stage, provider: str, number: int, name: str, email: str | None, verified: Any = True
) -> None:
    """Who signs in at that service."""
    if provider == "github":
        stage.github.user = {
            "id": number,
            "login": name,
            "name": None,
            "email": "shown@elsewhere.example",
        }
        one = {"email": email, "primary": True, "verified": verified}
        stage.github.emails = [one] if email else []
    else:
        stage.oidc.person = {
            "sub": f"person-{number}",
            "preferred_username": name,
            "name": name.title(),
        }
        if email:
            stage.oidc.person |= {"email": email, "email_verified": verified}


def signed_in(stage: Stage, provider: str) -> dict[str, Any]:
    with Browser(stage.parley) as one:
        assert one.sign_in(provider) == Landed("/", None)
        return one.take_session()


@pytest.fixture
def numbers() -> int:
    """A number that no other test's person has."""
    return next(_tens)


@pytest.fixture
def name(numbers: int) -> str:
    return f"ann{numbers}"


@pytest.mark.parametrize("provider", ["oidc", "github"])
def test_somebody_new_gets_an_account_and_has_it_again_whatever_changes_there(
    stage: Stage, provider: str, numbers: int, name: str
) -> None:
    be(stage, provider, numbers, name, f"{name}@Example.com")
    with Browser(stage.parley) as one:
        assert one.sign_in(provider, "/?from=here#there") == Landed("/?from=here#there", None)
        made = one.take_session()
        assert (made["username"], made["email"]) == (name, f"{name}@Example.com")
        assert "oauth_flow" not in one.http.cookies
        assert len(one.get("/api/auth/sessions").json()["sessions"]) == 1
    be(stage, provider, numbers, f"{name}x", f"{name}x@example.com")
    again = signed_in(stage, provider)
    assert {again[of] == made[of] for of in ("_id", "username", "email")} == {True}
    be(stage, provider, numbers + 1, f"{name}y", None)
    assert signed_in(stage, provider)["_id"] != made["_id"]


def test_signing_in_ends_the_session_that_the_browser_had(
    stage: Stage, numbers: int, name: str
) -> None:
    be(stage, "oidc", numbers, name, None)
    with Browser(stage.parley) as one:
        one.sign_in("oidc")
        one.take_session()
        back = one.agree(one.begin("oidc"))
        # The cookie is SameSite=Strict, so a browser that comes from another site does not bring it.
        one.http.cookies.delete("refresh_token")
        first, one.token = one.token, None
        assert one.come_back(back).error is None
        one.take_session()
        assert len(one.get("/api/auth/sessions").json()["sessions"]) == 1
        one.token = first
        failed(one.get("/api/auth/me"), 401, "invalid_token")


def test_the_services_are_told_apart(stage: Stage, numbers: int, name: str) -> None:
    be(stage, "github", numbers, name, None)
    stage.oidc.person = {"sub": str(numbers), "preferred_username": name}
    assert signed_in(stage, "github")["_id"] != signed_in(stage, "oidc")["_id"]


def test_a_sign_in_asks_with_its_own_state_nonce_and_challenge_and_never_with_the_secret(
    stage: Stage, numbers: int, name: str
) -> None:
    be(stage, "oidc", numbers, name, None)
    with Browser(stage.parley) as one:
        first, second = (dict(parse_qsl(urlsplit(one.begin("oidc")).query)) for _ in range(2))
        assert first.keys() == {
            "response_type", "client_id", "redirect_uri", "scope", "state", "nonce",
            "code_challenge", "code_challenge_method",
        }  # fmt: skip
        assert first["redirect_uri"] == callback("oidc")
        assert first["scope"].split() == ["openid", "email", "profile"]
        told = [first[of] for of in ("state", "nonce", "code_challenge")]
        told += [second[of] for of in ("state", "nonce", "code_challenge")]
        assert len(set(told)) == 6
        assert {len(one) for one in told} == {43}  # 256 bits each
        cookie = one.http.cookies["oauth_flow"]
        assert not any(secret in cookie for secret in told)


@pytest.mark.parametrize("host", ["evil.example", "localhost:1"])
def test_the_way_back_is_the_public_address_whatever_the_request_calls_it(
    stage: Stage, host: str
) -> None:
    with Browser(stage.parley) as one:
        for provider in ("oidc", "github"):
            url = one.begin(provider, Host=host, **{"X-Forwarded-Host": host})
            assert dict(parse_qsl(urlsplit(url).query))["redirect_uri"] == callback(provider)


# --- one address, two accounts -----------------------------------------------------------------------


@pytest.mark.parametrize("provider", ["oidc", "github"])
def test_an_address_that_the_service_has_not_verified_leads_to_nobodys_account_and_is_not_kept(
    stage: Stage, provider: str, numbers: int, name: str
) -> None:
    be(stage, "github" if provider == "oidc" else "oidc", numbers, name, f"{name}@example.com")
    owner = signed_in(stage, "github" if provider == "oidc" else "oidc")
    for number, unproved in enumerate((False, "false", 0) if provider == "oidc" else (False,)):
        be(stage, provider, numbers + number, f"{name}x{number}", owner["email"], unproved)
        other = signed_in(stage, provider)
        assert other["_id"] != owner["_id"]
        assert other["email"] is None


def test_of_githubs_addresses_only_the_verified_main_one_counts(
    stage: Stage, numbers: int, name: str
) -> None:
    be(stage, "oidc", numbers, name, f"{name}@example.com")
    owner = signed_in(stage, "oidc")
    be(stage, "github", numbers, f"{name}x", None)
    stage.github.emails = [
        {"email": f"{name}@example.com", "primary": False, "verified": True},
        {"email": f"{name}@other.example", "primary": True, "verified": False},
    ]
    other = signed_in(stage, "github")
    assert (other["_id"] == owner["_id"], other["email"]) == (False, None)


def test_an_account_that_has_not_proved_its_address_is_not_entered_by_it_until_it_has(
    stage: Stage, numbers: int, name: str
) -> None:
    with Browser(stage.parley) as one:
        one.register()
        email = f"{one.name}@example.com"
        be(stage, "oidc", numbers, name, email.title())
        with Browser(stage.parley) as other:
            assert other.sign_in("oidc", "/?x=1") == Landed("/?x=1", "oauth_email_taken")
            assert not {"refresh_token", "csrf_token", "oauth_flow"} & other.http.cookies.keys()
        one.token = None
        one.post("/api/auth/password/forgot", {"email": email})
        token = stage.mail.next().text.partition("#reset=")[2].split()[0]
        body = {"token": token, "newPassword": PASSWORD}
        assert one.post("/api/auth/password/reset", body).status_code == 200
        entered = signed_in(stage, "oidc")
        assert (entered["_id"], entered["email"]) == (one.id, email)
        assert one.login().status_code == 200
        told = one.get("/api/auth/export").json()["belongings"]["identities"]
        assert [(each["provider"], each["subject"]) for each in told] == [
            ("oidc", f"person-{numbers}")
        ]


def test_an_address_that_is_only_compared_as_the_same_is_anothers(
    stage: Stage, numbers: int, name: str
) -> None:
    be(stage, "oidc", numbers, name, f"{name}@groß.example")
    signed_in(stage, "oidc")
    be(stage, "github", numbers, f"{name}x", f"{name}@gross.example")
    with Browser(stage.parley) as one:
        assert one.sign_in("github") == Landed("/", "oauth_email_taken")


def test_an_address_that_both_have_verified_is_one_person(
    stage: Stage, numbers: int, name: str
) -> None:
    be(stage, "oidc", numbers, name, f"{name}@example.com")
    owner = signed_in(stage, "oidc")
    be(stage, "github", numbers, f"{name}x", f"{name}@EXAMPLE.com")
    assert signed_in(stage, "github")["_id"] == owner["_id"]


def test_a_name_that_somebody_has_or_that_is_none_is_replaced(
    stage: Stage, numbers: int, name: str
) -> None:
    be(stage, "oidc", numbers, name, None)
    assert signed_in(stage, "oidc")["username"] == name
    for number, wished in enumerate((name.upper(), "x", "\u202egood", "no\x00body", ["a"], 7), 1):
        be(stage, "oidc", numbers + number, "", None)
        stage.oidc.person["preferred_username"] = wished
        given = signed_in(stage, "oidc")["username"]
        assert given.startswith(name.upper() if wished == name.upper() else "user_")


def test_a_name_that_looks_like_anothers_is_replaced(stage: Stage, numbers: int, name: str) -> None:
    alike = name.replace("1", "l").replace("0", "O")
    be(stage, "oidc", numbers, name, None)
    assert signed_in(stage, "oidc")["username"] == name
    given = set()
    for number in range(1, 4):
        be(stage, "oidc", numbers + number, alike, None)
        given.add(signed_in(stage, "oidc")["username"])
    assert len(given) == 3
    assert all(username.startswith(f"{alike}_") for username in given)


@pytest.mark.parametrize("email", [None, "verified"])
def test_somebody_who_signs_up_twice_at_once_has_one_account(
    stage: Stage, numbers: int, name: str, email: str | None
) -> None:
    be(stage, "oidc", numbers, name, email and f"{name}@example.com")
    with ExitStack() as stack:
        browsers = [stack.enter_context(Browser(stage.parley)) for _ in range(6)]
        ways = [one.agree(one.begin("oidc")) for one in browsers]
        with ThreadPoolExecutor(len(browsers)) as pool:
            where = list(pool.map(lambda one, way: one.come_back(way), browsers, ways))
        entered = {
            one.take_session()["_id"]
            for one, at in zip(browsers, where, strict=True)
            if not at.error
        }
    # The address may be taken for a moment by the one who is faster; never are there two accounts.
    assert {one.error for one in where} <= {None, "oauth_email_taken" if email else None}
    assert entered == {signed_in(stage, "oidc")["_id"]}
    assert stage.parley.command("user", "list").count(name) == (2 if email else 1)


# --- the end of an account ---------------------------------------------------------------------------


def test_a_disabled_account_is_not_entered(stage: Stage, numbers: int, name: str) -> None:
    be(stage, "github", numbers, name, None)
    made = signed_in(stage, "github")
    stage.parley.command("user", "disable", name)
    with Browser(stage.parley) as one:
        assert one.sign_in("github") == Landed("/", "account_disabled")
        assert "refresh_token" not in one.http.cookies
    stage.parley.command("user", "enable", name)
    assert signed_in(stage, "github")["_id"] == made["_id"]


def test_a_deleted_account_is_forgotten_with_its_identities_and_an_export_has_them(
    stage: Stage, numbers: int, name: str
) -> None:
    be(stage, "oidc", numbers, name, f"{name}@example.com")
    with Browser(stage.parley) as one:
        one.sign_in("oidc")
        first = one.take_session()
        (told,) = one.get("/api/auth/export").json()["belongings"]["identities"]
        assert told.keys() == {"provider", "subject", "email", "createdAt"}
        assert told["email"] == f"{name}@example.com"
        assert one.call("DELETE", "/api/auth/me").status_code == 200
        failed(one.get("/api/auth/me"), 401, "invalid_token")
    with Browser(stage.parley) as one:
        one.sign_in("oidc")
        second = one.take_session()
        assert second["_id"] != first["_id"]
        assert second["username"] == name
        assert len(one.get("/api/auth/export").json()["belongings"]["identities"]) == 1


# --- what a page is told -----------------------------------------------------------------------------


def test_a_page_is_told_the_services_in_their_order(stage: Stage) -> None:
    with Caller(stage.parley) as one:
        told = one.get("/api/auth/providers").json()
    assert told == {
        "success": True,
        "providers": [{"id": "github", "name": "GitHub"}, {"id": "oidc", "name": "Our school"}],
        "passwordReset": True,
    }


def test_where_no_service_is_set_up_there_is_none(serve: Serve) -> None:
    with Caller(serve()) as one:
        assert one.get("/api/auth/providers").json()["providers"] == []
        for path in ("/api/auth/oauth/github", "/api/auth/oauth/github/callback?state=x&code=y"):
            failed(one.get(path), 404, "not_found")


def test_the_cookies_are_for_the_way_back_alone_and_secure_when_the_page_is(serve: Serve) -> None:
    own = "https://parley.example"
    oidc, github = OidcServer(callback("oidc", own)), GitHubServer(callback("github", own))
    with oidc, github:
        server = serve(public_url=own, **known_services(oidc, github))
        with Browser(server) as one:
            answer = one.get("/api/auth/oauth/github")
            (line,) = answer.headers.get_list("set-cookie")
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    assert attributes >= {
        "httponly",
        "secure",
        "samesite=lax",
        "path=/api/auth/oauth",
        "max-age=600",
    }
    assert not any(each.startswith("domain") for each in attributes)


def test_with_cookies_only_no_token_is_in_any_address_or_body(serve: Serve) -> None:
    oidc, github = OidcServer(callback("oidc")), GitHubServer(callback("github"))
    with oidc, github:
        settings = known_services(oidc, github)
        server = serve(public_url="http://parley.test", auth_cookies_only=1, **settings)
        github.user = {"id": 7, "login": "ann"}
        with Browser(server) as one:
            assert one.sign_in("github") == Landed("/", None)
            assert {"refresh_token", "access_token", "csrf_token"} <= one.http.cookies.keys()
            assert one.get("/api/auth/me").json()["user"]["username"] == "ann"
