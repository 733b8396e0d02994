"""REST for pictures: put one up, take it down, look at one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.params import FromPath

from parley.accounts import schemas as s
from parley.accounts.avatars import MAX_BYTES, initials
from parley.accounts.desk import Desk
from parley.kernel.errors import BadRequest

_MULTIPART_OVERHEAD = 65_536
_INITIALS = re.compile(r"([0-9a-f]{24})\.svg")
# Whatever is in the file, it runs nothing; pages of other origins that may connect may show it.
_HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@dataclass
class _Upload(Operation):
    """The form, which Litestar cannot read off a handler that reads it itself."""

    def __post_init__(self) -> None:
        picture = Schema(
            type=OpenAPIType.STRING,
            format=OpenAPIFormat.BINARY,
            description="PNG, JPEG or WebP, at most 2 MiB.",
        )
        form = Schema(type=OpenAPIType.OBJECT, properties={"avatar": picture}, required=["avatar"])
        self.request_body = RequestBody(
            content={"multipart/form-data": OpenAPIMediaType(schema=form)}, required=True
        )


def avatar_routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers."""
    users = desk.door.for_users

    @post(
        "/api/auth/avatar",
        summary="Put one's picture up",
        response_description="One's account after the change.",
        status_code=200,
        **users,
        operation_class=_Upload,
        request_max_body_size=MAX_BYTES + _MULTIPART_OVERHEAD,
    )
    async def post_avatar(
        request: Request[Any, Any, Any], principal: NamedDependency[s.Principal]
    ) -> s.Changed:
        form = await request.form()
        file = form.get("avatar")
        if not isinstance(file, UploadFile):
            raise BadRequest("The form has no file called avatar.", field="avatar")
        name = await desk.avatars.keep(await file.read())
        left_over: str | None = name
        try:
            user, left_over = await desk.accounts.set_avatar(principal.user.id, name)
        finally:
            await desk.avatars.remove(left_over)
        return s.Changed(message="Picture updated", user=desk.shown(user))

    @delete(
        "/api/auth/avatar",
        summary="Take one's picture down",
        response_description="One's account after the change; its picture are the initials.",
        status_code=200,
        **users,
    )
    async def delete_avatar(principal: NamedDependency[s.Principal]) -> s.Changed:
        user, before = await desk.accounts.set_avatar(principal.user.id, None)
        await desk.avatars.remove(before)
        return s.Changed(message="Picture removed", user=desk.shown(user))

    @get(
        "/api/avatars/{name:str}",
        summary="A picture",
        tags=["accounts"],
        response_description="A PNG, a JPEG or a WebP; the initials are an SVG.",
        media_type="image/*",
    )
    async def get_avatar(name: FromPath[str]) -> Response[bytes]:
        if found := _INITIALS.fullmatch(name):
            user = await desk.accounts.user(found[1])
            return Response(
                initials(user).encode(),
                media_type="image/svg+xml",
                headers={"Cache-Control": "public, max-age=3600", **_HARMLESS},
            )
        picture = await desk.avatars.read(name)
        return Response(
            picture.content,
            media_type=picture.media_type,
            headers={"Cache-Control": "public, max-age=31536000, immutable", **_HARMLESS},
        )

    return [post_avatar, delete_avatar, get_avatar]
