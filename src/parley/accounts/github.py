"""GitHub, which has OAuth without OpenID Connect; or a GitHub Enterprise Server at another address."""

from __future__ import annotations

from msgspec import Struct

from parley.accounts.providers import Client, Flow, Line, Person, authorization_url, shown_text

PUBLIC = "https://github.com"
PUBLIC_API = "https://api.github.com"


class _User(Struct):
    id: int
    login: str = ""
    name: str | None = None


class _Email(Struct):
    email: str
    primary: bool = False
    verified: bool = False


class GitHubProvider:
    """Knows people by their number, which stays when they change their name."""

    id = "github"
    name = "GitHub"

    def __init__(self, url: str, client: Client, line: Line) -> None:
        self._url = url.rstrip("/")
        self._api = PUBLIC_API if self._url == PUBLIC else f"{self._url}/api/v3"
        self._client = client
        self._line = line

    async def authorization_url(self, flow: Flow) -> str:
        url = f"{self._url}/login/oauth/authorize"
        return authorization_url(url, self._client, flow, "read:user user:email")

    async def identify(self, code: str, issuer: str | None, flow: Flow) -> Person:
        url = f"{self._url}/login/oauth/access_token"
        tokens = await self._line.redeem(url, self._client, code, flow, "client_secret_post")
        headers = {"Authorization": f"Bearer {tokens.access_token}", "User-Agent": "Parley"}
        user = await self._line.ask(f"{self._api}/user", _User, headers=headers)
        # The profile shows any address; only this list says which are verified.
        emails = await self._line.ask(f"{self._api}/user/emails", list[_Email], headers=headers)
        email = next((one.email for one in emails if one.primary and one.verified), None)
        return Person(str(user.id), email, shown_text(user.login), shown_text(user.name))
