"""What tests of the API documents need: references that lead somewhere, one of each error."""

from __future__ import annotations

from inspect import signature
from typing import Any

from parley.kernel.errors import ParleyError


def dangling(document: Any) -> set[str]:
    """The references in a document that lead nowhere in it."""
    return {reference for reference in _references(document) if not _leads(document, reference)}


def resolved(document: Any, reference: str) -> Any:
    """What a reference like `#/components/schemas/Join` leads to, references followed. Raises KeyError."""
    found = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return resolved(document, found["$ref"]) if "$ref" in found else found


def every_error() -> list[ParleyError]:
    """One of each error that Parley tells, those that say when to try again among them."""
    found: list[ParleyError] = []
    waiting: list[type[ParleyError]] = [ParleyError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if not kind.__name__.startswith("_"):
            asks_when = "retry_after_ms" in signature(kind).parameters
            found.append(kind(retry_after_ms=200) if asks_when else kind())
    return found


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {found for part in value for found in _references(part)}
    if not isinstance(value, dict):
        return set()
    found = {inner for part in value.values() for inner in _references(part)}
    return found | {value["$ref"]} if isinstance(value.get("$ref"), str) else found


def _leads(document: Any, reference: str) -> bool:
    try:
        resolved(document, reference)
    except (KeyError, TypeError):
        return False
    return True
