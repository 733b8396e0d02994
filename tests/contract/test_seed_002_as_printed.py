"""The commands that seed 002 prints, as it prints them, on each database."""

from __future__ import annotations

from typing import Any

from tests.support.curl import curl, posted
from tests.support.server import ParleyServer

API = "http://localhost:3000/api/auth"
ACCOUNT = """{
    "username": "john_doe",
    "email": "john@example.com",
    "password": "SecurePass123!"
  }"""
LOGIN = """{
    "email": "john@example.com",
    "password": "SecurePass123!"
  }"""
PROFILE = """{
    "bio": "Software developer from India",
    "location": "Bengaluru",
    "website": "https://example.com"
  }"""
PASSWORD = """{
    "currentPassword": "SecurePass123!",
    "newPassword": "NewPass123!",
    "confirmPassword": "NewPass123!"
  }"""
SOMEBODY = "507f1f77bcf86cd799439011"
SHORT = '{"username":"test","email":"test@example.com","password":"Test123!"}'


def bearer(tokens: Any) -> list[str]:
    return ["-H", f"Authorization: Bearer {tokens['accessToken']}"]


def test_the_commands_that_seed_002_prints_work_as_printed(on_both: ParleyServer) -> None:
    status, made = curl(on_both, *posted(ACCOUNT), f"{API}/register")
    assert (status, made["success"], made["user"]["status"]) == (201, True, "offline")
    status, come = curl(on_both, *posted(LOGIN), f"{API}/login")
    assert (status, come["success"]) == (200, True)
    john = bearer(come["tokens"])
    assert curl(on_both, *john, f"{API}/me")[1]["user"]["username"] == "john_doe"
    _, shown = curl(on_both, *john, *posted(PROFILE, "PUT"), f"{API}/profile")
    assert shown["user"]["bio"] == "Software developer from India"
    _, changed = curl(on_both, *john, *posted(PASSWORD, "PUT"), f"{API}/password")
    assert changed["success"] is True
    status, nobody = curl(on_both, *john, "-X", "POST", f"{API}/block/{SOMEBODY}")
    assert (status, nobody["success"]) == (404, False)
    _, jane = curl(on_both, *posted(SHORT), f"{API}/register")
    assert jane["user"]["username"] == "test"
    for method in ("POST", "DELETE"):
        status, done = curl(on_both, *john, "-X", method, f"{API}/block/{jane['user']['_id']}")
        assert (status, done["success"]) == (200, True)
    again = {"refreshToken": come["tokens"]["refreshToken"]}
    _, fresh = curl(on_both, *posted(again), f"{API}/refresh")
    john = bearer(fresh["tokens"])
    assert curl(on_both, *john, "-X", "POST", f"{API}/logout")[1]["success"] is True
    status, refused = curl(on_both, *john, f"{API}/me")
    assert (status, refused["success"]) == (401, False)
