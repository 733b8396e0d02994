"""The matching of seed 000, and whom the preferences of seed 003 let one meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.server import ParleyServer
from tests.support.strangers import Stranger

pytestmark = pytest.mark.usefixtures("strangers")


async def looking(server: ParleyServer, event: str = "match-user", **wishes: Any) -> Stranger:
    one = await Stranger.arrive(server.port)
    await one.do(event, wishes)
    return one


async def met(one: Stranger, other: Stranger) -> dict[str, Any]:
    found: dict[str, Any] = await one.hear("partner_found")
    assert (await other.hear("partner_found"))["roomId"] == found["roomId"]
    return found


async def test_match_user_looks_for_video_in_that_country(server: ParleyServer) -> None:
    one = await looking(server, country="IN")
    assert (await one.hear("waiting_for_partner"))["type"] == "video"
    abroad = await looking(server, country="US")
    await abroad.hear("waiting_for_partner")
    neighbour = await looking(server, country="in")
    assert (await met(one, neighbour))["type"] == "video"


async def test_match_user_without_anything_meets_anybody(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port)
    await one.do("match-user")
    assert (await one.hear("waiting_for_partner"))["type"] == "video"
    await met(one, await looking(server))


async def test_match_user_can_ask_for_text(server: ParleyServer) -> None:
    one = await looking(server, type="chat")
    assert (await one.hear("waiting_for_partner"))["type"] == "chat"
    other = await looking(server, "join", type="chat", userId="x", preferences=None)
    assert (await met(one, other))["type"] == "chat"


async def test_a_wish_is_given_up_in_time_and_the_client_is_told(
    serve: Callable[..., ParleyServer],
) -> None:
    server = serve(patience_ms=200)
    wishes = {"country": "BR", "interests": ["Chess"], "language": "pt"}
    other = await looking(server, "join", type="video", preferences={"myCountry": "US"})
    await other.hear("waiting_for_partner")
    one = await looking(server, "join", type="video", preferences=wishes)
    rungs = [await one.hear("waiting_for_partner") for _ in range(3)]
    assert [rung["rung"] for rung in rungs] == [0, 1, 2]
    assert [rung["relaxed"] for rung in rungs] == [[], ["interests"], ["interests", "language"]]
    await met(one, other)  # with the last rung, the country


async def test_a_required_country_is_never_given_up(server: ParleyServer) -> None:
    must = {"countries": ["BR", "US"], "countryRequired": True}
    one = await looking(server, "join", type="video", preferences=must)
    await one.hear("waiting_for_partner")
    elsewhere = await looking(server, "join", type="video", preferences={"myCountry": "DE"})
    await elsewhere.hear("waiting_for_partner")
    there = await looking(server, "join", type="video", preferences={"myCountry": "us"})
    await met(one, there)


async def test_shared_interests_are_preferred_and_told(server: ParleyServer) -> None:
    def wishes(*words: str) -> dict[str, Any]:
        return {"type": "chat", "preferences": {"interests": list(words)}}

    first = await looking(server, "join", type="chat")
    await first.do("leave_queue")
    tea = await looking(server, "join", **wishes("Tea", "maps"))
    await tea.hear("waiting_for_partner")
    birds = await looking(server, "join", **wishes("birds"))
    await birds.hear("waiting_for_partner")
    other = await looking(server, "join", **wishes("MAPS ", "birds  ", "tea", "x"))
    assert (await met(tea, other))["shared"] == ["maps", "tea"]


@pytest.mark.parametrize(
    "preferences",
    [
        {"interests": [" ", "\t"], "language": " ", "country": " ", "countries": ["  "]},
        {"countries": [f"C{n}" for n in range(10)], "country": "ELSEWHERE"},
        {"countries": [f"C{n}" for n in range(10)], "myCountry": " "},
        {"interests": ["straße", "STRASSE", "ﬁ", "FI", "İ", "ß" * 64]},
        {"interests": [], "countries": [], "country": None, "language": None, "myCountry": None},
        {},
    ],
)
async def test_preferences_at_the_edge_are_taken_or_refused_and_never_a_mistake_of_ours(
    server: ParleyServer, preferences: dict[str, Any]
) -> None:
    one = await Stranger.arrive(server.port)
    answer = await one.ask("join", {"type": "chat", "preferences": preferences})
    if answer["ok"]:
        await one.hear("waiting_for_partner")
    else:
        assert answer["error"]["code"] == "bad_request"
