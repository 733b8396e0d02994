"""JSON schemas of the structs that go over the wire, told from the side of whoever reads them.

What a client sends may leave out every field that has a default. What a client is sent has all of its
fields, except those that the server leaves unset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

Schema = dict[str, Any]

PREFIX = "#/components/schemas/"

# msgspec calls a struct with a parameter `Session[PartnerFound]`, in a key `Session_PartnerFound_`.
_GENERIC = re.compile(r"([A-Za-z0-9]+)(?:_[A-Za-z0-9_]*_|\[[^\]]*\])")


def components(sent: Iterable[Any], told: Iterable[Any]) -> dict[str, Schema]:
    """The schemas, by name, of all structs in what clients send and in what they are told."""
    sent, told = list(sent), list(told)
    _, found = msgspec.json.schema_components([*sent, *told], ref_template=PREFIX + "{name}")
    shapes = {_plain(name): _tidy(schema) for name, schema in found.items()}
    senders = structs(sent)
    for name, struct in structs(told).items():
        if name not in senders:
            shapes[name] = _whole(shapes[name], struct)
    return dict(sorted(shapes.items()))


def schema_of(shape: Any) -> Schema:
    """The schema of one type; structs in it are references to the components."""
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=PREFIX + "{name}")
    tidy: Schema = _tidy(schema)
    return tidy


def referenced(schema: Any) -> set[str]:
    """The names of all components that a schema refers to directly."""
    if isinstance(schema, dict):
        found = {name for value in schema.values() for name in referenced(value)}
        target = schema.get("$ref")
        return found | {target.removeprefix(PREFIX)} if isinstance(target, str) else found
    if isinstance(schema, list):
        return {name for value in schema for name in referenced(value)}
    return set()


def _plain(name: str) -> str:
    found = _GENERIC.fullmatch(name)
    return found[1] if found else name


def _tidy(schema: Any) -> Any:
    """The same schema with plain names, and prose in one line."""
    if isinstance(schema, list):
        return [_tidy(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {key: _tidy(value) for key, value in schema.items()}
    if isinstance(target := schema.get("$ref"), str):
        tidy["$ref"] = PREFIX + _plain(target.removeprefix(PREFIX))
    if isinstance(schema.get("title"), str):
        tidy["title"] = _plain(schema["title"])
    if isinstance(prose := schema.get("description"), str):
        paragraphs = prose.split("\n\n")
        tidy["description"] = "\n\n".join(" ".join(text.split()) for text in paragraphs)
    return tidy


def _whole(schema: Schema, struct: inspect.StructType) -> Schema:
    """The schema of what the server sends: every field is there, unless it may be left unset."""
    properties = {
        name: {key: value for key, value in field.items() if key != "default"}
        for name, field in schema["properties"].items()
    }
    left_out = {field.encode_name for field in struct.fields if _may_be_unset(field)}
    required = [name for name in properties if name not in left_out]
    return schema | {"properties": properties, "required": required}


def _may_be_unset(field: inspect.Field) -> bool:
    no_default = field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
    return no_default and not field.required


def structs(shapes: Iterable[Any]) -> dict[str, inspect.StructType]:
    """All structs in these types, however deep, by name."""
    found: dict[str, inspect.StructType] = {}
    waiting: list[Any] = list(inspect.multi_type_info(shapes))
    while waiting:
        info = waiting.pop()
        if isinstance(info, inspect.StructType):
            name = _plain(info.cls.__name__)
            if name not in found:
                found[name] = info
                waiting += [field.type for field in info.fields]
        else:
            waiting += getattr(info, "types", ()) + getattr(info, "item_types", ())
            parts = ("type", "item_type", "key_type", "value_type")
            waiting += [getattr(info, part) for part in parts if hasattr(info, part)]
    return found
