"""The rules of posts: who may write, change and remove what, what is counted, and who hears of it.

Reading a counter and writing it back would lose what others do meanwhile, so counters are changed
by the statement itself, and what is about to change is locked first.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from maru_board import queries, tags
from maru_board.api import NoticesChanged, PostChanged, PostDeleted, PostPublished
from maru_board.boards.service import board_or_refuse
from maru_board.errors import (
    BoardClosed,
    BoardNotFound,
    EditedMeanwhile,
    PostAlreadyPublished,
    PostNotFound,
)
from maru_board.models import Board, Post
from maru_board.permissions import MODERATE, READ, WRITE
from maru_board.schemas import PostChange, PostIn, PostShown
from maru_sdk import Context, PermissionDenied
from maru_sdk.db import col, update


async def shown_post(ctx: Context, post_id: UUID) -> PostShown:
    """A post as its reader may see it: one that waits is its author's and the moderators'."""
    found = await ctx.read(queries.POST, post_id=post_id, reader=ctx.me.id)
    if not found or not _may_see(ctx, found[0]):
        raise PostNotFound
    return found[0]


def _may_see(ctx: Context, post: PostShown) -> bool:
    return ctx.can(READ, on=post) and (post.is_published or may_change(ctx, post, post.author.id))


async def set_quietly(ctx: Context, post_id: UUID, **values: Any) -> None:
    """Counting and publishing aren't editing: the time of the last change stays."""
    await ctx.db.execute(
        update(Post)
        .where(col(Post.id) == post_id)
        .values(updated_at=col(Post.updated_at), **values)
        .execution_options(synchronize_session=False)
    )


def may_change(ctx: Context, post: Post | PostShown, author_id: UUID) -> bool:
    """Authors change their own, moderators everything that stands on their boards."""
    return (ctx.user is not None and ctx.user.id == author_id) or ctx.can(MODERATE, on=post)


async def create_post(ctx: Context, body: PostIn) -> UUID:
    """Writes a post and publishes it, or leaves it waiting for its time."""
    board = await board_or_refuse(ctx, body.board_id)
    if not ctx.can(READ, on=board):
        raise BoardNotFound
    ctx.require(WRITE, on=board)
    check_open(board.name, board.is_closed)
    _check_marks(ctx, body, board, board.kind)
    at = max(body.publish_at or ctx.now, ctx.now)
    values = body.model_dump(exclude={"publish_at"})
    post = Post(**values, author_id=ctx.me.id, published_at=at, is_published=at == ctx.now)
    ctx.db.add(post)
    await ctx.db.flush()
    if post.is_published:
        await _announce(ctx, post)
    return post.id


def check_open(name: str, is_closed: bool) -> None:
    if is_closed:
        raise BoardClosed(board=name)


def _check_marks(
    ctx: Context, body: PostIn | PostChange, on: Board | Post, kind: str = "normal"
) -> None:
    """Notices reach everybody and pins stay on top, so both are the moderators'."""
    marked = body.is_notice or body.is_pinned or kind == "notice"
    if marked and not ctx.can(MODERATE, on=on):
        raise PermissionDenied


async def _publish(ctx: Context, post: Post) -> None:
    await set_quietly(ctx, post.id, is_published=True)
    await _announce(ctx, post)


async def _announce(ctx: Context, post: Post) -> None:
    """Counts and tells, in the transaction that makes the post readable: once."""
    await _count_posts(ctx, post.board_id, +1)
    event = PostPublished(
        post_id=post.id,
        board_id=post.board_id,
        author_id=post.author_id,
        title=post.title,
        is_notice=post.is_notice,
    )
    await ctx.publish(event)
    await _changed(ctx, post.board_id, post.id, notice=post.is_notice)


async def _changed(ctx: Context, board_id: UUID, post_id: UUID, *, notice: bool) -> None:
    if notice:
        await ctx.publish(NoticesChanged(post_id=post_id, board_id=board_id))
    await tags.forget_post(ctx, board_id, post_id, notice=notice)


async def _count_posts(ctx: Context, board_id: UUID, by: int) -> None:
    await ctx.db.execute(
        update(Board)
        .where(col(Board.id) == board_id)
        .values(post_count=col(Board.post_count) + by, updated_at=col(Board.updated_at))
        .execution_options(synchronize_session=False)
    )


async def _post_to_change(ctx: Context, post_id: UUID) -> Post:
    post: Post | None = await ctx.db.scalar(queries.post_locked(post_id))
    mine = post is not None and may_change(ctx, post, post.author_id)
    if post is None or not ctx.can(READ, on=post) or not (post.is_published or mine):
        raise PostNotFound
    ctx.require(WRITE, on=post)
    if not mine:
        raise PermissionDenied
    return post


async def change_post(ctx: Context, post_id: UUID, body: PostChange) -> None:
    """Replaces a post's words and marks."""
    post = await _post_to_change(ctx, post_id)
    if body.updated_at is not None and body.updated_at != post.updated_at:
        raise EditedMeanwhile
    if (body.is_notice, body.is_pinned) != (post.is_notice, post.is_pinned):
        _check_marks(ctx, body, post)
    await _audit_of_others(ctx, post, "board.post_changed", {"title": body.title})
    notice = post.is_notice or body.is_notice
    for name in ("title", "content", "is_notice", "is_pinned"):
        setattr(post, name, getattr(body, name))
    post.content_format = "html"
    await _settle_time(ctx, post, body.publish_at, notice=notice)


async def _settle_time(
    ctx: Context, post: Post, publish_at: datetime | None, *, notice: bool
) -> None:
    if publish_at is not None and post.is_published:
        raise PostAlreadyPublished
    if publish_at is not None:
        post.published_at = max(publish_at, ctx.now)
    await ctx.db.flush()
    if post.is_published:
        await ctx.publish(PostChanged(post_id=post.id, board_id=post.board_id))
        await _changed(ctx, post.board_id, post.id, notice=notice)
    elif post.published_at <= ctx.now:
        await _publish(ctx, post)


async def _audit_of_others(
    ctx: Context, post: Post, action: str, after: dict[str, Any] | None = None
) -> None:
    """What moderators do to others' posts leaves a trace; what authors do to their own doesn't."""
    if post.author_id != ctx.me.id:
        before = {"title": post.title, "author_id": str(post.author_id)}
        await ctx.audit(action, str(post.id), before=before, after=after)


async def delete_post(ctx: Context, post_id: UUID) -> UUID:
    """Removes a post with its comments; answers the board that it stood on."""
    post = await _post_to_change(ctx, post_id)
    await _audit_of_others(ctx, post, "board.post_deleted")
    board_id, was_published, was_notice = post.board_id, post.is_published, post.is_notice
    await ctx.db.delete(post)
    await ctx.db.flush()
    if was_published:
        await _count_posts(ctx, board_id, -1)
        await ctx.publish(PostDeleted(post_id=post_id, board_id=board_id))
        await _changed(ctx, board_id, post_id, notice=was_notice)
    return board_id


async def publish_due(ctx: Context, at_most: int = 200) -> int:
    """Publishes the posts whose time has come."""
    posts = list(await ctx.db.scalars(queries.due(ctx.now, at_most)))
    for post in posts:
        await _publish(ctx, post)
    return len(posts)
