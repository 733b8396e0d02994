"""REST for blocks, under /api/auth as seed 002 has it."""

from __future__ import annotations

from litestar import delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from parley.accounts.door import Door
from parley.accounts.schemas import Answer, Principal
from parley.moderation.blocks import Blocks
from parley.moderation.schemas import BlockList


def routes(blocks: Blocks, door: Door) -> list[HTTPRouteHandler]:
    """The handlers."""
    dependencies = {"principal": Provide(door.principal)}
    security = [{"user": list[str]()}]

    @get(
        "/api/auth/blocks",
        summary="Whom one has blocked",
        description="Of strangers it is not told who they are.",
        tags=["accounts"],
        response_description="One's blocks, the latest first.",
        dependencies=dependencies,
        security=security,
    )
    async def get_blocks(principal: NamedDependency[Principal]) -> BlockList:
        return BlockList(blocks=await blocks.of(principal.user.id))

    @post(
        "/api/auth/block/{user_id:str}",
        summary="Block somebody (seed 002)",
        description="Neither meets or reaches the other again. A stranger is blocked by the event `block_partner`.",
        tags=["accounts"],
        response_description="They are blocked, as they perhaps were before.",
        status_code=200,
        dependencies=dependencies,
        security=security,
    )
    async def post_block(principal: NamedDependency[Principal], user_id: FromPath[str]) -> Answer:
        await blocks.block(principal.user.id, user_id)
        return Answer(message="User blocked")

    @delete(
        "/api/auth/block/{user_id:str}",
        summary="Lift a block (seed 002)",
        description="By the `id` that the list of blocks gives; a user's own id is that of its block.",
        tags=["accounts"],
        response_description="It is lifted.",
        status_code=200,
        dependencies=dependencies,
        security=security,
    )
    async def delete_block(principal: NamedDependency[Principal], user_id: FromPath[str]) -> Answer:
        await blocks.lift(principal.user.id, user_id)
        return Answer(message="User unblocked")

    return [get_blocks, post_block, delete_block]
