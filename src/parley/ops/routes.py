"""REST for operators: `/health`, `/stats`, `/livez`, `/readyz`, `/metrics`."""

from __future__ import annotations

import secrets
from typing import Any, Literal, Protocol, TypeVar

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from parley.kernel.errors import Unauthorized

from .metrics import Metrics
from .schemas import Health, Probe, Stats

T = TypeVar("T")

_STOPS_FOR_S = 5
"""About how long a server is away that restarts."""


class Operations(Protocol):
    """What the routes ask of the running server."""

    draining: bool

    def stats(self) -> Stats:
        """Everything that is counted, now."""


def routes(
    operations: Operations, *, admin_token: str | None, guarded: bool
) -> list[HTTPRouteHandler]:
    """The handlers. When `guarded`, `/stats` and `/metrics` ask for the admin token as Bearer."""
    metrics = Metrics(operations.stats)

    def authorize(request: Request[Any, Any, Any]) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if guarded and not (
            admin_token and secrets.compare_digest(given.encode(), admin_token.encode())
        ):
            raise Unauthorized("This needs the admin token.")

    def status() -> Literal["ok", "draining"]:
        return "draining" if operations.draining else "ok"

    def unless_draining(body: T) -> Response[T]:
        if not operations.draining:
            return Response(body)
        return Response(body, status_code=503, headers={"Retry-After": str(_STOPS_FOR_S)})

    @get(
        "/health",
        sync_to_thread=False,
        summary="How the server is (seed 003)",
        tags=["operations"],
        response_description="It serves.",
        responses={503: ResponseSpec(Health, description="It is about to stop.")},
    )
    def health() -> Response[Health]:
        stats = operations.stats()
        body = Health(
            status=status(),
            uptime=stats.uptime,
            connections=stats.connections,
            waiting=sum(stats.waiting.values()),
            rooms=stats.rooms,
        )
        return unless_draining(body)

    @get(
        "/stats",
        sync_to_thread=False,
        summary="What is counted (seed 003)",
        description="In production for the admin token alone.",
        tags=["operations"],
        response_description="What is, and what was since the start.",
        security=[{"admin": []}],
    )
    def stats(request: Request[Any, Any, Any]) -> Stats:
        authorize(request)
        return operations.stats()

    @get(
        "/livez",
        sync_to_thread=False,
        summary="Whether the process runs",
        tags=["operations"],
        response_description="It runs.",
    )
    def livez() -> Probe:
        return Probe(status())

    @get(
        "/readyz",
        sync_to_thread=False,
        summary="Whether it takes newcomers",
        tags=["operations"],
        response_description="It does.",
        responses={503: ResponseSpec(Probe, description="It is about to stop.")},
    )
    def readyz() -> Response[Probe]:
        return unless_draining(Probe(status()))

    @get(
        "/metrics",
        sync_to_thread=False,
        summary="Prometheus metrics",
        description="In production for the admin token alone.",
        tags=["operations"],
        response_description="Prometheus' text format.",
        security=[{"admin": []}],
        media_type="text/plain",
    )
    def prometheus(request: Request[Any, Any, Any]) -> Response[bytes]:
        authorize(request)
        return Response(metrics.text(), media_type=Metrics.media_type)

    return [health, stats, livez, readyz, prometheus]
