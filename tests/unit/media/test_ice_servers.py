"""Which ICE servers a client is told of, and credentials as coturn reckons them."""

from __future__ import annotations

import msgspec

from parley.media import Turn, ice_servers

NOW = 1_700_000_000
TURNS = ("turn:turn.example:3478", "turns:turn.example:5349")


def told(stun: tuple[str, ...], turn: Turn | None) -> object:
    return msgspec.to_builtins(ice_servers(stun, turn, NOW))


def test_nothing_set_is_an_empty_list() -> None:
    assert told((), None) == {"iceServers": [], "ttl": 86400}
    assert told((), Turn((), None, None, "secret", 60)) == {"iceServers": [], "ttl": 86400}


def test_stun_servers_are_one_entry() -> None:
    assert told(("stun:a", "stun:b"), None) == {
        "iceServers": [{"urls": ["stun:a", "stun:b"]}],
        "ttl": 86400,
    }


def test_a_secret_makes_a_name_that_expires_and_its_password() -> None:
    # Reckoned with: printf 1700000600:parley | openssl dgst -sha1 -hmac north -binary | base64
    assert told((), Turn(TURNS, None, None, "north", 600)) == {
        "iceServers": [
            {
                "urls": list(TURNS),
                "username": "1700000600:parley",
                "credential": "pjg3ca+5oGc2+At9MVT/2LRQfA0=",
            }
        ],
        "ttl": 600,
    }


def test_a_secret_goes_before_a_fixed_name() -> None:
    servers = ice_servers((), Turn(TURNS, "u", "c", "north", 600), NOW).ice_servers
    assert servers[0].username == "1700000600:parley"


def test_a_fixed_name_and_none_at_all() -> None:
    assert told((), Turn(TURNS, "u", "c", None, 600)) == {
        "iceServers": [{"urls": list(TURNS), "username": "u", "credential": "c"}],
        "ttl": 600,
    }
    assert told((), Turn(TURNS, None, None, None, 600)) == {
        "iceServers": [{"urls": list(TURNS)}],
        "ttl": 600,
    }
