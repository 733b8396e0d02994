"""Signing in with other services: a real Parley, the services that it knows, its mail server, and people's browsers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from .callers import BEHIND_PROXY, Caller
from .github import GitHubServer
from .oidc import CLIENT, SECRET, OidcServer
from .postgres import database_settings
from .server import ParleyServer
from .smtp import MailServer

OWN = "http://parley.test"
"""PUBLIC_URL, which is not where the server listens."""


def callback(provider: str, own: str = OWN) -> str:
    """Where that service is to send people back to."""
    return f"{own}/api/auth/oauth/{provider}/callback"


def known_services(oidc: OidcServer, github: GitHubServer) -> dict[str, object]:
    """The settings of a server that knows both."""
    return {
        "oidc_issuer": oidc.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_name": "Our school",
        "github_url": github.url,
        "github_client_id": CLIENT,
        "github_client_secret": SECRET,
    }


class Stage(NamedTuple):
    """Everybody but the people."""

    parley: ParleyServer
    oidc: OidcServer
    github: GitHubServer
    mail: MailServer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def theatre(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """One server of each for a whole module, on each database."""
    with (
        database_settings(request, request.param) as database,
        OidcServer(callback("oidc")) as oidc,
        GitHubServer(callback("github")) as github,
        MailServer() as mail,
        ParleyServer(
            tmp_path_factory.mktemp("server"),
            public_url=OWN,
            smtp_url=mail.url,
            **BEHIND_PROXY,
            **known_services(oidc, github),
            **database,
        ) as parley,
    ):
        yield Stage(parley, oidc, github, mail)


@pytest.fixture
def stage(theatre: Stage) -> Stage:
    """The servers, all of them well-behaved."""
    theatre.oidc.behave()
    theatre.github.behave()
    return theatre


class Landed(NamedTuple):
    """Where a browser is in the end, and what it is told there."""

    path: str
    error: str | None


class Browser(Caller):
    """Somebody's browser. It is sent out, comes back, and shows its cookies to nobody but Parley."""

    def begin(self, provider: str, next: str | None = None, **headers: str) -> str:
        """Press the button; the address at the service that it is sent to."""
        answer = self.get(
            f"/api/auth/oauth/{provider}",
            params={} if next is None else {"next": next},
            headers=headers,
        )
        assert answer.status_code == 303, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return str(answer.headers["location"])

    def agree(self, url: str) -> str:
        """Say yes there; the address that it is sent back to."""
        answer = httpx.get(url, follow_redirects=False)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    def come_back(self, url: str) -> Landed:
        """Go to that address of Parley's; where it is sent then."""
        parts = urlsplit(url)
        answer = self.get(parts.path, params=parse_qsl(parts.query))
        assert answer.status_code == 303, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return landed(answer.headers["location"])

    def sign_in(self, provider: str, next: str | None = None) -> Landed:
        """The whole way."""
        return self.come_back(self.agree(self.begin(provider, next)))

    def take_session(self, own: str = OWN) -> dict[str, Any]:
        """What the page does then: it gets its tokens by the cookie; the account, as it sees itself."""
        proof = {"Origin": own, "X-CSRF-Token": self.http.cookies["csrf_token"]}
        answer = self.post("/api/auth/refresh", headers=proof)
        assert answer.status_code == 200, answer.text
        self._signed_in(answer)
        me: dict[str, Any] = self.get("/api/auth/me").json()["user"]
        self.id = me["_id"]
        return me


def landed(location: str) -> Landed:
    """An address of Parley's pages, and the error that it tells."""
    parts = urlsplit(location)
    error = parse_qs(parts.fragment).get("oauth_error", [None])[0]
    rest = "" if error or not parts.fragment else f"#{parts.fragment}"
    assert not parts.netloc, location
    return Landed(parts.path + (f"?{parts.query}" if parts.query else "") + rest, error)
