"""A token that was not signed here, letter for letter, opens nothing."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)

from parley.accounts.tokens import Claims, Signer, derive
from parley.kernel.errors import InvalidToken
from tests.support.clock import ManualClock

KEY = derive("a secret of this test", "access")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.+/ é\0"


def claims(clock: ManualClock, **other: Any) -> Claims:
    now = clock.wall() // 1000
    known: dict[str, Any] = {
        "sub": "5" * 24,
        "sid": "session",
        "jti": "one",
        "typ": "access",
        "iat": now,
        "exp": now + 900,
    }
    return Claims(**(known | other))


def signers(clock: ManualClock) -> dict[str, Signer]:
    return {"HS256": Signer(KEY, clock), "EdDSA": Signer(Ed25519PrivateKey.generate(), clock)}


def part(body: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=").decode()


def refused(signer: Signer, token: Any) -> None:
    with pytest.raises(InvalidToken):
        signer.verify(token, ("access",))


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_a_token_says_what_was_signed(algorithm: str) -> None:
    clock = ManualClock()
    signer = signers(clock)[algorithm]
    token = signer.sign(claims(clock))
    assert signer.verify(token, ("access",)) == claims(clock)
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "typ": "JWT"}


def test_any_library_can_check_one_with_the_public_key() -> None:
    clock, key = ManualClock(), Ed25519PrivateKey.generate()
    token = Signer(key, clock).sign(claims(clock))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    read = jwt.decode(token, public, algorithms=["EdDSA"], options={"verify_exp": False})
    assert read["sub"] == "5" * 24
    assert read["typ"] == "access"


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_of_5000_mutated_tokens_none_is_accepted(algorithm: str) -> None:
    clock, chance = ManualClock(), random.Random(7)
    signer = signers(clock)[algorithm]
    token = signer.sign(claims(clock))
    for _ in range(5000):
        mutated = list(token)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            at = chance.randrange(len(mutated))
            match chance.randrange(4):
                case 0:
                    mutated[at] = chance.choice(ALPHABET)
                case 1:
                    mutated.insert(at, chance.choice(ALPHABET))
                case 2:
                    del mutated[at]
                case _:
                    other = chance.randrange(len(mutated))
                    mutated[at], mutated[other] = mutated[other], mutated[at]
        if (changed := "".join(mutated)) != token:
            refused(signer, changed)
    signer.verify(token, ("access",))


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_no_bit_of_a_token_can_be_flipped(algorithm: str) -> None:
    clock = ManualClock()
    signer = signers(clock)[algorithm]
    token = signer.sign(claims(clock))
    for at, letter in enumerate(token):
        for bit in range(7):
            refused(signer, token[:at] + chr(ord(letter) ^ 1 << bit) + token[at + 1 :])


def test_a_token_cannot_choose_its_algorithm_or_key() -> None:
    clock = ManualClock()
    key = Ed25519PrivateKey.generate()
    both = {"HS256": Signer(KEY, clock), "EdDSA": Signer(key, clock)}
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    head, body, seal = both["HS256"].sign(claims(clock)).split(".")
    plain = json.loads(base64.urlsafe_b64decode(body + "=="))
    elliptic = ec.generate_private_key(ec.SECP256R1())
    forged = [
        *(f"{part({'alg': name, 'typ': 'JWT'})}.{body}." for name in ("none", "None", "NONE", "")),
        *(f"{part({'alg': name})}.{body}.{seal}" for name in ("none", "HS384", "RS256", 7, None)),
        f"{part({'typ': 'JWT'})}.{body}.{seal}",
        f"{part([])}.{body}.{seal}",
        f"{head}.{body}.",
        f"{head}.{body}",
        jwt.encode(plain, KEY * 2, algorithm="HS512"),
        jwt.encode(plain, raw, algorithm="HS256"),
        jwt.PyJWS().encode(json.dumps(plain).encode(), raw + b"\n", "HS256"),
        jwt.encode(plain, elliptic, algorithm="ES256"),
        jwt.encode(plain, Ed25519PrivateKey.generate(), algorithm="EdDSA"),
        jwt.encode(plain, b"x" * 32, algorithm="HS256", headers={"jwk": {"kty": "oct", "k": "eA"}}),
    ]
    for token in forged:
        for signer in both.values():
            refused(signer, token)
    refused(both["EdDSA"], f"{head}.{body}.{seal}")


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"jku": "https://x"},
        {"x5u": "y"},
    ],
)
def test_a_header_that_asks_for_more_is_refused_though_it_is_signed(header: dict[str, Any]) -> None:
    clock = ManualClock()
    body = {
        name: getattr(claims(clock), name) for name in ("sub", "sid", "jti", "typ", "iat", "exp")
    }
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'} | header)}.{part(body)}"
    seal = jwt.get_algorithm_by_name("HS256").sign(signed.encode(), KEY)
    refused(Signer(KEY, clock), f"{signed}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}")


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1_750_000_000},
        {"exp": 1_749_999_999},
        {"iat": 1_750_000_001},
        {"nbf": 1_750_000_001},
        {"typ": "refresh"},
        {"typ": "guest"},
        {"typ": ""},
    ],
)
def test_a_token_of_another_time_or_type_is_refused_though_it_is_signed(
    change: dict[str, Any],
) -> None:
    clock = ManualClock()
    signer = Signer(KEY, clock)
    refused(signer, signer.sign(claims(clock, **change)))


@pytest.mark.parametrize(
    "change",
    [
        {"exp": "1750000900"},
        {"exp": None},
        {"exp": 1e30},
        {"exp": True},
        {"sub": 5},
        {"sub": None},
        {"sid": ["x"]},
        {"iat": "now"},
    ],
)
def test_claims_of_another_shape_are_refused_though_they_are_signed(change: dict[str, Any]) -> None:
    clock = ManualClock()
    body = {
        name: getattr(claims(clock), name) for name in ("sub", "sid", "jti", "typ", "iat", "exp")
    }
    token = jwt.PyJWS().encode(json.dumps(body | change).encode(), KEY, "HS256")
    refused(Signer(KEY, clock), token)


@pytest.mark.parametrize(
    "token", [None, 7, True, b"a.b.c", ["a.b.c"], {}, "", ".", "..", "a.b.c", "x" * 9000]
)
def test_what_is_no_token_is_refused(token: Any) -> None:
    refused(Signer(KEY, ManualClock()), token)


def test_a_token_is_good_until_the_second_it_expires() -> None:
    clock = ManualClock()
    signer = Signer(KEY, clock)
    token = signer.sign(claims(clock))
    clock.advance(899.9)
    signer.verify(token, ("access",))
    clock.advance(0.1)
    refused(signer, token)


def test_keys_for_different_purposes_have_nothing_in_common() -> None:
    assert len({derive("secret", purpose) for purpose in ("access", "csrf", "guest")}) == 3
    assert derive("secret", "access") != derive("secret2", "access")
