"""The `/schema` page: everything on it, from no other host, without a script."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from html import unescape

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from parley.docs import documents, schema_routes, sources
from parley.docs.asyncapi import outgoing
from parley.kernel.origins import Origins
from parley.web import web_application

PAGE = documents().page
Client = AsyncTestClient[Litestar]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with AsyncTestClient(web_application(schema_routes(), Origins(), print)) as one:
        yield one


def test_the_page_runs_no_script_and_has_no_style_of_its_own() -> None:
    assert "<script" not in PAGE
    assert "style=" not in PAGE
    assert "<style" not in PAGE
    assert not re.search(r"\son[a-z]+=", PAGE)


def test_the_page_loads_nothing_from_another_host() -> None:
    assert re.findall(r'(?:href|src)="(?![#/])', PAGE) == []
    assert re.findall(r'(?:href|src)="//', PAGE) == []


def test_every_link_on_the_page_leads_somewhere_on_it() -> None:
    targets = set(re.findall(r'id="([^"]+)"', PAGE))

    assert set(re.findall(r'href="#([^"]+)"', PAGE)) <= targets
    assert len(targets) == len(re.findall(r'id="([^"]+)"', PAGE))


def test_the_page_names_every_event_and_every_route() -> None:
    shown = set(map(unescape, re.findall(r"<h[34]>.*?<code>([^<]+)</code>", PAGE)))
    for dialect in sources.dialects().values():
        assert shown >= set(dialect.incoming)
        assert shown >= {event.name for _, event in outgoing(dialect)}
    paths = {path for handler in sources.handlers() for path in handler.paths}
    assert shown >= {re.sub(r":\w+}", "}", path) for path in paths}
    assert shown >= {"session", "error", "connect_error"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/schema", "text/html"),
        ("/schema/style.css", "text/css"),
        ("/schema/openapi.json", "application/vnd.oai.openapi+json"),
        ("/schema/asyncapi.json", "application/vnd.aai.asyncapi+json"),
    ],
)
async def test_the_documents_are_served(
    client: Client,
    path: str,
    kind: str,
) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.text


async def test_what_is_served_is_what_is_committed(client: Client) -> None:
    from parley.docs.files import ROOT

    for name in ("openapi.json", "asyncapi.json"):
        answer = await client.get(f"/schema/{name}")
        assert answer.text == (ROOT / "docs/api" / name).read_text("utf-8")


def test_making_the_documents_leaves_the_logs_as_they_are() -> None:
    before = list(logging.getLogger().handlers), logging.getLogger().level
    documents.cache_clear()

    documents()

    assert (list(logging.getLogger().handlers), logging.getLogger().level) == before
