"""What open pages of a post hear of its comments."""

from uuid import UUID

from maru_board.channels import post
from maru_board.reading import readable_post
from maru_sdk import Context, Model


class Commented(Model):
    """A comment was written, or removed. Nobody is named where authors are sealed."""

    comment_id: UUID
    author_id: UUID | None


async def _said(ctx: Context, post_id: UUID, comment_id: UUID) -> Commented:
    named = (await readable_post(ctx, post_id)).author is not None
    return Commented(comment_id=comment_id, author_id=ctx.me.id if named else None)


async def tell_commented(ctx: Context, post_id: UUID, comment_id: UUID) -> None:
    """Tells the post's readers of a new comment, when it is written for good."""
    said = await _said(ctx, post_id, comment_id)
    await ctx.live.send(post.room(post_id=post_id), "commented", said)


async def tell_removed(ctx: Context, post_id: UUID, comment_id: UUID) -> None:
    """Tells the post's readers that a comment is gone."""
    said = await _said(ctx, post_id, comment_id)
    await ctx.live.send(post.room(post_id=post_id), "removed", said)
