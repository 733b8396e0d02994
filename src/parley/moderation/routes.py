"""REST for blocks, under /api/auth as seed 002 has it."""

from __future__ import annotations

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from parley.accounts import Desk, Principal, PublicUser, User
from parley.accounts.schemas import Done
from parley.kernel.clock import timestamp
from parley.kernel.errors import BadRequest, NotFound
from parley.moderation.blocks import Block, Blocks
from parley.moderation.schemas import BlockList, BlockShown

MAX_ID = 64


def routes(blocks: Blocks, desk: Desk) -> list[HTTPRouteHandler]:
    """The handlers."""
    users = desk.door.for_users

    @get(
        "/api/auth/blocks",
        summary="Whom one has blocked",
        description="Of strangers it is not told who they are.",
        response_description="One's blocks, the latest first.",
        **users,
    )
    async def get_blocks(principal: NamedDependency[Principal]) -> BlockList:
        found = await blocks.of(principal.user.id)
        users = await desk.accounts.several([one.handle for one in found])
        return BlockList(blocks=[_shown(one, users.get(one.handle)) for one in found])

    @post(
        "/api/auth/block/{user_id:str}",
        summary="Block somebody (seed 002)",
        description="Neither meets or reaches the other again. A stranger is blocked by the event `block_partner`.",
        response_description="They are blocked, as they perhaps were before.",
        status_code=200,
        **users,
    )
    async def post_block(principal: NamedDependency[Principal], user_id: FromPath[str]) -> Done:
        if user_id == principal.user.id:
            raise BadRequest("You cannot block yourself.")
        blocked = await desk.accounts.user(_plain(user_id))
        await blocks.block(principal.user.id, blocked.id)
        return Done(message="User blocked")

    @delete(
        "/api/auth/block/{user_id:str}",
        summary="Lift a block (seed 002)",
        description="By the `id` that the list of blocks gives; a user's own id is that of its block.",
        response_description="It is lifted.",
        status_code=200,
        **users,
    )
    async def delete_block(principal: NamedDependency[Principal], user_id: FromPath[str]) -> Done:
        await blocks.lift(principal.user.id, _plain(user_id))
        return Done(message="User unblocked")

    return [get_blocks, post_block, delete_block]


def _shown(block: Block, user: User | None) -> BlockShown:
    since = timestamp(block.since)
    if user is None:
        return BlockShown(id=block.handle, blocked_at=since)
    return BlockShown(id=block.handle, blocked_at=since, user=PublicUser.of(user))


def _plain(id: str) -> str:
    """An id as we make them: nothing else is worth asking a database for. Raises NotFound."""
    if len(id) > MAX_ID or not (id.isascii() and id.isprintable()):
        raise NotFound
    return id
