"""The AsyncAPI document: every event of every dialect, with shapes and examples that fit."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from parley.docs import sources
from parley.docs.asyncapi import asyncapi, outgoing
from parley.docs.shapes import Schema
from parley.engine import Event
from parley.realtime import Dialect
from parley.realtime.schemas import ErrorEvent
from tests.support.schemas import dangling, every_error, resolved

KEY = re.compile(r"[A-Za-z0-9._\-]+")
DIALECTS = sources.dialects()


@pytest.fixture(scope="module")
def document() -> Schema:
    return asyncapi(DIALECTS, sources.DEFAULTS)


@pytest.fixture(params=list(DIALECTS.values()), ids=list(DIALECTS))
def dialect(request: pytest.FixtureRequest) -> Dialect:
    found: Dialect = request.param
    return found


def operations(document: Schema, dialect: Dialect, action: str) -> dict[str, Schema]:
    """The dialect's operations of that action, by the event's name."""
    mine = {"$ref": f"#/channels/{dialect.name}"}
    return {
        operation["title"]: operation
        for operation in document["operations"].values()
        if operation["channel"] == mine and operation["action"] == action
    }


def shape(document: Schema, schema: Schema) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for({**schema, "components": document["components"]})


def test_it_has_the_parts_that_asyncapi_3_asks_for(document: Schema) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert document["info"]["title"]
    assert document["info"]["version"]
    assert {server["pathname"] for server in document["servers"].values()} == {"/socket.io/", "/ws"}
    for server in document["servers"].values():
        assert server["host"]
        assert server["protocol"]
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation["messages"]
    parts = (document["channels"], document["operations"], *document["components"].values())
    assert all(KEY.fullmatch(key) for part in parts for key in part)


def test_every_reference_leads_somewhere(document: Schema) -> None:
    assert dangling(document) == set()


def test_every_event_that_a_client_sends_is_received(document: Schema, dialect: Dialect) -> None:
    assert operations(document, dialect, "receive").keys() == dialect.incoming.keys()


def test_every_event_that_a_client_is_told_is_sent(document: Schema, dialect: Dialect) -> None:
    told = {event.name for _, event in outgoing(dialect)}

    assert operations(document, dialect, "send").keys() == told | {"every connection"}


def test_an_operation_names_messages_of_its_own_channel(document: Schema) -> None:
    for operation in document["operations"].values():
        replies = operation.get("reply", {}).get("messages", [])
        for message in [*operation["messages"], *replies]:
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")


def test_every_received_event_tells_its_limit_and_both_answers(
    document: Schema, dialect: Dialect
) -> None:
    for name, operation in operations(document, dialect, "receive").items():
        limit = f"LIMIT_{dialect.incoming[name].limit.upper()}"
        assert limit in operation["description"]
        done, failed = (resolved(document, one["$ref"]) for one in operation["reply"]["messages"])
        assert done["payload"]["properties"]["ok"] == {"const": True}
        assert failed["payload"]["properties"]["ok"] == {"const": False}


def test_every_example_fits_its_shape(document: Schema) -> None:
    messages: list[Schema] = [*document["components"]["messages"].values()]
    messages += [
        message
        for channel in document["channels"].values()
        for message in channel["messages"].values()
        if "$ref" not in message
    ]
    shown = 0
    for message in messages:
        for example in message.get("examples", ()):
            shape(document, message["payload"]).validate(example["payload"])
            shown += 1
    assert shown >= len([message for message in messages if "payload" in message])


def test_every_example_that_a_client_sends_is_understood_by_the_server(
    document: Schema, dialect: Dialect
) -> None:
    for name, event in dialect.incoming.items():
        message = document["channels"][dialect.name]["messages"][f"client.{name}"]
        payloads = [example["payload"] for example in message.get("examples", ())]
        arguments = [msgspec.Raw(msgspec.json.encode(payload)) for payload in payloads]
        event.reader.of(Event(name, None, None, arguments))


def test_what_the_server_would_refuse_does_not_fit_the_shape(document: Schema) -> None:
    join = shape(document, {"$ref": "#/components/schemas/Join"})

    assert join.is_valid({"type": "chat"})
    assert not join.is_valid({"type": "telepathy"})
    assert not join.is_valid({})
    say = shape(document, {"$ref": "#/components/schemas/SendMessage"})
    assert not say.is_valid({"roomId": "r", "message": ""})
    assert not say.is_valid({"roomId": "r", "message": "x" * 2001})


@pytest.mark.parametrize("name", ["Offer", "Answer", "Description"])
def test_a_session_description_is_an_object_or_text(document: Schema, name: str) -> None:
    fields = document["components"]["schemas"][name]["properties"]
    (field,) = (field for key, field in fields.items() if key != "roomId")
    body = shape(document, field)

    assert body.is_valid({"type": "offer", "sdp": "v=0"})
    assert body.is_valid("v=0")
    assert not body.is_valid(None)
    assert not body.is_valid(7)


def test_every_error_fits_the_error_described(document: Schema) -> None:
    error = shape(document, {"$ref": "#/components/schemas/ErrorEvent"})
    for one in every_error():
        as_event: Any = msgspec.to_builtins(ErrorEvent.of(one, "join"))
        error.validate(as_event)
        assert as_event == {**one.to_dict(), "event": "join"}
