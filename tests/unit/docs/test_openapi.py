"""The OpenAPI document: valid, whole, and true to what REST answers."""

from __future__ import annotations

import re

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from parley.docs import sources
from parley.docs.openapi import openapi
from parley.docs.shapes import Schema
from tests.support.schemas import dangling, every_error


@pytest.fixture(scope="module")
def document() -> Schema:
    return openapi(sources.handlers())


def test_the_document_is_valid_openapi(document: Schema) -> None:
    OPENAPI_31_VALIDATOR.validate(document)
    assert document["openapi"].startswith("3.1.")


def test_every_rest_route_is_described(document: Schema) -> None:
    routes = {
        re.sub(r":\w+}", "}", path) for handler in sources.handlers() for path in handler.paths
    }

    assert document["paths"].keys() == routes
    assert routes >= {"/health", "/stats", "/livez", "/readyz", "/metrics", "/api/ice-servers"}


def test_every_reference_leads_somewhere(document: Schema) -> None:
    assert dangling(document) == set()


def test_every_operation_has_a_name_of_its_own_and_says_how_it_fails(document: Schema) -> None:
    operations = [one for path in document["paths"].values() for one in path.values()]

    assert len({one["operationId"] for one in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


def test_only_what_the_admin_token_opens_asks_for_it(document: Schema) -> None:
    guarded = {
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if {"admin": []} in operation.get("security", [])
    }

    assert guarded == {"/stats", "/metrics"}


def test_every_other_route_is_for_users_but_those_that_anybody_may_call(document: Schema) -> None:
    open_to_all = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if not operation.get("security")
    }

    assert open_to_all == {
        "POST /signup", "POST /login",
        "POST /api/auth/register", "POST /api/auth/login", "POST /api/auth/refresh",
        "POST /api/auth/password/forgot", "POST /api/auth/password/reset",
        "GET /api/auth/providers",
        "GET /api/auth/oauth/{provider}", "GET /api/auth/oauth/{provider}/callback",
        "POST /api/v1/users/register", "POST /api/v1/users/login",
        "GET /api/avatars/{name}", "GET /api/ice-servers",
        "GET /health", "GET /livez", "GET /readyz",
    }  # fmt: skip


def test_every_tag_in_use_is_explained(document: Schema) -> None:
    operations = [one for path in document["paths"].values() for one in path.values()]
    used = {tag for operation in operations for tag in operation["tags"]}

    assert used == {tag["name"] for tag in document["tags"]}


def test_every_error_that_rest_answers_is_the_problem_described(document: Schema) -> None:
    problem = jsonschema_rs.validator_for(
        {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    )
    for error in every_error():
        problem.validate(error.to_problem())
