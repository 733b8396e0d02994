"""Users over their connections: who they are, whether they can be met, and when they have to go."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from parley.storage import open_engine
from tests.support.members import member, request
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind, Refused

pytestmark = pytest.mark.usefixtures("strangers")


@pytest.mark.parametrize("over", KINDS)
async def test_an_access_token_makes_a_connection_a_users(
    on_both: ParleyServer, over: Kind
) -> None:
    one = await member(on_both)
    here = await Stranger.arrive(on_both.port, over=over, auth={"token": one.access})
    assert here.session["actor"] == {"id": one.id, "kind": "user"}
    assert here.token == one.access


async def test_a_session_token_is_as_good_and_a_refresh_token_is_not(on_both: ParleyServer) -> None:
    one = await member(on_both)
    answer = await request(
        on_both, "POST", "/login", {"username": one.username, "password": one.password}
    )
    here = await Stranger.arrive(on_both.port, auth={"token": answer.body["token"]})
    assert here.session["actor"]["id"] == one.id
    with pytest.raises(Refused) as refusal:
        await Stranger.arrive(on_both.port, auth={"token": one.refresh})
    assert refusal.value.body["data"]["code"] == "invalid_token"


@pytest.mark.parametrize("over", KINDS)
async def test_logging_out_closes_the_sockets_of_that_session_alone(
    on_both: ParleyServer, over: Kind
) -> None:
    one = await member(on_both)
    other = await one.elsewhere()
    here = await Stranger.arrive(on_both.port, over=over, auth={"token": one.access})
    there = await Stranger.arrive(on_both.port, auth={"token": other.access})
    assert (await one.post("/api/auth/logout")).status == 200
    assert await here.hear("session_ended") == {"reason": "logout"}
    await here.hang_up_heard()
    assert await there.fail("leave_room", {"roomId": "x"}) == "not_in_room"
    with pytest.raises(Refused):
        await Stranger.arrive(on_both.port, auth={"token": one.access})


async def test_a_password_change_closes_the_other_devices(on_both: ParleyServer) -> None:
    one = await member(on_both)
    other = await one.elsewhere()
    here = await Stranger.arrive(on_both.port, auth={"token": one.access})
    there = await Stranger.arrive(on_both.port, auth={"token": other.access})
    change = {"currentPassword": one.password, "newPassword": "Another-9-word"}
    assert (await one.ask("PUT", "/api/auth/password", change)).status == 200
    assert await there.hear("session_ended") == {"reason": "password_changed"}
    assert await here.fail("leave_room", {"roomId": "x"}) == "not_in_room"


async def test_a_deletion_closes_the_sockets_and_the_history_of_that_very_talk_names_nobody(
    serve: Callable[..., ParleyServer], migrated_url: str
) -> None:
    server = serve(database_url=migrated_url)
    one = await member(server)
    here = await Stranger.arrive(server.port, auth={"token": one.access})
    other = await Stranger.arrive(server.port)
    await couple(here, other)
    gone = await one.ask("DELETE", "/api/auth/me", {"password": one.password})
    assert gone.status == 200
    assert await here.hear("session_ended") == {"reason": "deleted"}
    assert (await other.hear("partner_disconnected"))["reason"] == "dropped"
    await here.hang_up_heard()
    await other.go()
    server.stop()
    engine = open_engine(migrated_url)
    async with engine.connect() as connection:
        (kept,) = await connection.execute(
            text("SELECT person_a, person_b FROM connection_history")
        )
    await engine.dispose()
    assert set(kept) == {"deleted", other.session["actor"]["id"]}


async def test_a_session_ended_by_a_command_closes_its_sockets_too(on_both: ParleyServer) -> None:
    one = await member(on_both)
    here = await Stranger.arrive(on_both.port, auth={"token": one.access})
    on_both.command("user", "disable", one.username)
    assert await here.hear("session_ended") == {"reason": "ended_elsewhere"}
    await here.hang_up_heard()


async def test_nobody_is_disconnected_who_shows_the_next_token_in_time(
    serve: Callable[..., ParleyServer], migrated_url: str
) -> None:
    server = serve(access_token_s=3, database_url=migrated_url)
    one = await member(server)
    here = await Stranger.arrive(server.port, auth={"token": one.access})
    assert await here.hear("token_expired") == {"closesInMs": 60_000}
    assert await here.fail("authenticate", {"token": one.access}) == "invalid_token"
    await one.renew()
    renewed = await here.do("authenticate", {"token": one.access})
    assert renewed["actor"] == {"id": one.id, "kind": "user"}
    assert await here.hear("token_expired") == {"closesInMs": 60_000}


async def test_who_shows_no_token_in_time_is_disconnected(
    serve: Callable[..., ParleyServer], migrated_url: str
) -> None:
    server = serve(access_token_s=3, token_grace_s=1, database_url=migrated_url)
    one = await member(server)
    here = await Stranger.arrive(server.port, auth={"token": one.access})
    assert await here.hear("token_expired") == {"closesInMs": 1000}
    await here.hang_up_heard()


async def test_a_connection_stays_its_users(on_both: ParleyServer) -> None:
    one, other = await member(on_both), await member(on_both)
    here = await Stranger.arrive(on_both.port, auth={"token": one.access})
    guest = await Stranger.arrive(on_both.port)
    assert await here.fail("authenticate", {"token": other.access}) == "forbidden"
    assert await here.fail("authenticate", {"token": guest.token}) == "invalid_token"
    assert await here.fail("authenticate", {"token": "nonsense"}) == "invalid_token"
    assert (await here.do("authenticate", {"token": one.access}))["actor"]["id"] == one.id


@pytest.mark.parametrize("over", KINDS)
async def test_a_guest_who_signs_in_keeps_the_chat(on_both: ParleyServer, over: Kind) -> None:
    one = await Stranger.arrive(on_both.port, over=over)
    other = await Stranger.arrive(on_both.port)
    room = await couple(one, other)
    user = await member(on_both)
    assert (await one.do("authenticate", {"token": user.access}))["actor"]["kind"] == "user"
    for path in ("/api/auth/me", "/api/auth/export"):
        assert (await user.ask("GET", path)).body["user"]["status"] == "online"
    await one.do("send_message", {"roomId": room, "message": "still here"})
    assert (await other.hear("new_message"))["text"] == "still here"
    await other.do("leave_room", {"roomId": room})
    await one.hear("new_message")
    assert (await one.hear("partner_disconnected"))["reason"] == "left"


async def test_a_cooldown_of_the_guest_is_one_of_the_user(on_both: ParleyServer) -> None:
    one, other = await Stranger.arrive(on_both.port), await Stranger.arrive(on_both.port)
    await couple(one, other)
    await other.do("skip")
    await other.hear("waiting_for_partner")
    await one.hear("partner_disconnected")
    user = await member(on_both)
    await one.do("authenticate", {"token": user.access})
    await one.go()
    again = await Stranger.arrive(on_both.port, auth={"token": user.access})
    await again.do("join", {"type": "chat"})
    await again.hear("waiting_for_partner")
    third = await Stranger.arrive(on_both.port)
    await third.do("join", {"type": "chat"})
    await third.hear("partner_found")
    await other.hear("partner_found")  # who has waited longest; the cooldown stands between the two
    await other.do("skip")


async def test_somebody_waiting_who_signs_in_goes_on_waiting(on_both: ParleyServer) -> None:
    one = await Stranger.arrive(on_both.port)
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    user = await member(on_both)
    await one.do("authenticate", {"token": user.access})
    other = await Stranger.arrive(on_both.port)
    await other.do("join", {"type": "chat"})
    assert (await other.hear("partner_found"))["roomId"] == (await one.hear("partner_found"))[
        "roomId"
    ]


async def test_two_devices_of_one_user_are_two_connections_and_never_meet(
    on_both: ParleyServer,
) -> None:
    user = await member(on_both)
    phone = await Stranger.arrive(on_both.port, auth={"token": user.access})
    laptop = await Stranger.arrive(on_both.port, auth={"token": (await user.elsewhere()).access})
    for device in (phone, laptop):
        await device.do("join", {"type": "chat"})
        await device.hear("waiting_for_partner")
    stranger = await Stranger.arrive(on_both.port)
    await stranger.do("join", {"type": "chat"})
    await phone.hear("partner_found")
    await stranger.hear("partner_found")


async def test_a_device_that_is_away_is_not_taken_over_by_another_device(
    on_both: ParleyServer,
) -> None:
    user = await member(on_both)
    phone = await Stranger.arrive(on_both.port, auth={"token": user.access})
    other = await Stranger.arrive(on_both.port)
    room = await couple(phone, other)
    phone.vanish()
    assert await other.hear("partner_reconnecting") == {"roomId": room}
    laptop = await Stranger.arrive(on_both.port, auth={"token": (await user.elsewhere()).access})
    assert laptop.session["recovered"] is False
    back = await phone.back("token")
    assert back.session["recovered"] is True
    assert back.session["room"]["roomId"] == room


@pytest.mark.parametrize("way", ["event", "rest"])
async def test_only_who_is_available_is_matched_and_a_change_counts_at_once(
    on_both: ParleyServer, way: str
) -> None:
    user = await member(on_both)
    one = await Stranger.arrive(on_both.port, auth={"token": user.access})

    async def become(status: str, called: str) -> None:
        if way == "event":
            told = await one.do("set_status", {"status": status, "customStatus": "…"})
            assert told == {"userId": user.id, "status": status, "customStatus": "…"}
        else:
            answer = await user.ask("PATCH", "/status", {"status": called})
            assert answer.body["user"]["status"] == called
        assert (await one.hear("user_status_changed"))["status"] == status

    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    await become("dnd", "busy")
    other = await Stranger.arrive(on_both.port)
    await other.do("join", {"type": "chat"})
    await other.hear("waiting_for_partner")
    await become("away", "away")
    await become("online", "available")
    room = (await one.hear("partner_found"))["roomId"]
    await other.hear("partner_found")
    await become("offline", "offline")
    await other.do("skip")
    assert (await one.hear("partner_disconnected"))["roomId"] == room
    await other.hear("waiting_for_partner")
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")
    third = await Stranger.arrive(on_both.port)
    await third.do("join", {"type": "chat"})
    await third.hear("partner_found")
    await other.hear("partner_found")


async def test_a_guest_has_no_status(on_both: ParleyServer) -> None:
    guest = await Stranger.arrive(on_both.port)
    assert await guest.fail("set_status", {"status": "away"}) == "unauthorized"
    user = await member(on_both)
    one = await Stranger.arrive(on_both.port, auth={"token": user.access})
    assert await one.fail("set_status", {"status": "busy"}) == "bad_request"


async def test_a_users_country_counts_where_none_is_named(on_both: ParleyServer) -> None:
    one = await member(on_both)
    here = await Stranger.arrive(on_both.port, auth={"token": one.access})
    assert (await one.ask("PUT", "/api/auth/profile", {"country": "in"})).status == 200
    there = await Stranger.arrive(on_both.port, auth={"token": (await one.elsewhere()).access})
    guest = await Stranger.arrive(on_both.port)
    await guest.do("authenticate", {"token": (await one.elsewhere()).access})
    for device in (here, there, guest):
        await device.do("match-user")
        await device.hear("waiting_for_partner")
        other = await Stranger.arrive(on_both.port)
        wishes = {"country": "IN", "countryRequired": True, "myCountry": "US"}
        await other.do("join", {"type": "video", "preferences": wishes})
        room = (await other.hear("partner_found"))["roomId"]
        assert (await device.hear("partner_found"))["roomId"] == room
