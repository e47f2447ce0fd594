"""What a post said before each of its last changes."""

from typing import Final

from maru_board.models import Post, Revision
from maru_sdk import Context
from maru_sdk.db import col, delete

KEPT: Final = 50


async def keep_revision(ctx: Context, post: Post) -> None:
    """Keeps what is about to be replaced; of very many changes the last ones."""
    ctx.db.add(
        Revision(
            post_id=post.id,
            version=post.version,
            editor_id=None if post.author_id is None else ctx.me.id,
            title=post.title,
            content=post.content,
        )
    )
    old = (col(Revision.post_id) == post.id, col(Revision.version) <= post.version - KEPT)
    await ctx.db.execute(delete(Revision).where(*old))
