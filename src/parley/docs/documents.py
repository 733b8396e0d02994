"""All that is made from the code: the two API documents, the page of both, the web client's types."""

from __future__ import annotations

import functools
import json
from typing import Any, NamedTuple

from parley.lobby.schemas import PartnerFound
from parley.realtime import Dialect
from parley.realtime.schemas import ErrorEvent, Session

from . import openapi as rest
from . import sources
from .asyncapi import asyncapi, outgoing, sent_shapes, told_shapes
from .page import page
from .shapes import components, schema_of
from .typescript import expression, module


class Documents(NamedTuple):
    """The text of each."""

    openapi: str
    asyncapi: str
    page: str
    types: str


@functools.cache
def documents() -> Documents:
    """Everything, of this version of the code. The first call costs some 50 ms."""
    handlers, dialects = sources.handlers(), sources.dialects()
    requests, events = rest.openapi(handlers), asyncapi(dialects, sources.DEFAULTS)
    native = dialects["native"]
    spoken = {native.name: native}
    shapes = components(
        [*sent_shapes(spoken), *rest.sent_shapes(handlers)],
        [*told_shapes(spoken), *rest.told_shapes(handlers)],
    )
    return Documents(
        openapi=_json(requests),
        asyncapi=_json(events),
        page=page(requests, events),
        types=module(shapes, _event_tables(native)),
    )


def _event_tables(dialect: Dialect) -> dict[str, dict[str, str]]:
    """Which event carries which TypeScript type, in both directions."""
    told = {"session": _type(Session[PartnerFound]), "error": _type(ErrorEvent)}
    told |= {event.name: _arguments(event.args) for _, event in outgoing(dialect)}
    sent = {name: _type(event.payload) for name, event in dialect.incoming.items()}
    return {"NativeFromServer": told, "NativeToServer": sent}


def _arguments(args: tuple[Any, ...]) -> str:
    types = [_type(arg) for arg in args]
    return types[0] if len(types) == 1 else f"[{', '.join(types)}]"


def _type(shape: Any) -> str:
    return expression(schema_of(shape))


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
