"""What clients' wishes become, and which descriptions and candidates are bearable."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.kernel.errors import BadRequest
from parley.lobby.events import ticket_maker
from parley.lobby.schemas import Preferences, candidate_fits, description_fits
from parley.lobby.ticket import Ticket


def ticket(**wishes: Any) -> Ticket:
    """The ticket for wishes as they come over the wire."""
    preferences = msgspec.convert(wishes, Preferences)
    return ticket_maker("p", "video", preferences)("t")


def test_no_wishes_make_a_ticket_for_anybody() -> None:
    assert ticket() == Ticket(id="t", person="p", kind="video")


def test_wishes_are_compared_without_case_and_spaces() -> None:
    made = ticket(
        interests=[" Tea", "TEA", "Stra\u00dfe", "STRASSE", " new  york "],
        language=" DE ",
        countries=[" de", "In "],
        myCountry="us",
        countryRequired=True,
    )
    assert made.interests == {"tea", "strasse", "new york"}
    assert (made.language, made.country) == ("de", "US")
    assert made.countries == {"DE", "IN"}
    assert made.country_required


def test_who_names_a_country_alone_is_taken_to_be_there() -> None:
    assert ticket(country="in").country == "IN"
    assert ticket(country="in").countries == {"IN"}
    assert ticket(country="in", myCountry="de").country == "DE"
    assert ticket(countries=["in"]).country is None


def test_a_blank_is_nothing() -> None:
    nothing = Ticket(id="t", person="p", kind="video")
    for blank in ("", " ", "\t"):
        wishes = {"country": blank, "myCountry": blank, "language": blank}
        assert ticket(**wishes, countries=[blank], interests=[blank, blank]) == nothing


def test_who_names_no_country_is_from_where_the_account_is() -> None:
    def country(**wishes: Any) -> str | None:
        preferences = msgspec.convert(wishes, Preferences)
        return ticket_maker("p", "video", preferences, "in")("t").country

    assert country() == country(countries=["us"]) == country(country="") == "IN"
    assert (country(country="us"), country(myCountry="de"), country(myCountry="")) == (
        "US",
        "DE",
        None,
    )


def test_ten_countries_are_enough() -> None:
    ten = [f"C{n}" for n in range(10)]
    assert len(ticket(countries=ten, country="C3").countries) == 10
    with pytest.raises(BadRequest):
        ticket(countries=ten, country="C10")


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=64)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "country": words,
            "countries": st.lists(words, max_size=9),
            "countryRequired": st.booleans(),
            "myCountry": words,
            "interests": st.lists(words, max_size=10),
            "language": words,
        },
    )
)
def test_all_that_the_wire_lets_through_makes_a_ticket(wishes: dict[str, Any]) -> None:
    assert ticket(**wishes).person == "p"


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ('"v=0"', True),
        ('{"type":"offer","sdp":"v=0"}', True),
        ("{}", True),
        ('"' + "x" * 32768 + '"', True),
        ('"' + "x" * 32769 + '"', False),
        ('{"sdp":"' + "x" * 32769 + '"}', False),
        ('{"sdp":"","more":"' + "x" * 70000 + '"}', False),
    ],
)
def test_a_description_is_of_a_bearable_size(body: str, fits: bool) -> None:
    assert description_fits(msgspec.Raw(body.encode())) is fits


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ("null", True),
        ('"candidate:1"', True),
        ('{"candidate":""}', True),
        ('{"candidate":null}', True),
        ('"' + "x" * 1024 + '"', True),
        ('"' + "x" * 1025 + '"', False),
        ('{"candidate":"' + "x" * 1024 + '","sdpMid":"0","sdpMLineIndex":0}', True),
        ('{"candidate":"' + "x" * 1025 + '"}', False),
        ('{"candidate":"","more":"' + "x" * 2024 + '"}', False),
    ],
)
def test_a_candidate_is_of_a_bearable_size(body: str, fits: bool) -> None:
    assert candidate_fits(msgspec.Raw(body.encode())) is fits


@pytest.mark.parametrize("body", ["null", "1", "[]", "true", '{"sdp":1}', '{"sdp":null}'])
def test_what_is_no_description_is_a_mistake(body: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        description_fits(msgspec.Raw(body.encode()))


@pytest.mark.parametrize("body", ["1", "[]", "true", '{"candidate":1}', '{"candidate":{}}'])
def test_what_is_no_candidate_is_a_mistake(body: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        candidate_fits(msgspec.Raw(body.encode()))
