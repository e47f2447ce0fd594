"""The JSON API of earlier versions."""

from uuid import UUID

from maru_board.permissions import WRITE
from maru_board.revisions import queries
from maru_board.revisions.pages import changeable
from maru_board.revisions.schemas import RevisionLine
from maru_sdk import Context, get


@get("/posts/{post_id}/revisions", needs=WRITE, no_store="a change may come at any moment")
async def revisions(ctx: Context, post_id: UUID) -> list[RevisionLine]:
    """A post's changes, the last one first, for those who may change it."""
    await changeable(ctx, post_id)
    return list(await ctx.read(queries.REVISIONS, post_id=post_id))


ROUTES = (revisions,)
