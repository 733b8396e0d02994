"""Requests, and whose address a connection counts as."""

from __future__ import annotations

import ipaddress

import pytest

from parley.engine import Request, client_address

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # not a proxy of ours: not believed
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.1", "198.51.100.1,10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("fd00::1", ["2001:DB8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("::ffff:203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, ::FFFF:10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["::ffff:c633:6401"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:51234"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2:443"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::7]:443"], "2001:db8::7"),
        ("10.0.0.1", ["[2001:db8::7]"], "2001:db8::7"),
        ("10.0.0.1", ["2001:db8::7:443"], "2001:db8::7:443"),
        ("10.0.0.1", ["198.51.100.1:port"], "10.0.0.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_an_address_is_believed_only_from_trusted_proxies(
    peer: str, forwarded: list[str], address: str
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    assert client_address(peer, headers, PROXIES) == address


def test_without_trusted_proxies_the_peer_it_is() -> None:
    assert client_address("10.0.0.1", [(b"x-forwarded-for", b"192.0.2.1")], ()) == "10.0.0.1"


def test_the_first_header_and_the_first_parameter_of_a_name_count() -> None:
    headers = [(b"origin", b"one"), (b"origin", b"two"), (b"other", b"x")]
    request = Request("/", "a=1&b=&a=2&c=%C3%BC+x", headers, "192.0.2.1")
    assert request.header(b"origin") == "one"
    assert request.header(b"absent") is None
    assert request.parameters() == {"a": "1", "b": "", "c": "ü x"}


def test_a_query_of_too_many_parameters_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="fields"):
        Request("/", "&".join("a=1" for _ in range(33)), (), "").parameters()
