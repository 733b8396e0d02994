"""Every HTTP answer at the edge: headers on all of them, one shape for all that goes wrong, nothing told of our own mistakes."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from litestar import get, post
from litestar.exceptions import HTTPException
from litestar.params import JSONBody
from structlog.testing import capture_logs

from parley.kernel.errors import Conflict, NotFound, Overloaded
from parley.kernel.origins import Origins
from parley.ops.edge import SECURITY_HEADERS, Edge
from parley.realtime import Window
from parley.web import web_application
from tests.support.clock import ManualClock

ORIGIN = "https://chat.example"
LISTED = Origins((ORIGIN,))


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@get("/api/mistake", sync_to_thread=False)
def mistake() -> None:
    raise KeyError("a secret of ours")


@get("/api/conflict", sync_to_thread=False)
def conflict() -> None:
    raise Conflict("You are too late.", since=7)


@get("/api/full", sync_to_thread=False)
def full() -> None:
    raise Overloaded(1500)


@get("/api/teapot", sync_to_thread=False)
def teapot() -> None:
    raise HTTPException(status_code=418, detail="short and stout")


@post("/api/number", sync_to_thread=False)
def number(data: JSONBody[dict[str, int]]) -> dict[str, int]:
    return data


class World:
    """An application at the edge, and what the edge counted."""

    def __init__(
        self,
        points: int = 100,
        proxies: str = "10.0.0.0/8",
        static: Path = Path("/nowhere"),
        origins: Origins = LISTED,
    ) -> None:
        self.clock = ManualClock()
        self.refused: list[str] = []
        handlers = [mistake, conflict, full, teapot, number]
        self.edge = Edge(
            web_application(handlers, origins, self.refused.append, static=static),  # type: ignore[arg-type]
            Window(points, 60.0, self.clock),
            [ipaddress.ip_network(proxies)],
            origins,
            self.refused.append,
        )

    async def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes = b"",
        address: str = "192.0.2.1",
        **headers: str,
    ) -> Answer:
        """One request, as uvicorn would hand it over."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"test")]
            + [(name.lower().encode(), value.encode()) for name, value in named.items()],
            "client": (address, 5),
            "server": ("test", 80),
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.edge(scope, receive, send)
        return Answer(
            sent[0]["status"],
            {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]},
            b"".join(message.get("body", b"") for message in sent[1:]),
        )


@pytest.mark.parametrize(
    "path", ["/", "/api/conflict", "/api/mistake", "/api/nothing", "/nothing", "/api/n\0"]
)
async def test_every_answer_has_the_security_headers_once(path: str) -> None:
    with capture_logs():
        answer = await World().ask(path)
    for name, value in SECURITY_HEADERS:
        assert answer.headers[name.decode()] == value.decode()


async def test_an_error_of_ours_is_a_problem_with_its_code_and_details() -> None:
    answer = await World().ask("/api/conflict")
    assert answer.status == 409
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "You are too late.",
        "code": "conflict",
        "since": 7,
    }


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/assets/nothing"])
async def test_what_there_is_not_is_told_in_our_words(tmp_path: Path, path: str) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").touch()
    world = World(static=tmp_path)
    answer = await world.ask(path)
    assert (answer.status, answer.json()["detail"]) == (404, NotFound.text)


async def test_head_is_answered_as_get_is_and_counts_as_much() -> None:
    world = World(points=1)
    got = await World().ask("/api/conflict")
    head = await world.ask("/api/conflict", "HEAD")
    assert (head.status, head.headers) == (got.status, got.headers)
    assert (await world.ask("/api/conflict", "HEAD")).status == 429
    assert (await World().ask("/api/number", "HEAD")).status == 405


async def test_not_now_says_when() -> None:
    answer = await World().ask("/api/full")
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["retryAfterMs"] == 1500


async def test_a_mistake_of_ours_is_logged_whole_and_told_in_one_sentence() -> None:
    with capture_logs() as logs:
        answer = await World().ask("/api/mistake")
    assert answer.status == 500
    assert answer.json()["code"] == "internal"
    assert b"secret" not in answer.body
    assert [line["event"] for line in logs] == ["request_failed"]


@pytest.mark.parametrize(
    ("path", "method", "body", "status", "code"),
    [
        ("/api/nothing", "GET", b"", 404, "not_found"),
        ("/api/conflict", "DELETE", b"", 405, "method_not_allowed"),
        ("/api/number", "POST", b"not json", 400, "bad_request"),
        ("/api/number", "POST", b'{"x":"y"}', 400, "bad_request"),
        ("/api/number", "POST", b"\xff", 400, "bad_request"),
        ("/api/number", "POST", b"[" * 2000, 400, "bad_request"),
        ("/api/teapot", "GET", b"", 418, "bad_request"),
        ("/api/n\0", "GET", b"", 400, "bad_request"),
    ],
)
async def test_what_is_wrong_with_a_request_is_a_problem_and_never_a_500(
    path: str, method: str, body: bytes, status: int, code: str
) -> None:
    with capture_logs() as logs:
        answer = await World().ask(path, method, body, Content_Type="application/json")
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert logs == []


async def test_an_address_has_so_many_requests_and_the_refusal_is_counted() -> None:
    world = World(points=2)
    for _ in range(2):
        assert (await world.ask("/api/conflict")).status == 409
    answer = await world.ask("/api/conflict", Origin=ORIGIN)
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert world.refused == ["conflict", "conflict", "rate_limited"]
    assert (await world.ask("/api/conflict", address="192.0.2.2")).status == 409
    assert (await world.ask("/api/conflict", "OPTIONS")).status != 429
    assert (await world.ask("/")).status != 429
    world.clock.advance(60)
    assert (await world.ask("/api/conflict")).status == 409


@pytest.mark.parametrize(
    ("path", "method"),
    [
        *((path, method) for path in ("/api/conflict", "/api/n\0") for method in ("GET", "HEAD")),
        *((path, "POST") for path in ("/", "/api/conflict", "/nothing", "/" + "a" * 256)),
        *((path, "OPTIONS") for path in ("/", "/api/conflict", "/api/n\0", "/nothing")),
    ],
)
async def test_a_page_that_may_not_connect_gets_nothing_but_a_refusal(
    path: str, method: str
) -> None:
    world = World(points=1)
    for _ in range(2):  # the limit of its visitor is not touched
        answer = await world.ask(path, method, Origin="https://evil.example")
        assert (answer.status, answer.json()["code"]) == (403, "forbidden")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["x-frame-options"] == "DENY"
    assert world.refused == ["forbidden", "forbidden"]
    assert (await world.ask("/api/conflict")).status == 409


@pytest.mark.parametrize("origin", ["http://test", "https://test", "http://localhost:5174"])
@pytest.mark.parametrize("path", ["/api/conflict", "/api/n\0"])
async def test_a_page_of_our_own_or_of_any_listed_port_may_read_what_it_gets(
    path: str, origin: str
) -> None:
    answer = await World(origins=Origins(("http://localhost:*",))).ask(path, Origin=origin)
    assert answer.status != 403
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_where_every_page_may_connect_none_may_change_anything_with_credentials() -> None:
    world = World(origins=Origins(("*",)))
    asked = {"Origin": "https://any.example", "Access_Control_Request_Method": "PUT"}
    answer = await world.ask("/api/conflict", "OPTIONS", **asked)  # type: ignore[arg-type]
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, "*")
    assert (await world.ask("/api/conflict", Origin="https://any.example")).status == 409


async def test_only_a_trusted_proxy_is_asked_for_whom_it_speaks() -> None:
    world = World(points=1)
    for client in ("198.51.100.1", "198.51.100.2"):
        through = {"address": "10.1.2.3", "X_Forwarded_For": f"203.0.113.9, {client}"}
        assert (await world.ask("/api/conflict", **through)).status == 409  # type: ignore[arg-type]
        assert (await world.ask("/api/conflict", **through)).status == 429  # type: ignore[arg-type]
    assert (await world.ask("/api/conflict", X_Forwarded_For="198.51.100.3")).status == 409
    assert (await world.ask("/api/conflict", X_Forwarded_For="198.51.100.4")).status == 429


@pytest.mark.parametrize("path", ["//api/conflict", "/api//conflict", "///api/conflict"])
async def test_more_slashes_do_not_evade_the_limit(path: str) -> None:
    world = World(points=1)
    assert (await world.ask(path)).status == 409
    assert (await world.ask("/api/conflict")).status == 429
    assert (await world.ask(path)).status == 429


@pytest.mark.parametrize("path", ["/" + "a" * 256, "/assets/" + "ü" * 128, "/a" * 1025])
async def test_what_no_file_can_be_named_is_not_found(tmp_path: Path, path: str) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets").mkdir()
    world = World()
    web = web_application([], LISTED, print, static=tmp_path)
    world.edge = Edge(web, Window(9, 60.0, world.clock), [], LISTED, world.refused.append)  # type: ignore[arg-type]
    with capture_logs() as logged:
        answer = await world.ask(path)
    assert (answer.status, answer.json()["code"]) == (404, "not_found")
    assert logged == []
