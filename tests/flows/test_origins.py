"""Which web pages may talk to the server: the same list for REST, polling, Socket.IO and the plain WebSocket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.engine import Answer, Connection
from tests.support.server import ParleyServer

GOOD = "https://chat.example"
OWN = "http://test"  # the Host that the tests' requests name
ALLOWED = [GOOD, "http://localhost:8080", OWN, "https://test"]
REFUSED = [
    "https://evil.example",
    "http://chat.example",
    "https://chat.example.evil.example",
    "https://chat.example:8443",
    "https://evil-chat.example",
    "https://test.evil.example",
    "http://test:81",
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
    origins = f"{GOOD},http://localhost:8080"
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


@pytest.mark.parametrize("path", ["/health", "/api/ice-servers", "/stats", "/api/nothing"])
async def test_rest_is_readable_for_allowed_pages_alone(server: ParleyServer, path: str) -> None:
    answer = await ask(server, path, Origin=GOOD)
    assert answer.headers["access-control-allow-origin"] == GOOD
    assert answer.headers["access-control-allow-credentials"] == "true"
    for origin in ("https://evil.example", "null", "http://["):
        answer = await ask(server, path, Origin=origin)
        assert "access-control-allow-origin" not in answer.headers


async def test_rest_answers_a_preflight_for_allowed_pages_alone(server: ParleyServer) -> None:
    asked = {"Access_Control_Request_Method": "GET"}
    answer = await ask(server, "/api/ice-servers", "OPTIONS", Origin=GOOD, **asked)
    assert answer.status in (200, 204)
    assert answer.headers["access-control-allow-origin"] == GOOD
    answer = await ask(
        server, "/api/ice-servers", "OPTIONS", Origin="https://evil.example", **asked
    )
    assert "access-control-allow-origin" not in answer.headers
