"""The OpenAPI 3.1 document, as Litestar reads it off the REST handlers, with the struct's own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme, Server, Tag
from litestar.types import Method

from parley import __version__
from parley.ops.schemas import Problem

from .shapes import Schema, components, schema_of, structs

_TAGS = {
    "accounts": "Who one is: sign up, sign in, stay signed in, and go.",
    "media": "How media get from one browser to another.",
    "operations": "What an operator, a load balancer or a monitor looks at.",
}


def openapi(handlers: Sequence[HTTPRouteHandler]) -> Schema:
    """The document of these handlers."""
    described = Litestar(handlers, openapi_config=_config(), logging_config=None)
    document: Schema = described.openapi_schema.to_schema()
    for path in document["paths"].values():
        for operation in path.values():
            operation.pop("deprecated", None)
            operation["responses"].pop(
                "400", None
            )  # the framework's own shape, which we do not answer
            operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
            for response in operation["responses"].values():
                if not response.get("headers", True):
                    del response["headers"]
    shapes = components(sent_shapes(handlers), told_shapes(handlers))
    unknown = document["components"]["schemas"].keys() - shapes.keys()
    if unknown:
        raise ValueError(f"the OpenAPI document names shapes that no handler has: {unknown}")
    document["components"]["schemas"] = shapes
    document["components"]["responses"] = {
        "Problem": {
            "description": "It failed; RFC 9457.",
            "content": {"application/problem+json": {"schema": schema_of(Problem)}},
        }
    }
    return document


def sent_shapes(handlers: Sequence[HTTPRouteHandler]) -> list[Any]:
    """Everything that clients send as a body."""
    bodies = (handler.parsed_data_field for handler in handlers)
    return [body.annotation for body in bodies if body is not None]


def told_shapes(handlers: Sequence[HTTPRouteHandler]) -> list[Any]:
    """Everything that is answered."""
    answers: list[Any] = [Problem]
    for handler in handlers:
        answer = handler.parsed_fn_signature.return_type
        answers.append(
            get_args(answer.annotation)[0] if answer.is_subclass_of(Response) else answer.annotation
        )
    return [answer for answer in answers if structs([answer])]


def _config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Parley",
        version=__version__,
        summary="Strangers meet: the REST side of the server.",
        description="The events are in the AsyncAPI document, beside this one; the prose is in docs/protocol.md.",
        license=License(name="MIT", identifier="MIT"),
        servers=[Server(url="/")],
        tags=[Tag(name=name, description=text) for name, text in _TAGS.items()],
        components=Components(
            security_schemes={
                "user": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    bearer_format="JWT",
                    description="An access token, or the session token of seeds 000 and 004.",
                ),
                "admin": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="ADMIN_TOKEN; asked for in production.",
                ),
            }
        ),
        operation_id_creator=_operation_id,
    )


def _operation_id(handler: HTTPRouteHandler, method: Method, path: list[Any]) -> str:
    return handler.fn.__name__
