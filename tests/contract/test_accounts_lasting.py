"""What accounts were told has happened is so for good: on both databases, after a kill, and by whichever process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.support.callers import PASSWORD, Caller, failed
from tests.support.server import ParleyServer

Serve = Callable[..., ParleyServer]


def killed(server: ParleyServer) -> None:
    server.kill()
    server.start()


def test_a_rotation_survives_a_kill(serve: Serve, migrated_url: str) -> None:
    server = serve(database_url=migrated_url)
    with Caller(server) as one:
        one.register()
        old = one.refresh_token
        assert one.refresh().status_code == 200
        killed(server)
        assert one.refresh().status_code == 200
        failed(one.post("/api/auth/refresh", {"refreshToken": old}), 401, "invalid_token")
        killed(server)
        failed(one.refresh(), 401, "invalid_token")
        failed(one.get("/api/auth/me"), 401, "invalid_token")


def test_a_logout_a_revocation_and_a_new_password_survive_a_kill(
    serve: Serve, migrated_url: str
) -> None:
    server = serve(database_url=migrated_url)
    with Caller(server) as one, Caller(server) as two, Caller(server) as three:
        one.register()
        two.login(username=one.name)
        three.login(username=one.name)
        assert two.post("/api/auth/logout").status_code == 200
        killed(server)
        failed(two.get("/api/auth/me"), 401, "invalid_token")
        failed(two.refresh(), 401, "invalid_token")
        session = next(
            entry
            for entry in one.get("/api/auth/sessions").json()["sessions"]
            if not entry["current"]
        )
        assert one.call("DELETE", f"/api/auth/sessions/{session['id']}").status_code == 200
        killed(server)
        failed(three.get("/api/auth/me"), 401, "invalid_token")
        two.token = None
        two.login(username=one.name)
        new = {"currentPassword": PASSWORD, "newPassword": "NewPass123!"}
        assert one.call("PUT", "/api/auth/password", new).status_code == 200
        killed(server)
        failed(two.get("/api/auth/me"), 401, "invalid_token")
        assert one.get("/api/auth/me").status_code == 200
        failed(two.login(username=one.name), 401, "invalid_credentials")
        assert two.login(username=one.name, password="NewPass123!").status_code == 200


def test_operators_make_list_promote_disable_and_reset_accounts(
    serve: Serve, migrated_url: str
) -> None:
    server = serve(database_url=migrated_url)
    said = server.command("user", "create", "boss", "--role", "admin", said="operators-pass\n")
    assert "Made boss (admin)" in said
    with Caller(server) as boss, Caller(server) as one:
        answer = boss.login(username="boss", password="operators-pass")
        assert answer.json()["user"]["role"] == "admin"
        one.register()
        listed = server.command("user", "list")
        assert [one.name in line or "boss" in line for line in listed.splitlines()] == [True, True]
        server.command("user", "promote", one.name, "moderator")
        assert one.get("/api/auth/me").json()["user"]["role"] == "moderator"
        server.command("user", "disable", one.name)
        failed(one.get("/api/auth/me"), 401, "invalid_token")
        failed(one.refresh(), 401, "invalid_token")
        one.token = None
        failed(one.login(), 403, "account_disabled")
        failed(one.login(password="wrong"), 401, "invalid_credentials")
        server.command("user", "enable", one.name)
        assert one.login().status_code == 200
        server.command("user", "reset-password", one.name, said="another-secret\n")
        failed(one.get("/api/auth/me"), 401, "invalid_token")
        one.token = None
        assert one.login(password="another-secret").status_code == 200


def test_access_tokens_can_be_signed_for_others_to_check(
    serve: Serve, migrated_url: str, tmp_path: Path
) -> None:
    key, file = Ed25519PrivateKey.generate(), tmp_path / "jwt.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    shared = {"database_url": migrated_url, "data_dir": tmp_path / "shared"}
    with Caller(serve(**shared)) as one:
        one.register()
    with Caller(serve(**shared, jwt_key_file=file)) as again:
        again.token, again.refresh_token = one.token, one.refresh_token
        failed(again.get("/api/auth/me"), 401, "invalid_token")
        assert again.refresh().status_code == 200
        assert again.get("/api/auth/me").json()["user"]["_id"] == one.id
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        assert again.token is not None
        assert jwt.decode(again.token, public, algorithms=["EdDSA"])["sub"] == one.id


def test_a_password_outlives_the_setting_that_it_was_hashed_by(
    serve: Serve, migrated_url: str
) -> None:
    long = "aB3!" * 50
    with Caller(serve(database_url=migrated_url, password_hash="bcrypt")) as one:
        one.register(password=long)
    with Caller(serve(database_url=migrated_url, password_hash="argon2id")) as again:
        for _ in range(2):
            assert again.login(username=one.name, password=long).status_code == 200
        failed(again.login(username=one.name, password=long[:-1]), 401, "invalid_credentials")
