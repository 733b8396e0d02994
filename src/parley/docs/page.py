"""The `/schema` page: both documents as one page of HTML, without a script, from no other host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from .shapes import Schema
from .typescript import expression

STYLESHEET = "/schema/style.css"

_WORD = re.compile(r"[A-Za-z]+")
_CODE = re.compile(r"`([^`]*)`")


def page(openapi: Schema, asyncapi: Schema) -> str:
    """The page of these two documents."""
    rest, events = openapi["components"]["schemas"], asyncapi["components"]["schemas"]
    shapes: dict[str, Schema] = {**rest, **events}
    show = _Shapes(shapes)
    dialects = asyncapi["channels"]
    links = [("rest", "REST"), ("every", "Every connection")]
    links += [(f"dialect-{name}", f"Dialect {name}") for name in dialects]
    links += [("shapes", "Shapes")]
    sections = [
        _section("rest", "REST", _rest(openapi, show)),
        _section("every", "Every connection", _common(asyncapi, show)),
        *(
            _section(f"dialect-{name}", f"Dialect {name}", _dialect(asyncapi, name, show))
            for name in dialects
        ),
        _section("shapes", "Shapes", _all_shapes(shapes, show)),
    ]
    info = openapi["info"]
    menu = "".join(f'<li><a href="#{target}">{escape(text)}</a></li>' for target, text in links)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley: REST and events</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{STYLESHEET}">
</head>
<body>
<header>
<h1>Parley <small>{escape(info["version"])}</small></h1>
<p>What the server answers and tells, read from its code. The documents for tools:
<a href="/schema/openapi.json">openapi.json</a>, <a href="/schema/asyncapi.json">asyncapi.json</a>.</p>
</header>
<nav aria-label="On this page"><ul>{menu}</ul></nav>
<main>
{"".join(sections)}</main>
</body>
</html>
"""


class _Shapes:
    """Writes schemas in TypeScript's notation, with the names of shapes as links."""

    def __init__(self, shapes: Mapping[str, Schema]) -> None:
        self.shapes = shapes

    def line(self, schema: Schema) -> str:
        """In one line."""
        return self._linked(expression(schema))

    def block(self, schema: Schema) -> str:
        """A field a line, when it is an object; a reference is followed once."""
        name = schema.get("$ref", "").rpartition("/")[2]
        whole = self.shapes.get(name, schema)
        if not whole.get("properties"):
            return f"<pre><code>{self.line(whole)}</code></pre>"
        rows = []
        for field, kind in whole["properties"].items():
            mark = "" if field in whole.get("required", ()) else "?"
            rows.append(f"  {escape(field)}{mark}: {self.line(kind)}{_bounds(kind)}")
        return "<pre><code>{\n" + "\n".join(rows) + "\n}</code></pre>"

    def _linked(self, text: str) -> str:
        def link(word: re.Match[str]) -> str:
            name = word[0]
            return f'<a href="#shape-{name}">{name}</a>' if name in self.shapes else name

        return _WORD.sub(link, escape(text, quote=False))


def _bounds(schema: Schema) -> str:
    kinds = [schema, *schema.get("anyOf", ())]
    words = {"maxLength": "characters", "maxItems": "items"}
    found = [
        f"at most {kind[key]} {word}"
        for kind in kinds
        for key, word in words.items()
        if key in kind
    ]
    return f' <span class="bound">// {", ".join(found)}</span>' if found else ""


def _rest(document: Schema, show: _Shapes) -> str:
    parts = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = [
                f"<dt>{escape(status)}</dt><dd>{_prose(answer['description'])}{_content(answer, show)}</dd>"
                for status, answer in _answers(document, operation)
            ]
            needs = (
                "<p>Needs <code>Authorization: Bearer …</code></p>"
                if "security" in operation
                else ""
            )
            notes = _paragraph(operation.get("description"))
            parts.append(
                f"<article><h3><span class='method'>{method.upper()}</span> <code>{escape(path)}</code></h3>"
                f"{_paragraph(operation['summary'])}{notes}{needs}<dl>{''.join(answers)}</dl></article>\n"
            )
    return "".join(parts)


def _answers(document: Schema, operation: Schema) -> Iterable[tuple[str, Schema]]:
    for status, answer in operation["responses"].items():
        name = answer.get("$ref", "").rpartition("/")[2]
        yield status, document["components"]["responses"].get(name, answer)


def _content(answer: Schema, show: _Shapes) -> str:
    return "".join(
        f" <code>{escape(kind)}</code> <code>{show.line(body['schema'])}</code>"
        for kind, body in answer.get("content", {}).items()
    )


def _common(document: Schema, show: _Shapes) -> str:
    intro = "".join(_paragraph(text) for text in document["info"]["description"].split("\n\n"))
    servers = "".join(
        f"<dt><code>{escape(server['pathname'])}</code></dt><dd>{_prose(server['description'])}</dd>"
        for server in document["servers"].values()
    )
    messages = document["components"]["messages"]
    told = "".join(_event(message, show) for message in messages.values())
    return f"{intro}<dl>{servers}</dl>{told}"


def _dialect(document: Schema, name: str, show: _Shapes) -> str:
    channel = document["channels"][name]
    messages = channel["messages"]
    sides: dict[str, list[str]] = {"receive": [], "send": []}
    for key, operation in document["operations"].items():
        if not key.startswith((f"{name}.client.", f"{name}.server.")):
            continue
        message = messages[_target(operation["messages"][0])]
        notes = _paragraph(operation.get("description"))
        if reply := operation.get("reply"):
            done = messages[_target(reply["messages"][0])]
            data = done.get("payload", {}).get("properties", {}).get("data")
            if data is not None:
                notes += f"<p>Acknowledged with <code>{show.line(data)}</code></p>"
        sides[operation["action"]].append(_event(message, show, notes))
    return (
        f"{_paragraph(channel['description'])}"
        f"<h3>You send</h3>{''.join(sides['receive'])}<h3>You are told</h3>{''.join(sides['send'])}"
    )


def _target(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _event(message: Schema, show: _Shapes, notes: str = "") -> str:
    payload = message.get("payload")
    body = "<p>No payload.</p>" if payload is None else show.block(payload)
    shown = "".join(
        f"<details><summary>Example</summary><pre><code>{_json(one['payload'])}</code></pre></details>"
        for one in message.get("examples", ())
    )
    return (
        f"<article><h4><code>{escape(message['name'])}</code></h4>"
        f"{_paragraph(message['summary'])}{body}{notes}{shown}</article>\n"
    )


def _all_shapes(shapes: Mapping[str, Schema], show: _Shapes) -> str:
    return "".join(
        f'<article id="shape-{name}"><h4><code>{name}</code></h4>'
        f"{''.join(_paragraph(text) for text in schema.get('description', '').split(chr(10) * 2))}"
        f"{show.block(schema)}</article>\n"
        for name, schema in sorted(shapes.items())
    )


def _section(target: str, title: str, body: str) -> str:
    return f'<section id="{target}"><h2>{escape(title)}</h2>\n{body}</section>\n'


def _paragraph(text: str | None) -> str:
    return f"<p>{_prose(text)}</p>" if text else ""


def _prose(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def _json(value: Any) -> str:
    return escape(json.dumps(value, indent=2, ensure_ascii=False), quote=False)
