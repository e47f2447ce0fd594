"""The rules of likes: one for each reader, however often and at once they press."""

from typing import Any
from uuid import UUID

from maru_board import tags
from maru_board.errors import PostNotFound
from maru_board.likes import queries
from maru_board.likes.models import PostLike
from maru_board.likes.schemas import Liked
from maru_board.models import Post
from maru_board.posts.service import set_quietly
from maru_board.queries import post_locked
from maru_board.reading import published_post
from maru_sdk import Context
from maru_sdk.db import col, delete, insert, uuid7


async def like(ctx: Context, post_id: UUID) -> Liked:
    """The reader likes a post; a second time changes nothing."""
    liked = insert(PostLike).values(id=uuid7(), post_id=post_id, person_id=ctx.me.id)
    once = liked.on_conflict_do_nothing().returning(col(PostLike.id))
    return await _counted(ctx, post_id, once, +1)


async def unlike(ctx: Context, post_id: UUID) -> Liked:
    """The reader likes a post no more."""
    mine = (col(PostLike.post_id) == post_id, col(PostLike.person_id) == ctx.me.id)
    gone = delete(PostLike).where(*mine).returning(col(PostLike.id))
    return await _counted(ctx, post_id, gone, -1)


async def _counted(ctx: Context, post_id: UUID, change: Any, by: int) -> Liked:
    post = await published_post(ctx, post_id)
    if await ctx.db.scalar(post_locked(post_id)) is None:
        raise PostNotFound
    if await ctx.db.scalar(change) is not None:
        await set_quietly(ctx, post_id, like_count=col(Post.like_count) + by)
        await ctx.cache.drop(tags.LINES.format(board_id=post.board_id))
    return await liked_by(ctx, post_id)


async def liked_by(ctx: Context, post_id: UUID) -> Liked:
    """Whether the reader likes a post, and how many do."""
    found = await ctx.read(queries.LIKED, post_id=post_id, reader=ctx.me.id)
    if not found:
        raise PostNotFound
    return found[0]
