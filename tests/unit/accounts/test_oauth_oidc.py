"""What an OpenID Connect provider says is believed as far as it proves it, and it is asked no more than needs be."""

from __future__ import annotations

import asyncio
import random
import string
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from parley.accounts.oidc import ASK_AGAIN_S, DOWN_FOR_S, KNOWN_FOR_S, LEEWAY_S, OidcProvider
from parley.accounts.providers import (
    MAX_ANSWER,
    Client,
    Flow,
    Line,
    Person,
    ProviderFailed,
    ProviderUnavailable,
)
from tests.support.clock import ManualClock
from tests.support.oidc import CLIENT, SECRET, Answered, OidcServer

T = TypeVar("T")
FLOW = Flow("s" * 43, "n" * 43, "v" * 43, "http://parley.test/callback")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server(clock: ManualClock) -> Iterator[OidcServer]:
    with OidcServer(FLOW.redirect_uri) as running:
        running.now = lambda: clock.wall() / 1000
        running.person = {"sub": "ann"}
        yield running


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = Line()
    yield made
    await made.close()


@pytest.fixture
def provider(server: OidcServer, line: Line, clock: ManualClock) -> OidcProvider:
    return OidcProvider("oidc", "A service", server.issuer, Client(CLIENT, SECRET), line, clock)


async def identify(provider: OidcProvider) -> Person:
    """Somebody says yes there, and comes back."""
    url = await provider.authorization_url(FLOW)
    async with httpx.AsyncClient() as browser:
        back = urlsplit((await browser.get(url)).headers["location"])
    told = parse_qs(back.query)
    return await provider.identify(told["code"][0], told.get("iss", [None])[0], FLOW)


# --- keys and addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [("RSA", 2048, "RS256"), ("RSA", 2048, "PS256"), ("OKP", "Ed25519", "Ed25519")]
)
async def test_other_signatures_are_read_too(
    server: OidcServer, provider: OidcProvider, kind: tuple[str, Any, str]
) -> None:
    made: dict[str, Any] = {"RSA": RSAKey, "OKP": OKPKey}
    key = made[kind[0]].generate_key(kind[1], auto_kid=True)
    server.keys.append(key)
    server.discovery = {"id_token_signing_alg_values_supported": [kind[2], "HS256", "none"]}
    server.sign = lambda claims: server.signed(claims, {"alg": kind[2]})
    assert (await identify(provider)).subject == "ann"


async def test_keys_that_are_not_understood_are_as_if_they_were_not_there(
    server: OidcServer, provider: OidcProvider
) -> None:
    good = server.keys[0].as_dict(private=False)
    strange: list[dict[str, Any]] = [
        {}, {"kty": "AKP", "kid": "a", "pub": "x"}, {"kty": 7}, {"kty": "EC"}, {"kty": "EC", "crv": "P-1"},
        {"kty": "RSA", "n": "!", "e": "AQAB"}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "OKP", "crv": "X"},
        {**good, "kid": "off the curve", "x": "AAAA"},
    ]  # fmt: skip
    server.published = [*strange, good]
    assert (await identify(provider)).subject == "ann"


async def test_addresses_and_keys_are_asked_for_once_an_hour(
    server: OidcServer, provider: OidcProvider, clock: ManualClock
) -> None:
    for _ in range(3):
        await identify(provider)
    clock.advance(KNOWN_FOR_S - 1)
    await identify(provider)
    assert server.count(server.discovery_path) == server.count(server.keys_path) == 1
    clock.advance(1)
    await identify(provider)
    assert server.count(server.discovery_path) == server.count(server.keys_path) == 2


async def test_a_new_key_is_looked_for_but_not_by_every_token_that_names_one(
    server: OidcServer, provider: OidcProvider, clock: ManualClock
) -> None:
    await identify(provider)
    server.keys.append(ECKey.generate_key("P-256", auto_kid=True))
    for _ in range(3):
        with pytest.raises(ProviderFailed):
            await identify(provider)
    assert server.count(server.keys_path) == 1
    clock.advance(ASK_AGAIN_S)
    assert (await identify(provider)).subject == "ann"
    assert server.count(server.keys_path) == 2


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "//evil.example/token"},
        {"jwks_uri": ""},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://x.example/\r\nSet-Cookie: a=b"},
        {"userinfo_endpoint": "/me"},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        {"id_token_signing_alg_values_supported": []},
        {"id_token_signing_alg_values_supported": "ES256"},
    ],
)
async def test_a_description_that_cannot_be_right_is_not_followed(
    server: OidcServer, provider: OidcProvider, said: dict[str, Any]
) -> None:
    server.discovery = said
    with pytest.raises(ProviderFailed):
        await provider.authorization_url(FLOW)


@pytest.mark.parametrize("keys", [[], [{"kty": "oct", "k": "c2VjcmV0"}], [{"kty": "EC"}]])
async def test_a_service_without_keys_can_prove_nothing(
    server: OidcServer, provider: OidcProvider, keys: list[dict[str, Any]]
) -> None:
    server.published = keys
    with pytest.raises(ProviderFailed):
        await provider.authorization_url(FLOW)


async def test_a_service_behind_https_is_asked_over_https_alone(clock: ManualClock) -> None:
    issuer = "https://login.example"
    for named in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        said = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "userinfo_endpoint": f"{issuer}/me",
        }
        said[named] = said[named].replace("https:", "http:")
        line = Canned({"/.well-known/openid-configuration": said, "/jwks": {"keys": []}})
        provider = OidcProvider("oidc", "x", issuer, Client(CLIENT, SECRET), line, clock)
        with pytest.raises(ProviderFailed) as caught:
            await provider.authorization_url(FLOW)
        assert "https" in caught.value.reason


# --- answers -----------------------------------------------------------------------------------------


async def test_the_client_proves_itself_in_the_way_that_the_service_takes(
    server: OidcServer, provider: OidcProvider
) -> None:
    server.by_post = True
    assert (await identify(provider)).subject == "ann"


async def test_a_service_that_names_itself_in_every_answer_is_held_to_it(
    server: OidcServer, provider: OidcProvider
) -> None:
    server.says_issuer = server.issuer
    assert (await identify(provider)).subject == "ann"
    for wrong in (None, "", "https://evil.example", server.issuer + "/"):
        with pytest.raises(ProviderFailed):
            await provider.identify("a code", wrong, FLOW)
    assert server.count("/token") == 1


async def test_clocks_may_differ_by_a_minute(
    server: OidcServer, provider: OidcProvider, clock: ManualClock
) -> None:
    now = clock.wall() // 1000
    for late in ({"exp": now - LEEWAY_S + 1}, {"iat": now + LEEWAY_S - 1}):
        server.claims = late
        assert (await identify(provider)).subject == "ann"
    for late in ({"exp": now - LEEWAY_S - 1}, {"iat": now + LEEWAY_S + 1}):
        server.claims = late
        with pytest.raises(ProviderFailed):
            await identify(provider)


class Canned(Line):
    """Answers from memory: by the path, JSON."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__()
        self.answers = answers

    async def ask(
        self,
        url: str,
        answer: type[T],
        *,
        form: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> T:
        return msgspec.convert(self.answers[urlsplit(url).path], answer)


async def test_of_5000_mutated_id_tokens_none_is_believed(
    server: OidcServer, clock: ManualClock
) -> None:
    now = clock.wall() // 1000
    claims = {"iss": server.issuer, "aud": CLIENT, "sub": "ann", "nonce": FLOW.nonce, "email": ""}
    good = server.signed(claims | {"iat": now, "exp": now + 300})
    # The last letter of a part has bits that mean nothing; what is told by them is the same.
    ends = {at - 1 for at in (good.index("."), good.rindex("."), len(good))}
    tokens: dict[str, Any] = {"access_token": "x"}
    discovery = server._discovery()
    line = Canned(
        {
            server.discovery_path: discovery,
            server.keys_path: {"keys": [server.keys[0].as_dict(private=False)]},
            server.token_path: tokens,
        }
    )
    provider = OidcProvider("oidc", "x", server.issuer, Client(CLIENT, SECRET), line, clock)
    tokens["id_token"] = good
    assert (await provider.identify("code", None, FLOW)).subject == "ann"
    chance, letters = random.Random(7), string.ascii_letters + string.digits + "-_.=\x00é "
    places = [at for at in range(len(good)) if at not in ends]
    for _ in range(5000):
        at, letter = chance.choice(places), chance.choice(letters)
        kinds = (good[:at] + letter + good[at + 1 :], good[:at] + good[at + 1 :], good[:at])
        mutated = chance.choice(kinds)
        if mutated == good:
            continue
        tokens["id_token"] = mutated
        with pytest.raises(ProviderFailed):
            await provider.identify("code", None, FLOW)


# --- a service that is down, slow or strange ---------------------------------------------------------


async def test_people_do_not_wait_for_each_other_at_a_service_that_is_silent(
    server: OidcServer, clock: ManualClock
) -> None:
    line = Line(timeout_s=0.2)
    client = Client(CLIENT, SECRET)
    provider = OidcProvider("oidc", "x", server.issuer, client, line, clock)
    server.hangs = {server.discovery_path}
    tries = [provider.authorization_url(FLOW) for _ in range(50)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(one) for one in done} == {ProviderUnavailable}
    assert server.count(server.discovery_path) == 1
    server.hangs = set()
    with pytest.raises(ProviderUnavailable):
        await provider.authorization_url(FLOW)
    clock.advance(DOWN_FOR_S)
    assert (await provider.authorization_url(FLOW)).startswith(server.url)
    await line.close()


async def test_a_service_that_never_was_is_unavailable(clock: ManualClock, line: Line) -> None:
    with OidcServer(FLOW.redirect_uri) as gone:
        issuer = gone.issuer
    provider = OidcProvider("oidc", "x", issuer, Client(CLIENT, SECRET), line, clock)
    with pytest.raises(ProviderUnavailable):
        await provider.authorization_url(FLOW)


async def test_an_answer_has_a_bound_and_leads_nowhere_else(server: OidcServer, line: Line) -> None:
    fits = b'"' + b"x" * (MAX_ANSWER - 2) + b'"'
    server.answers["/fits"] = Answered(200, fits)
    server.answers["/large"] = Answered(200, fits + b" ")
    server.answers["/moved"] = Answered(302, location=f"{server.url}/fits")
    assert len(await line.ask(f"{server.url}/fits", str)) == MAX_ANSWER - 2
    asked = len(server.asked)
    for path in ("/large", "/moved"):
        with pytest.raises(ProviderFailed):
            await line.ask(server.url + path, str)
    assert len(server.asked) == asked + 2


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "é", "\x00", " ", "x" * 10_000])
async def test_a_token_that_no_header_can_hold_harms_nobody(
    server: OidcServer, line: Line, token: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with pytest.raises((ProviderFailed, ProviderUnavailable)):
        await line.ask(f"{server.url}/me", dict[str, Any], headers=headers)
    assert not any("x-evil" in asked.headers for asked in server.asked)


@pytest.mark.parametrize(
    "url", ["", "x", "http://", "http://[", "ftp://x.example/", "http://a b/", "http://x:99999/"]
)
async def test_an_address_that_is_none_harms_nobody(line: Line, url: str) -> None:
    with pytest.raises((ProviderFailed, ProviderUnavailable)):
        await line.ask(url, str)
