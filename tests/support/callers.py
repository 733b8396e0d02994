"""Callers of REST, each from an address of its own, as a server behind a trusted proxy sees them."""

from __future__ import annotations

import itertools
from typing import Any, Self

import httpx

from .server import ParleyServer

PASSWORD = "SecurePass123!"
BEHIND_PROXY = {"trusted_proxies": "127.0.0.1"}
"""The setting that a server needs so that callers have addresses of their own."""

_numbers = itertools.count(1)


class Caller:
    """Somebody with a browser or curl: keeps cookies, and a Bearer token when it has one."""

    def __init__(self, server: ParleyServer, address: str | None = None, **headers: str) -> None:
        self.server = server
        number = next(_numbers)
        self.name = f"caller{number}"
        self.address = address or f"203.0.{number >> 8 & 255}.{number & 255}"
        self.token: str | None = None
        self.refresh_token: str | None = None
        self.id = ""
        self.http = httpx.Client(
            base_url=server.base_url,
            timeout=30,
            verify=False,  # there is no TLS, and to load what that takes costs more than a request
            headers={"X-Forwarded-For": self.address, **headers},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """One request, with the Bearer token if there is one."""
        headers = dict(more.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None:
            more["json"] = body
        return self.http.request(method, path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.call("POST", path, body, **more)

    def register(self, **other: Any) -> httpx.Response:
        """Sign up under the caller's own name, and keep the tokens."""
        body = {
            "username": self.name,
            "email": f"{self.name}@example.com",
            "password": PASSWORD,
        } | other
        return self._signed_in(self.post("/api/auth/register", body))

    def login(self, **other: Any) -> httpx.Response:
        """Sign in, and keep the tokens."""
        body = {"username": self.name, "password": PASSWORD} | other
        return self._signed_in(self.post("/api/auth/login", body))

    def refresh(self) -> httpx.Response:
        """Get the next tokens, and keep them."""
        return self._signed_in(self.post("/api/auth/refresh", {"refreshToken": self.refresh_token}))

    def _signed_in(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            body = answer.json()
            if tokens := body.get("tokens"):
                self.token, self.refresh_token = tokens["accessToken"], tokens["refreshToken"]
            if user := body.get("user"):
                self.id = user["_id"]
        return answer


def failed(answer: httpx.Response, status: int, code: str) -> None:
    """The answer is this refusal, in RFC 9457's shape and in seed 002's."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["success"], body["code"], body["status"]) == (False, code, status), body
    assert body["message"] == body["detail"]
    assert body["message"]
    if status in (429, 503):
        assert int(answer.headers["retry-after"]) >= 1
