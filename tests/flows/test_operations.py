"""What an operator and a load balancer see: health, statistics, metrics, headers, logs and the drain."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from os import kill
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from parley.kernel.clock import SystemClock
from tests.support.engine import Answer, Connection, Poller
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS

pytestmark = pytest.mark.usefixtures("strangers")

CLOCK = SystemClock()
Serve = Callable[..., ParleyServer]

# What Helmet sets by default.
HELMET = {
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "origin-agent-cluster",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-xss-protection",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    with ParleyServer(tmp_path_factory.mktemp("operations")) as running:
        yield running


async def get(server: ParleyServer, path: str, **headers: str) -> Answer:
    connection = await Connection.open(server.port)
    connection.request("GET", path, **headers)
    answer = await connection.answer()
    await connection.close()
    return answer


async def metrics(server: ParleyServer) -> dict[str, float]:
    """Every sample by its name and labels."""
    text = (await get(server, "/metrics")).body
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_health_and_stats_say_what_goes_on(server: ParleyServer) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    await one.do("send_message", {"roomId": room, "message": "x"})
    third = await Stranger.arrive(server.port, over="plain")
    await third.do("join", {"type": "video"})
    health = await get(server, "/health")
    assert health.status == 200
    body = health.json()
    assert body.pop("uptime") > 0
    assert body == {"status": "ok", "connections": 3, "waiting": 1, "rooms": 1}
    stats = (await get(server, "/stats")).json()
    assert (stats["connections"], stats["sockets"], stats["rooms"]) == (3, 3, 1)
    assert stats["waiting"] == {"chat": 0, "video": 1}
    assert stats["matched"] >= 1
    assert stats["relayed"] >= 1


async def test_metrics_count_what_happens(server: ParleyServer) -> None:
    before = await metrics(server)
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    for _ in range(3):
        await one.do("send_message", {"roomId": room, "message": "x"})
    assert await one.fail("nonsense") == "unknown_event"
    third = await Stranger.arrive(server.port)
    await third.do("join", {"type": "video"})
    after = await metrics(server)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert (after["parley_connections"], after["parley_pairs"]) == (3, 1)
    assert (after["parley_waiting{chat}"], after["parley_waiting{video}"]) == (0, 1)
    assert (grown("parley_relayed_total"), grown("parley_matched_total")) == (3, 1)
    assert grown("parley_refused_total{unknown_event}") == 1
    assert after["parley_event_loop_lag_seconds"] < 5
    assert after["parley_outbound_packets"] == 0
    kind = (await get(server, "/metrics")).headers["content-type"]
    assert kind == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/health", "/schema/openapi.json"])
async def test_a_monitor_may_ask_for_the_head_alone(server: ParleyServer, path: str) -> None:
    connection = await Connection.open(server.port)
    connection.request("HEAD", path)
    head = await connection.reader.readuntil(b"\r\n\r\n")
    assert int(head.split()[1]) == (await get(server, path)).status
    connection.request("GET", "/livez")
    assert (await connection.answer()).status == 200  # with no body before it
    await connection.close()


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_probes_answer(server: ParleyServer, path: str) -> None:
    answer = await get(server, path)
    assert (answer.status, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "path", ["/", "/health", "/nothing", "/api/nothing", "/schema/openapi.json"]
)
async def test_every_answer_has_the_security_headers(server: ParleyServer, path: str) -> None:
    answer = await get(server, path)
    assert answer.headers.keys() >= HELMET
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


async def test_what_there_is_not_is_a_problem_in_json(server: ParleyServer) -> None:
    answer = await get(server, "/api/nothing")
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"] == "not_found"


async def test_statistics_are_for_the_admin_in_production(serve: Serve) -> None:
    token = "k8Zr2vQ9xT4mW7yB1nD5"
    server = serve(parley_env="production", admin_token=token)
    for path in ("/stats", "/metrics"):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
            answer = await get(server, path, **headers)
            assert answer.status == 401
            assert answer.json()["code"] == "unauthorized"
        assert (await get(server, path, Authorization=f"Bearer {token}")).status == 200
    assert (await get(server, "/health")).status == 200


async def test_without_a_token_nobody_reads_statistics_in_production(serve: Serve) -> None:
    server = serve(parley_env="production")
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        assert (await get(server, "/stats", **headers)).status == 401


async def test_ice_servers_come_with_a_credential_that_expires(serve: Serve) -> None:
    server = serve(
        stun_server_1="stun:stun.example:3478",
        stun_server_2="stun.example:3479",
        turn_server="turn:turn.example:3478,turns:turn.example:5349",
        turn_secret="a secret shared with coturn",
        turn_ttl_s=600,
    )
    body = (await get(server, "/api/ice-servers")).json()
    assert body["ttl"] == 600
    stun, turn = body["iceServers"]
    assert stun == {"urls": ["stun:stun.example:3478", "stun:stun.example:3479"]}
    assert turn["urls"] == ["turn:turn.example:3478", "turns:turn.example:5349"]
    expires, _, _name = turn["username"].partition(":")
    assert 500 < int(expires) - CLOCK.wall() / 1000 <= 600
    mac = hmac.new(b"a secret shared with coturn", turn["username"].encode(), hashlib.sha1)
    assert turn["credential"] == base64.b64encode(mac.digest()).decode()


async def test_ice_servers_can_have_a_fixed_name(serve: Serve) -> None:
    server = serve(turn_server="turn.example", turn_username="u", turn_credential="c")
    (turn,) = (await get(server, "/api/ice-servers")).json()["iceServers"]
    assert turn == {"urls": ["turn:turn.example"], "username": "u", "credential": "c"}


async def test_on_sigterm_nobody_new_is_taken_and_everybody_is_told_to_come_back(
    serve: Serve,
) -> None:
    server = serve(drain_s=20)
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    plain = await Stranger.arrive(server.port, over="plain")
    room = await couple(one, other)
    kill(server.pid, signal.SIGTERM)
    for stranger in (one, other, plain):
        assert 0 <= (await stranger.hear("server_draining"))["retryAfterMs"] < 5000
    ready = await get(server, "/readyz")
    assert (ready.status, ready.headers["retry-after"]) == (503, "5")
    assert (await get(server, "/livez")).status == 200
    health = await get(server, "/health")
    assert (health.status, health.json()["status"]) == (503, "draining")
    assert health.headers["retry-after"] == "5"
    refused = await Poller(server.port).get()
    assert refused.status == 503
    assert int(refused.headers["retry-after"]) > 0
    # Whoever is in the middle of a word may finish it.
    await one.do("send_message", {"roomId": room, "message": "one more thing"})
    assert (await other.hear("new_message"))["text"] == "one more thing"
    for stranger in (one, other, plain):
        await stranger.go()
    assert await asyncio.to_thread(server.wait) == 0  # long before the drain's time is over


async def test_when_the_drain_is_over_whoever_is_left_is_told_the_end(serve: Serve) -> None:
    server = serve(drain_s=0.3)
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    kill(server.pid, signal.SIGTERM)
    for stranger in (one, other):
        await stranger.hear("server_draining")
        assert await stranger.hear("partner_disconnected") == {"roomId": room, "reason": "dropped"}
        assert await stranger.hang_up_heard() == 1012
    assert await asyncio.to_thread(server.wait) == 0


async def test_how_many_are_here_is_told_to_everybody_and_not_once_for_each(serve: Serve) -> None:
    server = serve()
    watcher = await Stranger.arrive(server.port)
    assert await counted(watcher, 1) == [1]
    crowd = [await Stranger.arrive(server.port, over=KINDS[n % 3]) for n in range(9)]
    assert len(await counted(watcher, 10)) < 9
    await counted(crowd[2], 10)
    for one in crowd[1:]:
        await one.go()
    assert len(await counted(watcher, 2)) < 8
    await crowd[0].go()
    newcomer = await Stranger.arrive(server.port)  # as many as before, and yet it wants to know
    await counted(newcomer, 2)


async def counted(one: Stranger, last: int) -> list[int]:
    """The counts that it is told, up to that one."""
    heard: list[int] = []
    while heard[-1:] != [last]:
        heard.append((await one.hear("user_count_update"))["count"])
    return heard


async def test_the_history_says_who_met_when_and_how_it_ended_and_never_what_was_said(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(resume_ms=100)
    started = CLOCK.wall()
    ended = []
    pairs = []
    for how in ("left", "skipped", "dropped", "server_stopped"):
        one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
        room = await couple(one, other, "video" if how == "left" else "chat")
        await one.do("send_message", {"roomId": room, "message": "a secret of mine"})
        await other.hear("new_message")
        if how == "left":
            await one.do("leave_room", {"roomId": room})
        elif how == "skipped":
            await one.do("skip")
        elif how == "dropped":
            one.vanish()
            await other.hear("partner_reconnecting")
        if how != "server_stopped":
            await other.hear("partner_disconnected")
        if how == "skipped":
            await one.go()  # or it would meet the next one
        persons = {one.session["actor"]["id"], other.session["actor"]["id"]}
        ended.append((room, "video" if how == "left" else "chat", how))
        pairs.append(persons)
    assert server.interrupt() == 0
    with closing(sqlite3.connect(tmp_path / "server1" / "var" / "parley.db")) as database:
        rows = database.execute(
            "SELECT room_id, kind, ended_by, person_a, person_b, started_at, ended_at "
            "FROM connection_history ORDER BY id"
        ).fetchall()
    assert [row[:3] for row in rows] == ended
    assert [set(row[3:5]) for row in rows] == pairs
    now = CLOCK.wall()
    assert all(started <= row[5] <= row[6] <= now for row in rows)
    for kept in (tmp_path / "server1").rglob("*"):
        if kept.is_file():
            assert b"a secret of mine" not in kept.read_bytes()


async def test_the_log_has_no_line_per_event_and_no_secret(serve: Serve) -> None:
    server = serve(log_format="json", log_level="debug")
    before = len(server.log.splitlines())
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    for _ in range(5):
        await one.do("send_message", {"roomId": room, "message": "a secret of mine"})
    again = await Stranger.arrive(server.port, auth={"token": one.token})
    await again.emit("nonsense")
    await again.hear("error")
    server.interrupt()
    lines = [json.loads(line) for line in server.log.splitlines()]
    assert len(lines) - before < 8
    assert not re.search("a secret of mine|" + re.escape(one.token), server.log)
