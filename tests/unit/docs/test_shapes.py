"""Schemas of structs: what may be left out depends on who reads it."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from parley.docs.shapes import PREFIX, components, schema_of, structs

T = TypeVar("T")


class Inner(Struct, rename="camel"):
    """Told
    over two lines.

    And a second paragraph.
    """

    long_name: str = "always there"


class Envelope(Struct, Generic[T]):
    body: T | None
    note: str | UnsetType = UNSET
    kind: Literal["letter"] = "letter"


class Wish(Struct):
    what: Annotated[str, Meta(max_length=10)]
    when: int | None = None


def test_what_a_client_sends_may_leave_out_what_has_a_default() -> None:
    wish = components([Wish], [])["Wish"]

    assert wish["required"] == ["what"]
    assert wish["properties"]["what"]["maxLength"] == 10


def test_what_a_client_is_told_has_every_field_but_the_unset() -> None:
    shapes = components([], [Envelope[Inner]])

    assert shapes["Envelope"]["required"] == ["body", "kind"]
    assert shapes["Inner"]["required"] == ["longName"]
    assert "default" not in shapes["Envelope"]["properties"]["kind"]


def test_a_struct_that_goes_both_ways_is_described_for_whoever_sends_it() -> None:
    assert components([Wish], [Wish])["Wish"]["required"] == ["what"]


def test_a_struct_with_a_parameter_goes_by_its_plain_name() -> None:
    assert schema_of(Envelope[Inner]) == {"$ref": PREFIX + "Envelope"}
    assert components([], [Envelope[Inner]])["Envelope"]["title"] == "Envelope"


def test_prose_keeps_its_paragraphs_and_loses_its_line_ends() -> None:
    prose = components([], [Inner])["Inner"]["description"]

    assert prose == "Told over two lines.\n\nAnd a second paragraph."


def test_structs_are_found_however_deep() -> None:
    assert structs([dict[str, list[Envelope[Inner]]]]).keys() == {"Envelope", "Inner"}
