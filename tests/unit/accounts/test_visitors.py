"""What a browser says of the page that asks is believed as far as the page may connect."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.connection import ASGIConnection

from parley.accounts.errors import CsrfRefused
from parley.accounts.visitors import Connection, Visitors
from parley.kernel.origins import Origins

EVIL = "https://evil.example"
LISTED = Origins(("https://chat.example", "http://localhost:*"))


def visitors(origins: Origins) -> Visitors:
    return Visitors([], origins, None)


def request(**headers: str) -> Connection:
    """One to the host `test`, with these headers, `_` for `-`."""
    named = {"host": "test"} | {name.replace("_", "-"): text for name, text in headers.items()}
    pairs = [(name.encode(), text.encode()) for name, text in named.items()]
    scope: Any = {"type": "http", "headers": pairs}
    return ASGIConnection(scope)


@pytest.mark.parametrize(
    "said",
    [
        {"origin": "https://test"},
        {"origin": "https://chat.example"},
        {"origin": "http://localhost:5174"},
        {"sec_fetch_site": "same-origin"},
    ],
)
def test_our_own_pages_and_listed_ones_count_with_a_cookie(said: dict[str, str]) -> None:
    asked = request(**said)
    visitors(LISTED).require_own_page(asked)
    assert visitors(LISTED).own_page(asked.headers)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"origin": EVIL},
        {"origin": "null"},
        {"origin": "http://localhost.evil.example", "sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
    ],
)
def test_others_do_not(said: dict[str, str]) -> None:
    asked = request(**said)
    with pytest.raises(CsrfRefused):
        visitors(LISTED).require_own_page(asked)
    assert not visitors(LISTED).own_page(asked.headers)


def test_where_all_may_connect_they_still_prove_what_they_change_and_are_not_ours() -> None:
    everyone = visitors(Origins(("*",)))
    everyone.require_own_page(request(origin=EVIL))
    assert not everyone.own_page(request(origin=EVIL).headers)
    with pytest.raises(CsrfRefused):
        everyone.require_own_page(request())
