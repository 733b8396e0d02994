"""Where the server listens: everywhere means both families, and every other address is itself alone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from parley.ops.listening import AddressTaken, listen, url
from parley.settings import SettingsError

ipv6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")


@contextmanager
def listening(host: str) -> Iterator[int]:
    sockets = listen(host, 0)
    try:
        assert len({one.getsockname()[1] for one in sockets}) == 1
        yield sockets[0].getsockname()[1]
    finally:
        for one in sockets:
            one.close()


def reached(host: str, port: int) -> bool:
    try:
        with closing(socket.create_connection((host, port), timeout=10)):
            return True
    except ConnectionRefusedError:
        return False


@pytest.mark.parametrize(
    ("host", "ipv4", "six"),
    [
        ("::", True, True),
        ("0.0.0.0", True, False),
        ("127.0.0.1", True, False),
        ("::1", False, True),
    ],
)
@ipv6
def test_each_address_serves_the_families_that_it_says(host: str, ipv4: bool, six: bool) -> None:
    with listening(host) as port:
        assert (reached("127.0.0.1", port), reached("::1", port)) == (ipv4, six)


def test_where_there_is_no_ipv6_everywhere_is_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    (one,) = listen("::", 0)
    with one:
        assert one.family == socket.AF_INET
        assert reached("127.0.0.1", one.getsockname()[1])


def test_a_name_is_all_of_its_addresses_on_one_port() -> None:
    with listening("localhost") as port:
        assert reached("localhost", port)


@pytest.mark.parametrize("host", ["::", "127.0.0.1"])
def test_an_address_that_somebody_has_is_taken(host: str) -> None:
    with listening(host) as port, pytest.raises(AddressTaken, match=f"{host} port {port}.*PORT"):
        listen(host, port)


@pytest.mark.parametrize("host", ["not an address", "192.0.2.1", "a..b", "2001:db8::1"])
def test_what_is_no_address_of_this_machine_is_a_wrong_setting(host: str) -> None:
    with pytest.raises(SettingsError, match=f"HOST={host} is no address"):
        listen(host, 0)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("::", "http://localhost:3000"),
        ("0.0.0.0", "http://localhost:3000"),
        ("127.0.0.1", "http://localhost:3000"),
        ("::1", "http://[::1]:3000"),
        ("192.0.2.1", "http://192.0.2.1:3000"),
        ("lobby.example", "http://lobby.example:3000"),
    ],
)
def test_the_address_is_shown_as_a_browser_takes_it(host: str, shown: str) -> None:
    assert url(host, 3000) == shown
