"""What takes posts away and brings them back: people, the end of their time, a board's memory."""

from datetime import timedelta
from uuid import UUID

from maru_board.api import PostDeleted
from maru_board.errors import PostNotInTrash
from maru_board.files import clear
from maru_board.models import Post, PostTag
from maru_board.posts import service as posts
from maru_board.posts.seal import forget_seals
from maru_board.settings import BoardSettings
from maru_board.trash import queries
from maru_sdk import Context
from maru_sdk.db import col, delete

AT_ONCE = 200


async def trash_post(ctx: Context, post_id: UUID) -> UUID:
    """Puts a post into the trash, with its comments; answers the board that it stood on."""
    post = await posts.post_to_change(ctx, post_id)
    if post.gone != "trashed":
        await posts.audit_of_others(ctx, post, "board.post_deleted")
        await _leave(ctx, post, "trashed")
    return post.board_id


async def _leave(ctx: Context, post: Post, why: str) -> None:
    was_published = post.is_published
    gone = {"gone": why, "gone_at": ctx.now, "is_published": False}
    await posts.set_quietly(ctx, post.id, **gone)
    await ctx.db.execute(delete(PostTag).where(col(PostTag.post_id) == post.id))
    if was_published:
        await posts.count_posts(ctx, post.board_id, -1)
        await posts.tell(ctx, post, PostDeleted(post_id=post.id, board_id=post.board_id))
        await posts.changed(ctx, post, notice=post.is_notice)


async def restore_post(ctx: Context, post_id: UUID) -> None:
    """Takes a post out of the trash; one whose time hadn't come waits for it again."""
    post = await posts.post_to_change(ctx, post_id)
    if post.gone != "trashed":
        raise PostNotInTrash
    await posts.audit_of_others(ctx, post, "board.post_restored")
    post.gone, post.gone_at = "", None
    if post.expires_at is not None and post.expires_at <= ctx.now:
        post.expires_at = None
    await ctx.db.flush()
    await posts.write_tags(ctx, post)
    if post.published_at <= ctx.now:
        await posts.come_back(ctx, post)


async def purge_post(ctx: Context, post_id: UUID) -> UUID:
    """Removes a post from the trash for good."""
    post = await posts.post_to_change(ctx, post_id)
    if post.gone != "trashed":
        raise PostNotInTrash
    await posts.audit_of_others(ctx, post, "board.post_purged")
    board_id = post.board_id
    await _purge(ctx, [post_id])
    return board_id


async def expire_due(ctx: Context) -> int:
    """Takes away the posts whose time is over; their authors still see them."""
    ended = list(await ctx.db.scalars(queries.ended(ctx.now, AT_ONCE)))
    for post in ended:
        await _leave(ctx, post, "expired")
    return len(ended)


async def retire_old(ctx: Context) -> int:
    """Puts what is older than its board keeps posts into the trash."""
    old = 0
    for board in await ctx.read(queries.KEEPING):
        before = ctx.now - timedelta(days=board.retention_days)
        for post in await ctx.db.scalars(queries.older(board.id, before, AT_ONCE)):
            await _leave(ctx, post, "trashed")
            old += 1
    return old


async def purge_trash(ctx: Context) -> int:
    """Removes for good what has lain in the trash for as long as it is kept."""
    settings = await ctx.settings(BoardSettings)
    before = ctx.now - timedelta(days=settings.trash_days)
    ids = list(await ctx.db.scalars(queries.stale(before, AT_ONCE)))
    await _purge(ctx, ids)
    return len(ids)


async def _purge(ctx: Context, ids: list[UUID]) -> None:
    if ids:
        await ctx.db.execute(delete(Post).where(col(Post.id).in_(ids)))
        await forget_seals(ctx, *ids)
        await clear(ctx, *ids)
