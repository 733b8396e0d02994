"""A service as GitHub is: OAuth 2.0, people by their number, errors with 200."""

from __future__ import annotations

from typing import Any

from .oidc import Answered, Asked, AuthorizationServer


class GitHubServer(AuthorizationServer):
    """Where GITHUB_URL points to. `user` and `emails` are who signs in."""

    authorize_path, token_path = "/login/oauth/authorize", "/login/oauth/access_token"
    user_path, emails_path = "/api/v3/user", "/api/v3/user/emails"

    def behave(self) -> None:
        super().behave()
        self.user: dict[str, Any] = {}
        self.emails: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answered:
        if asked.path in (self.user_path, self.emails_path):
            if not self.bears(asked) or "user-agent" not in asked.headers:
                return Answered(403, {"message": "Who are you?"})
            return Answered(200, self.user if asked.path == self.user_path else self.emails)
        return super().answer(asked)

    def refusal(self, error: str, status: int) -> Answered:
        code = {"invalid_client": "incorrect_client_credentials"}.get(
            error, "bad_verification_code"
        )
        return Answered(200, {"error": code, "error_description": "No."})
