"""Posts that go to another board, or are written there again."""

from uuid import UUID

from maru_board import tags
from maru_board.api import PostMoved
from maru_board.errors import AnonymousStays, PostNotFound
from maru_board.files import copy_pictures
from maru_board.models import Board, Post, Revision
from maru_board.posts import service as posts
from maru_board.posts.seal import seal
from maru_board.schemas import PostIn
from maru_sdk import Context
from maru_sdk.db import col, update


async def move_post(ctx: Context, post_id: UUID, board_id: UUID) -> None:
    """Moves a post with its comments and files to a board on which one may write."""
    post = await posts.post_to_change(ctx, post_id)
    board = await _taken(ctx, post, board_id)
    if board.id == post.board_id:
        return
    await posts.audit_of_others(ctx, post, "board.post_moved", {"board": board.name})
    came_from, post.board_id = post.board_id, board.id
    if post.prefix not in board.prefixes:
        post.prefix = ""
    await ctx.db.flush()
    await posts.write_tags(ctx, post)
    if not post.is_published:
        return
    await posts.count_posts(ctx, came_from, -1)
    await posts.count_posts(ctx, board.id, +1)
    moved = PostMoved(post_id=post.id, board_id=board.id, from_id=came_from)
    await posts.tell(ctx, post, moved)
    await posts.changed(ctx, post, notice=post.is_notice)
    await tags.forget_board(ctx, came_from)


async def copy_post(ctx: Context, post_id: UUID, board_id: UUID) -> UUID:
    """Writes a post again on another board, by the person at hand: without comments and what is
    attached, with pictures of its own."""
    post = await posts.shown_post(ctx, post_id)
    if post.author is None:
        raise AnonymousStays
    words = post.model_dump(include={"title", "markdown", "tags"})
    body = PostIn(**words, content=post.html, board_id=board_id)
    copy_id = await posts.create_post(ctx, body)
    await copy_pictures(ctx, post.id, copy_id)
    return copy_id


async def _taken(ctx: Context, post: Post, board_id: UUID) -> Board:
    board = await posts.board_to_write_on(ctx, board_id)
    if post.gone == "trashed":
        raise PostNotFound
    if post.author_id is None and not board.is_anonymous:
        raise AnonymousStays
    if post.author_id is not None and board.is_anonymous:
        await _seal_moved(ctx, post)
    return board


async def _seal_moved(ctx: Context, post: Post) -> None:
    """Who wrote it is sealed with the rest; who changed it before isn't named either."""
    if post.author_id is not None:
        await seal(ctx, post.id, post.author_id)
    post.author_id = None
    unnamed = update(Revision).where(col(Revision.post_id) == post.id).values(editor_id=None)
    await ctx.db.execute(unnamed)
