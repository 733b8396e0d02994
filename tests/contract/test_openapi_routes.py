"""Whatever the OpenAPI document allows, and much that it does not, is answered as described; never by a 500."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from parley.docs import sources
from parley.docs.openapi import openapi
from tests.support.callers import Caller
from tests.support.server import ParleyServer

load_all_checks()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DOCUMENT = schemathesis.openapi.from_dict(openapi(sources.handlers()))
OPERATIONS: dict[str, Any] = {
    found.ok().label: found.ok() for found in DOCUMENT.get_all_operations() if isinstance(found, Ok)
}
# What has neither a body nor a query cannot be asked wrongly.
ASKED = [
    (label, mode)
    for label, operation in OPERATIONS.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or operation.body or operation.query
]
EXAMPLES = 10


@pytest.mark.parametrize(
    ("label", "mode"), ASKED, ids=[f"{label} {mode.value}" for label, mode in ASKED]
)
def test_every_operation_answers_as_described(
    on_both: ParleyServer, label: str, mode: GenerationMode
) -> None:
    operation: APIOperation[Any, Any, Any, Any] = OPERATIONS[label]
    with Caller(on_both) as one:
        one.register()
        headers = {
            "Authorization": f"Bearer {one.token}",
            "X-Forwarded-For": one.address,
        }

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def answers(case: Case[Any]) -> None:
            answer = case.call(base_url=on_both.base_url, headers=headers)
            case.validate_response(answer, checks=CHECKS)

        answers()


def test_the_document_has_every_route_of_accounts() -> None:
    assert {"POST /api/auth/register", "DELETE /api/auth/me", "GET /health"} <= OPERATIONS.keys()
