"""Access tokens that are wrong in one thing: 401 over REST, refused on a socket, even when our own key has signed them."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from parley.accounts.tokens import derive
from tests.support.members import Member, member, request
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger
from tests.support.wire import Refused

pytestmark = pytest.mark.usefixtures("strangers")

Serve = Callable[..., ParleyServer]
SECRET = "a secret of this test, long enough for anybody"
DAY = 86_400


def claims_of(one: Member) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(one.access, options={"verify_signature": False})
    return found


def by_hand(
    header: dict[str, Any], claims: dict[str, Any], key: bytes, digest: str = "sha256"
) -> str:
    """What no library signs: an HMAC under any header and with any key."""
    parts = (json.dumps(part).encode() for part in (header, claims))
    said = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    seal = base64.urlsafe_b64encode(hmac.digest(key, said, digest)).rstrip(b"=")
    return (said + b"." + seal).decode()


async def let_in(server: ParleyServer, token: str) -> bool:
    """Whether that token opens REST and a socket: both, or neither."""
    answer = await request(server, "GET", "/api/auth/me", token=token)
    if answer.status == 200:
        await (await Stranger.arrive(server.port, auth={"token": token})).go()
        return True
    assert (answer.status, answer.body["code"]) == (401, "invalid_token"), token
    with pytest.raises(Refused) as refusal:
        await Stranger.arrive(server.port, auth={"token": token})
    assert refusal.value.body["data"]["code"] == "invalid_token"
    return False


async def test_what_our_own_key_has_signed_must_be_right_in_everything(
    serve: Serve, migrated_url: str
) -> None:
    server = serve(secret_key=SECRET, database_url=migrated_url)
    one, other = await member(server), await member(server)
    key, right = derive(SECRET, "access"), claims_of(one)
    assert await let_in(server, jwt.encode(right, key, "HS256"))

    now = right["iat"]
    for change in (
        {"exp": now - 1},
        {"iat": now + DAY},
        {"nbf": now + DAY},
        {"exp": str(now + DAY)},
        {"exp": None},
        {"typ": "session"},
        {"typ": "refresh"},
        {"typ": "guest"},
        {"typ": None},
        {"sub": other.id},
        {"sub": [one.id]},
        {"sid": claims_of(other)["sid"]},
        {"sid": "nobody's"},
        {"jti": None},
    ):
        wrong = {name: value for name, value in (right | change).items() if value is not None}
        assert not await let_in(server, jwt.encode(wrong, key, "HS256")), change
    for header in (
        {"alg": "HS256", "typ": "JWT", "crit": ["exp"]},
        {"alg": "HS256", "typ": "JWT", "crit": []},
        {"alg": "HS256", "typ": "JWT", "jku": "https://keys.example/keys.json"},
        {"alg": "HS512", "typ": "JWT"},
        {"alg": "none", "typ": "JWT"},
        {"typ": "JWT"},
    ):
        assert not await let_in(server, by_hand(header, right, key)), header
    sealed_otherwise = by_hand({"alg": "HS512", "typ": "JWT"}, right, key, "sha512")
    assert not await let_in(server, sealed_otherwise)
    assert await let_in(server, one.access)


async def test_the_public_half_of_our_key_signs_nothing(
    serve: Serve, migrated_url: str, tmp_path: Path
) -> None:
    private, file = Ed25519PrivateKey.generate(), tmp_path / "jwt.pem"
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = serve(secret_key=SECRET, jwt_key_file=file, database_url=migrated_url)
    one = await member(server)
    right, public = claims_of(one), private.public_key()
    assert await let_in(server, jwt.encode(right, private, "EdDSA"))
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    for key in (pem, raw, derive(SECRET, "access"), SECRET.encode(), b""):
        for algorithm in ("HS256", "EdDSA"):
            assert not await let_in(server, by_hand({"alg": algorithm, "typ": "JWT"}, right, key))
