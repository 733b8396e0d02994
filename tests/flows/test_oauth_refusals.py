"""Answers from elsewhere that are not what they seem: no state of ours, no code of ours, no proof of who it is."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from tests.support.callers import Caller, failed
from tests.support.oidc import SECRET, encoded
from tests.support.sign_in import Browser, Landed, Stage

Sign = Callable[[dict[str, Any]], Any]
ELSEWHERE = Landed("/", "oauth_state")
FAILED, DOWN = Landed("/", "oauth_failed"), Landed("/", "oauth_unavailable")


@pytest.fixture(autouse=True)
def ann(stage: Stage) -> None:
    """Who signs in at either service."""
    stage.oidc.person = {"sub": "ann", "preferred_username": "ann"}
    stage.github.user = {"id": 1, "login": "ann"}


def changed(url: str, **query: str | None) -> str:
    """That address with other values in its query; None takes one away."""
    parts = urlsplit(url)
    values = dict(parse_qsl(parts.query)) | query
    kept = {name: value for name, value in values.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def nobody(one: Browser) -> bool:
    """Whether that browser is signed in as nobody."""
    return not {"refresh_token", "csrf_token", "access_token"} & one.http.cookies.keys()


# --- the state ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [None, "", "x", "é", "A" * 43, "x" * 5000])
def test_an_answer_without_its_state_is_not_heard_and_ends_nothing(
    stage: Stage, state: str | None
) -> None:
    with Browser(stage.parley) as one:
        back = one.agree(one.begin("oidc", "/?here"))
        assert one.come_back(changed(back, state=state)) == ELSEWHERE
        assert nobody(one)
        assert stage.oidc.count("/token") == 0
        assert one.come_back(back) == Landed("/?here", None)


def test_an_answer_is_heard_in_the_browser_that_asked_alone(stage: Stage) -> None:
    with Browser(stage.parley) as eve, Browser(stage.parley) as one:
        hers = eve.agree(eve.begin("oidc"))
        assert one.come_back(hers) == ELSEWHERE
        own = one.agree(one.begin("oidc"))
        assert one.come_back(hers) == ELSEWHERE
        # Her code with one's own state: the challenge was another.
        assert (
            one.come_back(changed(own, code=dict(parse_qsl(urlsplit(hers).query))["code"]))
            == FAILED
        )
        assert nobody(one)


def test_a_cookie_that_is_not_ours_ends_nothing(stage: Stage) -> None:
    made = base64.urlsafe_b64encode(
        b'{"key":"k","provider":"oidc","next":"https://evil.example","until":99999999999}'
    ).decode()
    with Browser(stage.parley) as one:
        back = one.agree(one.begin("oidc"))
    for cookie in (made, "", "x", "%%%", "e30", "W10=", "A" * 4000, "eyJ", made + "=", "bnVsbA"):
        headers = {"Cookie": f"oauth_flow={cookie}"}
        answer = httpx.get(
            back.replace("http://parley.test", stage.parley.base_url), headers=headers
        )
        assert answer.status_code == 303
        assert answer.headers["location"] == "/#oauth_error=oauth_state"


def test_a_sign_in_that_has_ended_cannot_be_had_again(stage: Stage) -> None:
    with Browser(stage.parley) as one:
        back = one.agree(one.begin("oidc"))
        cookie = one.http.cookies["oauth_flow"]
        assert one.come_back(back).error is None
        assert one.come_back(back) == ELSEWHERE
        # Whoever kept the cookie has a code that is used up.
        one.http.cookies.set("oauth_flow", cookie, path="/api/auth/oauth")
        asked = stage.oidc.count("/token")
        assert one.come_back(back) == FAILED
        assert stage.oidc.count("/token") == asked + 1
        one.take_session()
        assert len(one.get("/api/auth/sessions").json()["sessions"]) >= 1


def test_what_one_service_answers_is_not_heard_as_anothers(stage: Stage) -> None:
    with Browser(stage.parley) as one:
        back = one.agree(one.begin("oidc"))
        assert one.come_back(back.replace("/oidc/", "/github/")) == ELSEWHERE
        assert stage.github.asked == []
        assert one.come_back(changed(back, iss="https://evil.example")) == FAILED
        assert stage.oidc.count("/token") == 0
        assert nobody(one)
        assert (
            one.come_back(changed(one.agree(one.begin("oidc")), iss=stage.oidc.issuer)).error
            is None
        )


# --- what the service says ---------------------------------------------------------------------------


@pytest.mark.parametrize("provider", ["oidc", "github"])
def test_whoever_says_no_comes_back_to_its_page(stage: Stage, provider: str) -> None:
    stage.oidc.denies = stage.github.denies = True
    with Browser(stage.parley) as one:
        landed = one.sign_in(provider, "/?page=2#part")
        assert landed == Landed("/?page=2", "oauth_denied")
        assert nobody(one)
        assert "oauth_flow" not in one.http.cookies


def test_any_other_error_or_no_code_is_a_failure(stage: Stage) -> None:
    with Browser(stage.parley) as one:
        for query in (
            {"error": "server_error"},
            {"error": "<script>"},
            {"code": None},
            {"code": ""},
        ):
            back = one.agree(one.begin("oidc"))
            assert one.come_back(changed(back, **query)) == FAILED
        assert nobody(one)
    assert "<script>" not in stage.parley.log


def sealed(secret: bytes | None, **header: Any) -> Sign:
    """Makes ID tokens with that header, sealed with a secret (RFC 7518, 3.2), or with nothing."""

    def sign(claims: dict[str, Any]) -> str:
        said = b".".join(encoded(json.dumps(one).encode()) for one in (header, claims))
        seal = b"" if secret is None else hmac.digest(secret, said, "sha256")
        return b".".join((said, encoded(seal))).decode()

    return sign


def test_an_id_token_that_is_wrong_in_anything_is_not_believed(stage: Stage) -> None:
    oidc, right = stage.oidc, stage.oidc.signed
    kid = oidc.keys[-1].kid
    stranger = ECKey.generate_key("P-256", {"kid": str(kid)})
    claims: list[dict[str, Any]] = [
        *({name: None} for name in ("iss", "sub", "aud", "exp", "iat", "nonce")),
        {"iss": "https://evil.example"},
        {"iss": [oidc.issuer]},
        {"aud": "another-client"},
        {"aud": []},
        {"aud": ["parley-test", "another-client"], "azp": "another-client"},
        {"nonce": "another"},
        {"nonce": ["x"]},
        {"exp": 1},
        {"exp": "soon"},
        {"iat": 99_999_999_999},
        {"nbf": 99_999_999_999},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a" * 256},
        {"sub": "a\x00b"},
        {"sub": "\ud800"},
    ]
    signatures: list[Sign] = [
        sealed(None, alg="none"),
        sealed(None, alg="None", kid=kid),
        sealed(None, alg="ES256", kid=kid),
        sealed(SECRET.encode(), alg="HS256"),
        sealed(SECRET.encode(), alg="HS256", kid=kid),
        sealed(oidc.keys[-1].as_pem(private=False), alg="HS256", kid=kid),
        sealed(
            SECRET.encode(),
            alg="HS256",
            jwk={"kty": "oct", "k": encoded(SECRET.encode()).decode()},
        ),
        lambda found: right(found, key=stranger),
        lambda found: right(found, {"kid": "another"}),
        lambda found: right(found, {"crit": ["exp"], "exp": 1}),
        lambda found: right(found)[:-4] + "AAAA",
        lambda found: right(found) + ".x",
        lambda _: "",
        lambda _: "x.y.z",
        lambda _: 7,
        lambda _: None,
    ]
    with Browser(stage.parley) as one:
        for wrong in claims:
            oidc.claims = wrong
            assert one.sign_in("oidc") == FAILED, wrong
        oidc.claims = {}
        for number, sign in enumerate(signatures):
            oidc.sign = sign
            assert one.sign_in("oidc") == FAILED, number
        assert nobody(one)
        oidc.sign = right
        assert one.sign_in("oidc") == Landed("/", None)


def test_what_the_id_token_leaves_out_is_asked_for_and_must_be_about_the_same(stage: Stage) -> None:
    stage.oidc.person = {"sub": "bea", "email": "bea@example.com", "email_verified": True}
    stage.oidc.told_apart = ("email", "email_verified")
    with Browser(stage.parley) as one:
        assert one.sign_in("oidc").error is None
        assert one.take_session()["email"] == "bea@example.com"
        with stage.oidc.answering("/me", 200, {"sub": "ann", "email": "x@example.com"}):
            assert one.sign_in("oidc") == FAILED


RUBBISH = [
    (500, b"<h1>Oops</h1>", DOWN),
    (503, b"", DOWN),
    (429, {"error": "slow_down"}, DOWN),
    (404, b"", FAILED),
    (302, b"", FAILED),
    (200, b"", FAILED),
    (200, b"\xff\xfe", FAILED),
    (200, b"[" * 100_000, FAILED),
    (200, b'{"a":"' + b"x" * 300_000 + b'"}', FAILED),
    (200, [], FAILED),
    (200, {"access_token": 7}, FAILED),
    (200, {"access_token": ""}, FAILED),
    (200, {"error": "access_denied"}, FAILED),
]


@pytest.mark.parametrize(
    ("provider", "path"), [("oidc", "/token"), ("github", "/login/oauth/access_token")]
)
def test_a_service_that_answers_rubbish_signs_nobody_in(
    stage: Stage, provider: str, path: str
) -> None:
    service = stage.oidc if provider == "oidc" else stage.github
    with Browser(stage.parley) as one:
        for status, body, where in RUBBISH:
            with service.answering(path, status, body):
                assert one.sign_in(provider) == where, (status, body)
        assert nobody(one)
        assert one.sign_in(provider).error is None


@pytest.mark.parametrize("path", ["/api/v3/user", "/api/v3/user/emails"])
def test_somebody_whom_github_does_not_describe_is_nobody(stage: Stage, path: str) -> None:
    with Browser(stage.parley) as one:
        for status, body in ((401, {}), (200, {"id": "1"}), (200, {}), (200, b"x"), (200, [{}])):
            with stage.github.answering(path, status, body):
                assert one.sign_in("github") == FAILED
        with stage.github.answering(path, 502):
            assert one.sign_in("github") == DOWN
        assert nobody(one)


# --- where one goes afterwards -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "next",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "http:evil.example", "javascript:alert(1)", "evil.example", "", "/\t/evil.example", "/\n/evil.example",
        " //evil.example", "/\r\nSet-Cookie: a=b", "/api/auth/oauth/oidc", "/é", "/" + "a" * 600,
    ],
)  # fmt: skip
def test_one_goes_on_to_pages_of_this_server_alone(stage: Stage, next: str) -> None:
    with Browser(stage.parley) as one:
        assert one.sign_in("github", next) == Landed("/", None)


@pytest.mark.parametrize(
    "next", ["/", "/?a=b", "/?a=b#c", "/chat", "/a//b", "/%2f%2fevil.example", "/.//x"]
)
def test_one_goes_on_to_the_page_that_one_came_from(stage: Stage, next: str) -> None:
    with Browser(stage.parley) as one:
        assert one.sign_in("github", next) == Landed(next, None)


def test_a_service_that_is_none_is_not_there(stage: Stage) -> None:
    with Caller(stage.parley) as one:
        for name in ("google", "OIDC", "oidc%20", "%F0%9F%92%A9"):
            failed(one.get(f"/api/auth/oauth/{name}"), 404, "not_found")
            failed(one.get(f"/api/auth/oauth/{name}/callback"), 404, "not_found")


def test_nul_is_understood_nowhere(stage: Stage) -> None:
    with Browser(stage.parley) as one:
        failed(one.get("/api/auth/oauth/oidc?next=/%00"), 400, "bad_request")
        for query in ("state=%00", "code=%00", "iss=%00", "error=%00"):
            failed(one.get(f"/api/auth/oauth/oidc/callback?{query}"), 400, "bad_request")


def test_nothing_secret_is_logged_and_what_went_wrong_is(stage: Stage) -> None:
    with Browser(stage.parley) as one:
        back = one.agree(one.begin("oidc"))
        code = dict(parse_qsl(urlsplit(back).query))["code"]
        assert one.come_back(back).error is None
        with stage.oidc.answering("/token", 401, {"error": "invalid_client"}):
            assert one.sign_in("oidc") == FAILED
        refresh = one.http.cookies["refresh_token"]
    log = stage.parley.log
    assert "status 401, invalid_client" in log
    for secret in (code, refresh, "a-secret-of-this-client"):
        assert secret not in log
