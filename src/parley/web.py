"""REST and the web client: the Litestar application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from litestar import Litestar, MediaType, Response, Router, get
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response import File
from litestar.static_files import create_static_files_router
from litestar.types import Scope

from parley.accounts import Desk
from parley.accounts.avatar_routes import avatar_routes
from parley.accounts.oauth_routes import oauth_routes
from parley.accounts.reset_routes import reset_routes
from parley.accounts.routes import routes as account_routes
from parley.dialects.rest_meeting import routes as meeting_routes
from parley.dialects.rest_omegle_like import routes as omegle_like_routes
from parley.kernel.clock import Clock
from parley.kernel.errors import ParleyError
from parley.kernel.origins import Origins
from parley.media import Turn
from parley.media.routes import routes as media_routes
from parley.moderation import Blocks
from parley.moderation.routes import routes as block_routes
from parley.ops.edge import http_problem, parley_problem, problem_code, unexpected_problem
from parley.ops.json_request import JsonRequest
from parley.ops.routes import Operations
from parley.ops.routes import routes as operations_routes
from parley.settings import Settings

STATIC = Path(__file__).parent / "static"


def rest_handlers(
    operations: Operations, desk: Desk, blocks: Blocks, settings: Settings, clock: Clock
) -> list[HTTPRouteHandler]:
    """Everything that is answered over REST, and described by the OpenAPI document."""
    turn = Turn(
        settings.turn_server,
        settings.turn_username,
        settings.turn_credential,
        settings.turn_secret,
        settings.turn_ttl_s,
    )
    return [
        *operations_routes(
            operations, admin_token=settings.admin_token, guarded=settings.production
        ),
        *media_routes(settings.stun_servers, turn, clock),
        *account_routes(desk),
        *avatar_routes(desk),
        *reset_routes(desk),
        *oauth_routes(desk),
        *block_routes(blocks, desk),
        *omegle_like_routes(desk),
        *meeting_routes(desk),
    ]


def web_application(
    handlers: Sequence[HTTPRouteHandler],
    origins: Origins,
    refused: Callable[[str], None],
    *,
    static: Path = STATIC,
) -> Litestar:
    """The application; `refused` is called with the code of each problem that it answers with.

    It believes that the edge around it has refused pages which may not connect (`Edge`).
    """

    def count(error: Exception, scope: Scope) -> None:
        refused(problem_code(error))

    return Litestar(
        route_handlers=[*handlers, *_client(static)],
        cors_config=CORSConfig(
            # Whoever gets here may read the answer, with credentials. Where everyone may (which production refuses),
            # the framework's `*` in a preflight still keeps browsers from changing anything with credentials.
            allow_origins=["*"] if origins.everyone else [],
            allow_origin_regex=".*",
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
            allow_headers=["*"],
            allow_credentials=True,
        ),
        after_exception=[count],
        compression_config=CompressionConfig(backend="gzip", minimum_size=1024),
        openapi_config=None,  # `parley.docs` serves the documents, without a page that loads from elsewhere
        exception_handlers={
            ParleyError: parley_problem,
            HTTPException: http_problem,
            Exception: unexpected_problem,
        },
        request_class=JsonRequest,
        request_max_body_size=1_048_576,
        logging_config=None,
    )


def _client(static: Path) -> list[HTTPRouteHandler | Router]:
    if not (static / "index.html").is_file():

        @get("/", include_in_schema=False, media_type=MediaType.TEXT, sync_to_thread=False)
        def missing() -> Response[str]:
            return Response("The web client is not built. Run: make web\n", status_code=503)

        return [missing]
    assets = create_static_files_router(
        path="/assets",
        directories=[static / "assets"],
        cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
        include_in_schema=False,
        name="assets",
    )
    pages = create_static_files_router(
        path="/",
        directories=[static],
        html_mode=True,
        cache_control=CacheControlHeader(no_cache=True),
        include_in_schema=False,
    )

    # What browsers ask for on behalf of a page that names no icon, such as a JSON document.
    @get("/favicon.ico", include_in_schema=False, media_type="image/svg+xml", sync_to_thread=False)
    def icon() -> File:
        return File(static / "favicon.svg", content_disposition_type="inline")

    return [assets, pages, icon]
