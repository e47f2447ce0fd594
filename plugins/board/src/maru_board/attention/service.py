"""The rules of reading: what a reading leaves."""

from uuid import UUID

from maru_board.attention.models import PostView
from maru_board.models import Post
from maru_board.posts import service as post_rules
from maru_sdk import Context
from maru_sdk.db import col, insert, uuid7


async def note_reader(ctx: Context, post_id: UUID) -> bool:
    """Counts the reader of a published post; answers whether it was their first reading."""
    seen = insert(PostView).values(id=uuid7(), post_id=post_id, person_id=ctx.me.id)
    noted = await ctx.db.scalar(seen.on_conflict_do_nothing().returning(col(PostView.id)))
    if noted is None:
        return False
    await post_rules.set_quietly(ctx, post_id, view_count=col(Post.view_count) + 1)
    return True
