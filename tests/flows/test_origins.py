"""Which web pages may talk to the server: the same list for REST, polling, Socket.IO and the plain WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.engine import Answer, Connection
from tests.support.server import ParleyServer

GOOD = "https://chat.example"
EVIL = "https://evil.example"
OWN = "http://test"  # the Host that the tests' requests name
ALLOWED = [
    GOOD,
    "http://localhost:8080",
    "http://127.0.0.1",
    "http://127.0.0.1:5174",
    OWN,
    "https://test",
]
REFUSED = [
    EVIL,
    "http://chat.example",
    "https://chat.example.evil.example",
    "https://chat.example:8443",
    "https://evil-chat.example",
    "https://test.evil.example",
    "http://test:81",
    "http://localhost:8081",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1:80@evil.example",
    "http://127.0.0.1:*",
    "*",
    "null",
    "test",
    "//test",
    "file://",
    "http://[",
    "http://test\u00e9",
    "https://chat.example, https://evil.example",
]
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "c2l4dGVlbiBieXRlcyBvaw==",
}
POLLING = "/socket.io/?EIO=4&transport=polling"
WEBSOCKETS = ["/socket.io/?EIO=4&transport=websocket", "/ws"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    origins = f"{GOOD},http://localhost:8080,http://127.0.0.1:*"
    with ParleyServer(tmp_path_factory.mktemp("origins"), cors_origin=origins) as running:
        yield running


async def ask(
    server: ParleyServer, target: str, method: str = "GET", body: str | None = None, **headers: str
) -> Answer:
    connection = await Connection.open(server.port)
    connection.request(method, target, body, **headers)
    answer = await connection.answer()
    await connection.close()
    return answer


@pytest.mark.parametrize("origin", ALLOWED)
async def test_an_allowed_page_may_connect(server: ParleyServer, origin: str) -> None:
    polling = await ask(server, POLLING, Origin=origin)
    assert polling.status == 200
    assert polling.headers["access-control-allow-origin"] == origin
    assert polling.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in polling.headers["vary"]
    for target in WEBSOCKETS:
        assert (await ask(server, target, Origin=origin, **UPGRADE)).status == 101


@pytest.mark.parametrize("origin", REFUSED)
async def test_another_page_is_refused(server: ParleyServer, origin: str) -> None:
    for target in (POLLING, *WEBSOCKETS):
        headers = {} if target == POLLING else UPGRADE
        answer = await ask(server, target, Origin=origin, **headers)
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers
    for method in ("POST", "OPTIONS"):
        answer = await ask(server, f"{POLLING}&sid=x", method, "40", Origin=origin)
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers


async def test_whoever_is_no_page_is_not_asked(server: ParleyServer) -> None:
    assert (await ask(server, POLLING)).status == 200
    for target in WEBSOCKETS:
        assert (await ask(server, target, **UPGRADE)).status == 101


async def test_a_page_asks_before_it_polls(server: ParleyServer) -> None:
    asked = {"Access_Control_Request_Method": "POST"}
    answer = await ask(server, f"{POLLING}&sid=x", "OPTIONS", Origin=GOOD, **asked)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == GOOD
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "content-type" in answer.headers["access-control-allow-headers"]


REST = ["/health", "/livez", "/readyz", "/metrics", "/stats", "/schema", "/api/ice-servers"]
PAGES = ["/", "/assets/nothing.js", "/nothing"]


@pytest.mark.parametrize("origin", ALLOWED)
async def test_rest_is_readable_for_allowed_pages(server: ParleyServer, origin: str) -> None:
    for path in (*REST, *PAGES):
        answer = await ask(server, path, Origin=origin)
        assert answer.status != 403
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("origin", [*REFUSED, ""])
async def test_rest_refuses_every_other_page(server: ParleyServer, origin: str) -> None:
    for path in (*REST, "/api/nothing"):
        refused(await ask(server, path, Origin=origin))
    for path in PAGES:
        refused(await ask(server, path, "POST", "{}", Origin=origin))
    asked = {"Access_Control_Request_Method": "GET"}
    refused(await ask(server, "/api/ice-servers", "OPTIONS", Origin=origin, **asked))


def refused(answer: Answer) -> None:
    """The refusal says what it is, and no page may read even that."""
    assert answer.status == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "forbidden"
    assert "access-control-allow-origin" not in answer.headers


async def test_the_web_clients_files_come_to_a_page_whose_host_a_proxy_hides(
    server: ParleyServer,
) -> None:
    for path in PAGES:
        answer = await ask(server, path, Origin=EVIL)
        assert answer.status == (await ask(server, path)).status
        assert "access-control-allow-origin" not in answer.headers


async def test_on_an_allowed_page_of_another_site_one_signs_up_and_in(server: ParleyServer) -> None:
    said = {"Content_Type": "application/json", "Sec_Fetch_Site": "cross-site", "Origin": GOOD}
    person = '{"username": "carol", "password": "SecurePass123!", "email": "carol@example.net"}'
    for path in ("/api/auth/register", "/api/auth/login"):
        answer = await ask(server, path, "POST", person, **said)
        assert answer.status in (200, 201)
        assert answer.headers["access-control-allow-origin"] == GOOD


async def test_what_is_refused_is_counted_by_its_code(server: ParleyServer) -> None:
    json = {"Content_Type": "application/json"}
    person = '{"username": "nobody at all", "password": "SecurePass123!"}'
    for code, asked in {
        "forbidden": ask(server, POLLING, Origin=EVIL),
        "unauthorized": ask(server, "/profile"),
        "invalid_credentials": ask(server, "/login", "POST", person, **json),
        "bad_request": ask(server, "/login", "POST", "{", **json),
        "not_found": ask(server, "/api/nothing"),
        "method_not_allowed": ask(server, "/login", "PUT", person, **json),
    }.items():
        before = await refusals(server, code)
        await asked
        assert await refusals(server, code) == before + 1, code


async def test_a_page_elsewhere_changes_nothing_and_is_counted(server: ParleyServer) -> None:
    person = '{"username": "nobody", "password": "SecurePass123!", "email": "n@example.net"}'
    json = {"Content_Type": "application/json"}
    for path in ("/signup", "/api/auth/register", "/api/v1/users/register"):
        before = await refusals(server, "forbidden")
        refused(await ask(server, path, "POST", person, Origin=EVIL, **json))
        assert await refusals(server, "forbidden") == before + 1
    assert (await ask(server, "/signup", "POST", person, **json)).status == 201


async def refusals(server: ParleyServer, code: str) -> int:
    """How often the server has answered so."""
    counted: int = (await ask(server, "/stats")).json()["refused"].get(code, 0)
    return counted


async def test_rest_does_not_ask_whoever_is_no_page(server: ParleyServer) -> None:
    for path in REST:
        answer = await ask(server, path)
        assert answer.status == 200
        assert "access-control-allow-origin" not in answer.headers


async def test_rest_answers_a_preflight_of_allowed_pages(server: ParleyServer) -> None:
    wanted = "authorization, cache-control, x-requested-with"
    asked = {"Access_Control_Request_Method": "PATCH", "Access_Control_Request_Headers": wanted}
    answer = await ask(server, "/status", "OPTIONS", Origin=GOOD, **asked)
    assert answer.status in (200, 204)
    assert answer.headers["access-control-allow-origin"] == GOOD
    assert wanted in answer.headers["access-control-allow-headers"]


async def test_unless_told_pages_of_this_machine_alone_may_connect(
    serve: Callable[..., ParleyServer],
) -> None:
    server = serve()
    for origin in ("http://localhost:5174", "https://localhost", "http://127.0.0.1:5500"):
        for target in (POLLING, "/health"):
            answer = await ask(server, target, Origin=origin)
            assert answer.status == 200
            assert answer.headers["access-control-allow-origin"] == origin
        for target in WEBSOCKETS:
            assert (await ask(server, target, Origin=origin, **UPGRADE)).status == 101
    for origin in ("http://localhost.evil.example", "http://localhost:80@evil.example", "null"):
        for target in (POLLING, "/health"):
            assert (await ask(server, target, Origin=origin)).status == 403
        for target in WEBSOCKETS:
            assert (await ask(server, target, Origin=origin, **UPGRADE)).status == 403
