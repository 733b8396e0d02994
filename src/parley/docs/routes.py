"""`/schema`: the documents, and the page that a browser shows of them. No script, no other host."""

from __future__ import annotations

from pathlib import Path

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from .documents import documents
from .page import STYLESHEET

_STYLE = Path(__file__).with_name("page.css")


def schema_routes() -> list[HTTPRouteHandler]:
    """The handlers. None of them is described by the documents that they serve."""

    @get("/schema", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True)
    def schema_page() -> str:
        return documents().page

    @get("/schema/openapi.json", include_in_schema=False, sync_to_thread=True)
    def openapi_document() -> Response[str]:
        return Response(documents().openapi, media_type="application/vnd.oai.openapi+json")

    @get("/schema/asyncapi.json", include_in_schema=False, sync_to_thread=True)
    def asyncapi_document() -> Response[str]:
        return Response(documents().asyncapi, media_type="application/vnd.aai.asyncapi+json")

    @get(STYLESHEET, include_in_schema=False, sync_to_thread=False)
    def stylesheet() -> Response[str]:
        return Response(style, media_type=MediaType.CSS)

    style = _STYLE.read_text("utf-8")
    return [schema_page, openapi_document, asyncapi_document, stylesheet]
