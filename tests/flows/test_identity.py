"""Who somebody is comes from a token that this server signed, and from nothing that a client says."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind, Refused

pytestmark = pytest.mark.usefixtures("strangers")


def part(body: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(body).encode()).rstrip(b"=").decode()


def tampered(token: str) -> list[str]:
    """Tokens that look like this one."""
    head, claims, seal = token.split(".")
    padded = claims + "=" * (-len(claims) % 4)
    known = json.loads(base64.urlsafe_b64decode(padded))
    other = part({**known, "sub": "g_somebody-else"})
    return [
        f"{head}.{other}.{seal}",
        f"{part({'alg': 'none', 'typ': 'JWT'})}.{claims}.",
        f"{part({'alg': 'None', 'typ': 'JWT'})}.{claims}.{seal}",
        f"{head}.{claims}.{seal[:-2]}{'BA' if seal.endswith('AA') else 'AA'}",
        f"{head}.{claims}",
        f"{head}.{claims}.",
        jwt.encode(known, "another secret, of another server", algorithm="HS256"),
        jwt.encode(known, "another secret, of another server" * 2, algorithm="HS512"),
        "nonsense",
        "..",
        "\u00e9.\u00e9.\u00e9",
        "x" * 5000,
    ]


@pytest.mark.parametrize("over", KINDS)
async def test_a_token_makes_the_same_person_of_a_new_connection(
    server: ParleyServer, over: Kind
) -> None:
    one = await Stranger.arrive(server.port)
    again = await Stranger.arrive(server.port, over=over, auth={"token": one.token})
    assert again.session["actor"] == one.session["actor"]
    nobody = await Stranger.arrive(server.port, over=over)
    assert nobody.session["actor"] != one.session["actor"]


@pytest.mark.parametrize("over", KINDS)
async def test_a_token_that_is_not_ours_is_refused(server: ParleyServer, over: Kind) -> None:
    one = await Stranger.arrive(server.port)
    for token in tampered(one.token):
        with pytest.raises(Refused) as refusal:
            await Stranger.arrive(server.port, over=over, auth={"token": token})
        body = refusal.value.body
        assert body.keys() == {"message", "data"}
        assert body["data"]["code"] == "invalid_token", token
        assert body["message"] == body["data"]["message"]


async def test_a_token_that_is_no_text_is_refused(server: ParleyServer) -> None:
    for token in (1, 1.5, True, [1], {"sub": "g_x"}, ["a.b.c"]):
        with pytest.raises(Refused) as refusal:
            await Stranger.arrive(server.port, auth={"token": token})
        assert refusal.value.body["data"]["code"] == "invalid_token"


@pytest.mark.parametrize("token", [None, "", 0, False])
async def test_no_token_makes_a_new_guest(server: ParleyServer, token: object) -> None:
    one = await Stranger.arrive(server.port, auth={"token": token})
    assert one.session["actor"]["kind"] == "guest"


async def test_after_a_refusal_the_same_transport_may_try_again(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port)
    await one.line.raw("41")
    await one.line.raw('40{"token":"wrong"}')
    assert (await one.line.said()).what == "refused"
    await one.line.raw(f'40{{"token":"{one.token}"}}')
    assert (await one.line.said()).what == "connected"
    session = (await one.line.said()).args[0]
    assert session["actor"] == one.session["actor"]


async def test_a_token_outlives_the_server_and_is_worthless_on_another(
    serve: Callable[..., ParleyServer],
) -> None:
    first, second = serve(), serve()
    one = await Stranger.arrive(first.port)
    with pytest.raises(Refused):
        await Stranger.arrive(second.port, auth={"token": one.token})
    await one.go()
    assert first.interrupt() == 0
    first.start()
    again = await Stranger.arrive(first.port, auth={"token": one.token})
    assert again.session["actor"] == one.session["actor"]


async def test_a_cooldown_outlives_a_reconnect_with_the_token_of_either(
    serve: Callable[..., ParleyServer],
) -> None:
    server = serve()
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    await couple(one, other)
    await one.do("skip")
    await other.hear("partner_disconnected")
    for stranger in (one, other):
        await stranger.go()
    one = await Stranger.arrive(server.port, auth={"token": one.token})
    other = await Stranger.arrive(server.port, over="plain", auth={"token": other.token})
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    await other.do("join", {"type": "chat"})
    await other.hear("waiting_for_partner")
    stranger = await Stranger.arrive(server.port)  # the two still wait; a third meets the first
    await stranger.do("join", {"type": "chat"})
    assert (await one.hear("partner_found"))["roomId"] == (await stranger.hear("partner_found"))[
        "roomId"
    ]


async def test_when_the_cooldown_is_over_they_meet_again(
    serve: Callable[..., ParleyServer],
) -> None:
    server = serve(skip_cooldown_ms=2000)
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    await one.do("skip")
    await other.hear("partner_disconnected")
    await one.hear("waiting_for_partner")
    await other.do("join", {"type": "chat"})
    await other.hear("waiting_for_partner")
    found = await one.hear("partner_found")
    assert found["roomId"] != room
    assert (await other.hear("partner_found"))["roomId"] == found["roomId"]


async def test_what_a_client_says_of_itself_is_not_believed(server: ParleyServer) -> None:
    one = await Stranger.arrive(
        server.port, auth={"userId": "admin", "actor": {"id": "g_x"}, "kind": "user", "sub": "g_x"}
    )
    assert one.session["actor"]["id"] not in ("admin", "g_x")
    assert one.session["actor"]["kind"] == "guest"
