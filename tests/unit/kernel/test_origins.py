"""A page may connect by its whole origin or not at all."""

from __future__ import annotations

import pytest

from parley.kernel.addresses import origin
from parley.kernel.origins import Origins

HOST = "parley.example:3000"
ORIGINS = Origins(
    ("https://chat.example", "http://localhost:*", "http://[::1]:*", "https://ports.example:8443")
)


@pytest.mark.parametrize(
    "page",
    [
        "http://parley.example:3000",
        "https://parley.example:3000",
        "https://chat.example",
        "https://ports.example:8443",
        "http://localhost",
        "http://localhost:1",
        "http://localhost:5174",
        "http://localhost:65535",
        "http://[::1]",
        "http://[::1]:8080",
    ],
)
def test_a_page_of_our_own_host_or_of_the_list_may_connect(page: str) -> None:
    assert ORIGINS.allows(page, HOST)
    assert ORIGINS.names(page, HOST)


@pytest.mark.parametrize(
    "page",
    [
        "http://parley.example",
        "ws://parley.example:3000",
        "http://parley.example:3000.evil.example",
        "http://chat.example",
        "https://chat.example:8443",
        "https://chat.example/",
        "https://CHAT.example",
        "https://chat.example.evil.example",
        "https://ports.example",
        "https://ports.example:8444",
        "https://localhost",
        "https://localhost:5174",
        "http://localhost.evil.example",
        "http://localhost:8080.evil.example",
        "http://localhost:80@evil.example",
        "http://localhost:80@evil.example:80",
        "http://localhost:80:81",
        "http://localhost:",
        "http://localhost:080",
        "http://localhost:123456",
        "http://localhost:\u0661\u0662",
        "http://localhost:80\n",
        "http://localhost:80/",
        "http://localhost:*",
        "http://localhost:*:80",
        "http://evil.example/http://localhost:80",
        "http://[::1]:",
        "http://[::1",
        "localhost:80",
        "null",
        "*",
        "",
    ],
)
def test_nobody_else_may(page: str) -> None:
    assert not ORIGINS.allows(page, HOST)
    assert not ORIGINS.names(page, HOST)


def test_where_all_may_connect_none_but_the_own_and_the_listed_are_named() -> None:
    everyone = Origins(("*", "http://localhost:*"))
    for page in ("https://evil.example", "null", "*"):
        assert everyone.allows(page, HOST)
        assert not everyone.names(page, HOST)
    for page in ("http://localhost:81", f"https://{HOST}"):
        assert everyone.names(page, HOST)
    assert everyone.everyone
    assert not ORIGINS.everyone


@pytest.mark.parametrize("host", [None, ""])
def test_a_request_without_a_host_has_no_page_of_its_own(host: str | None) -> None:
    for page in ("http://", "https://", "http://None", "http://parley.example:3000"):
        assert not ORIGINS.allows(page, host)
    assert ORIGINS.allows("https://chat.example", host)
    assert not Origins().allows("http://localhost", host)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("*", "*"),
        ("HTTP://LocalHost:*/", "http://localhost:*"),
        ("https://127.0.0.1:*", "https://127.0.0.1:*"),
        ("http://[::1]:*", "http://[::1]:*"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:443", "http://localhost:443"),
        ("https://localhost:443/", "https://localhost"),
    ],
)
def test_an_entry_is_read_as_pages_are_compared(written: str, read: str) -> None:
    assert origin(written) == read
