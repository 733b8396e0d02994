"""The AsyncAPI 3.0 document: every event of every dialect, read from the dialects' own tables.

The document describes the server: what it *receives* is what clients send. One channel is one
dialect; both transports carry all of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, get_args, get_origin, get_type_hints

from parley import __version__
from parley.lobby.schemas import PartnerFound
from parley.realtime import Dialect, Incoming, Outgoing
from parley.realtime.schemas import (
    ConnectError,
    ErrorEvent,
    Session,
    SessionEnded,
    TokenExpired,
)
from parley.settings import Rate, Settings

from . import examples
from .shapes import Schema, components, schema_of

_EVERYBODY = ("session", "error", "connect_error", "token_expired", "session_ended")


def asyncapi(dialects: Mapping[str, Dialect], settings: Settings) -> Schema:
    """The document, for these dialects; limits are told as they are in `settings`."""
    channels = {name: _channel(dialect) for name, dialect in dialects.items()}
    operations = {
        key: operation
        for dialect in dialects.values()
        for key, operation in _operations(dialect, settings).items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Parley",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": channels,
        "operations": operations,
        "components": {"messages": _common_messages(), "schemas": _schemas(dialects)},
    }


def answer_of(event: Incoming[Any]) -> Any:
    """The type of `data` in the acknowledgement, as the event's handler says; None when it is null."""
    told = get_type_hints(event.run)["return"]
    if get_origin(told) is Awaitable:
        (told,) = get_args(told)
    return None if told is type(None) else told


def sent_shapes(dialects: Mapping[str, Dialect]) -> list[Any]:
    """Everything that clients send."""
    return [event.payload for dialect in dialects.values() for event in dialect.incoming.values()]


def told_shapes(dialects: Mapping[str, Dialect]) -> list[Any]:
    """Everything that clients are told."""
    shapes: list[Any] = [Session[PartnerFound], ErrorEvent, ConnectError]
    shapes += [TokenExpired, SessionEnded]
    for dialect in dialects.values():
        answers = [answer_of(event) for event in dialect.incoming.values()]
        shapes += [answer for answer in answers if answer is not None]
        shapes += [arg for _, event in outgoing(dialect) for arg in event.args]
    return shapes


def outgoing(dialect: Dialect) -> list[tuple[type[Any], Outgoing]]:
    """The events that clients of a dialect are told, each with the struct that it is made of."""
    return [(kind, event) for kind, told in dialect.outgoing.items() for event in told]


# --- the parts -----------------------------------------------------------------------------------


def _channel(dialect: Dialect) -> Schema:
    messages: dict[str, Any] = {
        name: {"$ref": f"#/components/messages/{name}"} for name in (*_EVERYBODY, "done", "failure")
    }
    for name, incoming in dialect.incoming.items():
        args = (incoming.payload,) if incoming.payload.__struct_fields__ else ()
        messages[f"client.{name}"] = _message(name, incoming.summary, args, examples.sent(incoming))
        if (answer := answer_of(incoming)) is not None:
            shown = examples.answered(answer)
            messages[f"done.{name}"] = _done(f"{name}: done", schema_of(answer), shown)
    for kind, event in outgoing(dialect):
        shown = examples.told(kind, event)
        message = _message(event.name, event.summary, event.args, shown)
        messages[f"server.{event.name}"] = message
    return {
        "address": f"?dialect={dialect.name}",
        "title": dialect.name,
        "description": _greeting(dialect),
        "messages": messages,
    }


def _greeting(dialect: Dialect) -> str:
    if dialect.greets is None:
        return f"The dialect {dialect.name}. Nothing happens before the client asks for it."
    return f"The dialect {dialect.name}. Whoever connects is queued at once, without asking."


def _message(name: str, summary: str, args: tuple[Any, ...], shown: list[Any]) -> Schema:
    message: Schema = {"name": name, "title": name, "summary": summary}
    if len(args) == 1:
        message["payload"] = schema_of(args[0])
        message["examples"] = [{"name": name, "payload": shown[0]}]
    elif args:
        message["payload"] = {"type": "array", "items": [schema_of(arg) for arg in args]}
        message["examples"] = [{"name": name, "payload": shown}]
    return message


def _done(title: str, data: Schema, shown: Any) -> Schema:
    return {
        "name": "done",
        "title": title,
        "summary": "The acknowledgement of an event that succeeded.",
        "payload": {
            "type": "object",
            "properties": {"ok": {"const": True}, "data": data},
            "required": ["ok", "data"],
        },
        "examples": [{"name": "done", "payload": {"ok": True, "data": shown}}],
    }


def _operations(dialect: Dialect, settings: Settings) -> dict[str, Schema]:
    channel = {"$ref": f"#/channels/{dialect.name}"}

    def messages(*names: str) -> list[Schema]:
        return [{"$ref": f"#/channels/{dialect.name}/messages/{name}"} for name in names]

    found: dict[str, Schema] = {}
    for name, incoming in dialect.incoming.items():
        done = "done" if answer_of(incoming) is None else f"done.{name}"
        found[f"{dialect.name}.client.{name}"] = {
            "action": "receive",
            "channel": channel,
            "title": name,
            "summary": incoming.summary,
            "description": limit_of(incoming, settings),
            "messages": messages(f"client.{name}"),
            "reply": {"channel": channel, "messages": messages(done, "failure")},
        }
    for _, event in outgoing(dialect):
        kept = "Not kept for those who are away." if event.volatile else _KEPT
        found[f"{dialect.name}.server.{event.name}"] = {
            "action": "send",
            "channel": channel,
            "title": event.name,
            "summary": event.summary,
            "description": kept,
            "messages": messages(f"server.{event.name}"),
        }
    found[f"{dialect.name}.server"] = {
        "action": "send",
        "channel": channel,
        "title": "every connection",
        "summary": "What every connection is told, whatever its dialect.",
        "messages": messages(*_EVERYBODY),
    }
    return found


def limit_of(event: Incoming[Any], settings: Settings) -> str:
    """How often the event may be sent."""
    name = f"limit_{event.limit}"
    rate: Rate = getattr(settings, name)
    return (
        f"Counts against `{name.upper()}`: {rate.rate:g} a second on average, {rate.burst} at once; "
        "beyond that `rate_limited`."
    )


def _common_messages() -> dict[str, Schema]:
    def message(name: str, summary: str, shape: Any, *shown: Any) -> Schema:
        payloads = [{"name": name, "payload": examples.as_json(one)} for one in shown]
        return {"name": name, "title": name, "summary": summary, "payload": schema_of(shape)} | {
            "examples": payloads
        }

    failed = {"ok": False, "error": examples.as_json(examples.NOT_ACKNOWLEDGED)}
    return {
        "session": message(
            "session",
            "Who you are. The first event; again when the connection came back.",
            Session[PartnerFound],
            examples.ARRIVED,
            examples.RECOVERED,
        ),
        "error": message(
            "error",
            "What you sent without asking for an acknowledgement failed.",
            ErrorEvent,
            examples.FAILED,
        ),
        "connect_error": message(
            "connect_error",
            "You were not let in. On Socket.IO the CONNECT_ERROR packet, on /ws an event.",
            ConnectError,
            examples.REFUSED,
        ),
        "token_expired": message(
            "token_expired",
            "Your token is too old: show another one by `authenticate`, or the connection ends.",
            TokenExpired,
            examples.EXPIRED,
        ),
        "session_ended": message(
            "session_ended",
            "You are signed out, here or from elsewhere; the connection ends with this.",
            SessionEnded,
            examples.ENDED,
        ),
        "done": _done("done", {"type": "null"}, None),
        "failure": {
            "name": "failure",
            "title": "failed",
            "summary": "The acknowledgement of an event that failed.",
            "payload": {
                "type": "object",
                "properties": {"ok": {"const": False}, "error": schema_of(ErrorEvent)},
                "required": ["ok", "error"],
            },
            "examples": [{"name": "failure", "payload": failed}],
        },
    }


def _schemas(dialects: Mapping[str, Dialect]) -> dict[str, Schema]:
    shapes = components(sent_shapes(dialects), told_shapes(dialects))
    return shapes | {"PlainEvent": _PLAIN_EVENT, "PlainReply": _PLAIN_REPLY}


_KEPT = "Kept for a client whose transport broke, and delivered when it is back in time."

_ABOUT = """\
The events of Parley. A connection speaks one dialect: its event names and payload shapes. It is chosen by
`auth: {dialect}` (Socket.IO) or `?dialect=`, else by the first event that the client sends, else by the
server's DEFAULT_DIALECT.

Every event of a client may ask for an acknowledgement: `{"ok": true, "data": ...}` or
`{"ok": false, "error": {"code", "message", ...}}`. Without one, a failure comes back as the event `error`.

The prose is in `docs/protocol.md`."""

_SERVERS = {
    "socketio": {
        "host": "localhost:3000",
        "pathname": "/socket.io/",
        "protocol": "socket.io",
        "protocolVersion": "5",
        "description": (
            "Socket.IO protocol 5 on Engine.IO 4, namespace `/`, WebSocket or HTTP long-polling. A message's "
            "payload is the event's argument; a message without payload has none."
        ),
    },
    "plain": {
        "host": "localhost:3000",
        "pathname": "/ws",
        "protocol": "ws",
        "protocolVersion": "13",
        "description": (
            "A bare WebSocket. Text messages hold one JSON object: PlainEvent in both directions, PlainReply "
            "from the server. What Socket.IO clients give as `auth` comes in the query: "
            "`?token=...&dialect=...`."
        ),
    },
}

_PLAIN_EVENT: Schema = {
    "title": "PlainEvent",
    "description": "An event on `/ws`. With `id`, the client asks for an acknowledgement.",
    "type": "object",
    "properties": {
        "event": {"type": "string"},
        "data": {"description": "The event's argument; left out when it has none."},
        "args": {"description": "In place of `data`, when there are several.", "type": "array"},
        "id": {"type": "integer"},
    },
    "required": ["event"],
}

_PLAIN_REPLY: Schema = {
    "title": "PlainReply",
    "description": "The acknowledgement of the event whose `id` is `reply`, on `/ws`.",
    "type": "object",
    "properties": {
        "reply": {"type": "integer"},
        "ok": {"type": "boolean"},
        "data": {"description": "With `ok: true`."},
        "error": {"$ref": "#/components/schemas/ErrorEvent"},
    },
    "required": ["reply", "ok"],
}
