"""TypeScript from JSON schemas."""

from __future__ import annotations

import pytest

from parley.docs.shapes import PREFIX, Schema
from parley.docs.typescript import HEADER, expression, module


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, "unknown"),
        ({"type": "integer"}, "number"),
        ({"type": "object"}, "object"),
        ({"type": "object", "properties": {}}, "Record<string, never>"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Record<string, number>"),
        ({"enum": ["a", "b"]}, '"a" | "b"'),
        ({"const": True}, "true"),
        ({"$ref": PREFIX + "Join"}, "Join"),
        ({"type": "array", "items": {"$ref": PREFIX + "Join"}}, "Join[]"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, '("a" | "b")[]'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
        (
            {"type": "object", "properties": {"a-b": {"type": "string"}}, "required": ["a-b"]},
            '{ "a-b": string }',
        ),
    ],
)
def test_a_schema_is_written_as_a_type(schema: Schema, expected: str) -> None:
    assert expression(schema) == expected


def test_a_module_declares_its_shapes_and_says_that_it_is_generated() -> None:
    shape: Schema = {
        "type": "object",
        "description": "Said.",
        "properties": {"type": {"enum": ["chat", "video"]}, "note": {"type": "string"}},
        "required": ["type"],
    }

    text = module({"Told": shape}, {"Events": {"was-told": "Told"}})

    assert text.startswith(HEADER)
    assert (
        "/**\n * Said.\n */\nexport interface Told {\n  type: RoomType;\n  note?: string;\n}\n"
        in text
    )
    assert 'export interface Events {\n  "was-told": Told;\n}\n' in text
