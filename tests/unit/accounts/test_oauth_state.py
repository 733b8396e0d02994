"""A sign-in that has begun ends within ten minutes, in the browser that began it, at the service that it was begun with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from parley.accounts import Desk
from parley.accounts.oauth import FLOW_S, Answer, ForeignAnswer, own_path
from parley.kernel.ids import SystemIds
from parley.settings import Settings
from parley.storage import open_engine
from tests.support.clock import ManualClock

BACK = "https://parley.example/api/auth/oauth/github/callback"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def desk_of(tmp_path: Path, clock: ManualClock, secret: str) -> AsyncIterator[Desk]:
    """A desk whose database nobody asks for anything."""
    settings = Settings(data_dir=tmp_path, github_client_id="a", github_client_secret="b")
    engine = open_engine(f"sqlite:///{tmp_path}/parley.db")
    made = Desk(settings, engine, secret, clock, SystemIds())
    yield made
    made.close()
    await engine.dispose()


@pytest.fixture
async def desk(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Desk]:
    async for made in desk_of(tmp_path, clock, "one secret"):
        yield made


@pytest.fixture
async def other(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Desk]:
    async for made in desk_of(tmp_path, clock, "another secret"):
        yield made


async def begun(desk: Desk, next: str = "/") -> tuple[str, Answer]:
    """The cookie of a sign-in, and what GitHub answers to it."""
    url, cookie = await desk.oauth.begin(desk.oauth.provider("github"), next, BACK)
    (state,) = parse_qs(urlsplit(url).query)["state"]
    return cookie, Answer(state, "a code", None, None)


async def test_it_is_over_after_ten_minutes(desk: Desk, clock: ManualClock) -> None:
    github = desk.oauth.provider("github")
    cookie, answer = await begun(desk, "/there")
    clock.advance(FLOW_S - 1)
    assert desk.oauth.started(github, cookie, answer).next == "/there"
    clock.advance(1)
    with pytest.raises(ForeignAnswer):
        desk.oauth.started(github, cookie, answer)


async def test_no_letter_of_the_cookie_or_the_state_can_be_another(desk: Desk) -> None:
    github = desk.oauth.provider("github")
    cookie, answer = await begun(desk)
    assert answer.state is not None
    for at in range(len(cookie)):
        changed = cookie[:at] + ("B" if cookie[at] == "A" else "A") + cookie[at + 1 :]
        with pytest.raises(ForeignAnswer):
            desk.oauth.started(github, changed, answer)
    for at in range(len(answer.state)):
        state = (
            answer.state[:at] + ("B" if answer.state[at] == "A" else "A") + answer.state[at + 1 :]
        )
        with pytest.raises(ForeignAnswer):
            desk.oauth.started(github, cookie, answer._replace(state=state))


async def test_another_servers_sign_in_is_none_of_ours(desk: Desk, other: Desk) -> None:
    cookie, answer = await begun(other)
    with pytest.raises(ForeignAnswer):
        desk.oauth.started(desk.oauth.provider("github"), cookie, answer)


@pytest.mark.parametrize(
    "path", ["/", "/a", "/a/b?c=d&e=%20#f", "/%5Cevil", "/a//b", "/@evil.example"]
)
def test_a_path_of_ones_own_is_kept(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None, "", "a", "//evil", "/\\evil", "\\/evil", "https://evil", "/\tx", "/a b", "/a\x7f", "/\u2028",
        "/api/auth/oauth/github", "/" * 2, "/" + "a" * 512, '/"><script>', "/a\\b", "?a", "#a",
    ],
)  # fmt: skip
def test_any_other_path_is_the_first_page(path: str | None) -> None:
    assert own_path(path) == "/"
