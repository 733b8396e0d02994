"""Blocks: in both directions, for good, without anybody learning who anybody is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.support.members import member, request
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind

pytestmark = pytest.mark.usefixtures("strangers")


async def do_not_meet(one: Stranger, other: Stranger) -> None:
    """Both look for somebody, and neither is found."""
    for seeker in (one, other):
        await seeker.do("join", {"type": "chat"})
        await seeker.hear("waiting_for_partner")
    await one.do("leave_queue")
    await other.do("leave_queue")


async def meet(one: Stranger, other: Stranger) -> None:
    room = await couple(one, other)
    await one.do("leave_room", {"roomId": room})
    await other.hear("partner_disconnected")


@pytest.mark.parametrize("over", KINDS)
async def test_a_guest_blocks_the_stranger_that_it_talks_to(
    on_both: ParleyServer, over: Kind
) -> None:
    one = await Stranger.arrive(on_both.port, over=over)
    other = await Stranger.arrive(on_both.port)
    room = await couple(one, other)
    assert await one.do("block_partner") is None
    assert await other.hear("partner_disconnected") == {"roomId": room, "reason": "left"}
    assert await one.fail("send_message", {"roomId": room, "message": "x"}) == "not_in_room"
    await do_not_meet(one, other)
    await do_not_meet(other, one)


async def test_who_has_just_left_can_still_be_blocked_once_or_more(on_both: ParleyServer) -> None:
    one, other = await Stranger.arrive(on_both.port), await Stranger.arrive(on_both.port)
    assert await one.fail("block_partner") == "conflict"
    room = await couple(one, other)
    await other.do("leave_room", {"roomId": room})
    assert (await one.hear("partner_disconnected"))["reason"] == "left"
    await one.do("block_partner")
    await one.do("block_partner")
    await do_not_meet(one, other)


async def test_a_block_outlasts_reconnecting_and_kill_9(
    serve: Callable[..., ParleyServer], migrated_url: str
) -> None:
    server = serve(database_url=migrated_url)
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    await couple(one, other)
    await one.do("block_partner")
    server.kill()  # the very moment it is acknowledged
    await one.hang_up_heard()
    await other.hang_up_heard()
    server.start()
    one, other = await one.back("token"), await other.back("token")
    assert one.session["actor"]["kind"] == "guest"
    await do_not_meet(one, other)


async def test_a_guest_who_signs_in_takes_its_blocks_along_in_both_directions(
    serve: Callable[..., ParleyServer], migrated_url: str
) -> None:
    server = serve(database_url=migrated_url)
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    await couple(one, other)
    await one.do("block_partner")
    await other.hear("partner_disconnected")
    first, second = await member(server), await member(server)
    await one.do("authenticate", {"token": first.access})
    await other.do("authenticate", {"token": second.access})
    await do_not_meet(one, other)
    server.kill()
    await one.hang_up_heard()
    await other.hang_up_heard()
    server.start()
    one = await Stranger.arrive(server.port, auth={"token": first.access})
    other = await Stranger.arrive(server.port, auth={"token": second.access})
    await do_not_meet(one, other)

    (block,) = (await first.ask("GET", "/api/auth/blocks")).body["blocks"]
    assert block["id"].startswith("b_")
    assert block.keys() == {"id", "blockedAt"}, "a stranger stays one"
    assert second.id not in str(block)
    assert (await second.ask("GET", "/api/auth/blocks")).body["blocks"] == []
    assert (await first.ask("DELETE", f"/api/auth/block/{second.id}")).status == 404
    assert (await first.ask("DELETE", f"/api/auth/block/{block['id']}")).status == 200
    await meet(one, other)


async def test_somebody_who_signs_in_during_the_talk_is_blocked_as_a_user(
    on_both: ParleyServer,
) -> None:
    one, other = await Stranger.arrive(on_both.port), await Stranger.arrive(on_both.port)
    await couple(one, other)
    user = await member(on_both)
    await other.do("authenticate", {"token": user.access})
    await one.do("block_partner")
    await other.hear("partner_disconnected")
    again = await Stranger.arrive(on_both.port, auth={"token": user.access})
    await do_not_meet(one, again)


async def test_users_block_each_other_by_id_and_meet_when_both_have_lifted_it(
    on_both: ParleyServer,
) -> None:
    first, second = await member(on_both), await member(on_both)
    one = await Stranger.arrive(on_both.port, auth={"token": first.access})
    other = await Stranger.arrive(on_both.port, auth={"token": second.access})
    for blocker, blocked in ((first, second), (first, second), (second, first)):
        assert (await blocker.post(f"/api/auth/block/{blocked.id}")).body == {
            "success": True,
            "message": "User blocked",
        }
    await do_not_meet(one, other)
    (shown,) = (await first.ask("GET", "/api/auth/blocks")).body["blocks"]
    assert shown["id"] == shown["user"]["_id"] == second.id
    assert shown["user"]["username"] == second.username
    assert "email" not in shown["user"]

    assert (await first.ask("DELETE", f"/api/auth/block/{second.id}")).status == 200
    await do_not_meet(one, other)
    assert (await second.ask("DELETE", f"/api/auth/block/{first.id}")).status == 200
    assert (await second.ask("DELETE", f"/api/auth/block/{first.id}")).status == 404
    await meet(one, other)


async def test_two_who_wait_meet_the_moment_the_block_is_lifted(on_both: ParleyServer) -> None:
    first, second = await member(on_both), await member(on_both)
    await first.post(f"/api/auth/block/{second.id}")
    one = await Stranger.arrive(on_both.port, auth={"token": first.access})
    other = await Stranger.arrive(on_both.port, auth={"token": second.access})
    for seeker in (one, other):
        await seeker.do("join", {"type": "chat"})
        await seeker.hear("waiting_for_partner")
    await first.ask("DELETE", f"/api/auth/block/{second.id}")
    found = await one.hear("partner_found")
    assert (await other.hear("partner_found"))["roomId"] == found["roomId"]


async def test_what_cannot_be_blocked_is_refused(on_both: ParleyServer) -> None:
    one, other = await member(on_both), await member(on_both)
    assert (await one.post(f"/api/auth/block/{one.id}")).status == 400
    for nobody in ("0" * 24, "g_somebody", "b_x", "%C3%A9", "x" * 200, "%F0%9F%98%80"):
        assert (await one.post(f"/api/auth/block/{nobody}")).status == 404, nobody
        assert (await one.ask("DELETE", f"/api/auth/block/{nobody}")).status == 404, nobody
    for method in ("POST", "DELETE"):
        assert (await request(on_both, method, f"/api/auth/block/{other.id}")).status == 401
    assert (await request(on_both, "GET", "/api/auth/blocks")).status == 401


async def test_blocks_are_in_the_export_and_go_with_the_account(on_both: ParleyServer) -> None:
    one, other = await member(on_both), await member(on_both)
    await one.post(f"/api/auth/block/{other.id}")
    await other.post(f"/api/auth/block/{one.id}")
    export = (await one.ask("GET", "/api/auth/export")).body["belongings"]["blocks"]
    assert [block["id"] for block in export] == [other.id]
    gone = await other.ask("DELETE", "/api/auth/me", {"password": other.password})
    assert gone.status == 200
    assert (await one.ask("GET", "/api/auth/blocks")).body["blocks"] == []


async def test_blocking_from_many_sides_at_once_makes_one_block(on_both: ParleyServer) -> None:
    one, other = await member(on_both), await member(on_both)
    replies = await asyncio.gather(*(one.post(f"/api/auth/block/{other.id}") for _ in range(10)))
    assert {reply.status for reply in replies} == {200}
    assert len((await one.ask("GET", "/api/auth/blocks")).body["blocks"]) == 1


async def test_guests_of_one_address_do_not_block_without_end(
    serve: Callable[..., ParleyServer],
) -> None:
    server = serve(limit_skip="1000/1000", trusted_proxies="127.0.0.1")
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    assert await one.fail("block_partner") == "conflict"  # blocks nobody, and does not count
    await meet(one, other)
    for _ in range(200):
        await one.do("block_partner")
    assert await one.fail("block_partner") == "rate_limited"
    assert await other.fail("block_partner") == "rate_limited"
    await one.do("authenticate", {"token": (await member(server)).access})
    await one.do("block_partner")
    elsewhere = [await Stranger.arrive(server.port, X_Forwarded_For=f"192.0.2.{n}") for n in (1, 2)]
    await meet(elsewhere[0], elsewhere[1])
    await elsewhere[0].do("block_partner")
