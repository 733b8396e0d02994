"""REST for forgotten passwords: have a link sent, and choose a new password by it."""

from __future__ import annotations

from typing import Annotated

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from parley.accounts.desk import Desk
from parley.accounts.door import MAX_BODY, Asked
from parley.accounts.schemas import Done, Identifier
from parley.kernel.errors import BadRequest


class Forgotten(Struct):
    """The address of the account whose password is forgotten."""

    email: Identifier


class Reset(Struct, rename="camel"):
    """The secret from the link, and the new password."""

    token: Annotated[str, Meta(min_length=1, max_length=100)]
    new_password: str
    confirm_password: str | UnsetType = UNSET


def reset_routes(desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers."""

    @post(
        "/api/auth/password/forgot",
        summary="Have a link sent for a new password",
        description="Answers the same, in the same time, whether or not there is such an account. 501 where no mail "
        "can be sent.",
        tags=["accounts"],
        response_description="If there is such an account, a letter is on its way to it.",
        status_code=200,
        request_max_body_size=MAX_BODY,
    )
    async def post_forgot(request: Asked, data: JSONBody[Forgotten]) -> Done:
        desk.visitors.refuse_foreign_page(request)
        desk.resets.ask(data.email, desk.visitors.device(request).address)
        return Done(message="If there is an account with that address, a letter is on its way.")

    @post(
        "/api/auth/password/reset",
        summary="Choose a new password by the link's secret",
        description="All sessions of the account end. The link is good once, for ten minutes.",
        tags=["accounts"],
        response_description="One can sign in with the new password.",
        status_code=200,
        request_max_body_size=MAX_BODY,
    )
    async def post_reset(request: Asked, data: JSONBody[Reset]) -> Done:
        desk.visitors.refuse_foreign_page(request)
        if data.confirm_password is not UNSET and data.confirm_password != data.new_password:
            raise BadRequest("The two new passwords differ.", field="confirmPassword")
        await desk.resets.redeem(data.token, data.new_password)
        return Done(message="Password changed")

    return [post_forgot, post_reset]
