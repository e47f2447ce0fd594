"""The rules of boards: who may make and change them, and how one goes with all its posts."""

from uuid import UUID

from maru_board import queries, tags
from maru_board.api import BoardDeleted
from maru_board.errors import BoardNotEmpty, BoardNotFound
from maru_board.models import Board, Post
from maru_board.permissions import READ
from maru_board.schemas import BoardIn
from maru_sdk import Context
from maru_sdk.db import col, delete

PURGED_AT_ONCE = 500


async def board_or_refuse(ctx: Context, board_id: UUID) -> Board:
    """A board that isn't deleted."""
    found: Board | None = await ctx.db.scalar(queries.board_locked(board_id))
    if found is None:
        raise BoardNotFound
    return found


async def create_board(ctx: Context, body: BoardIn) -> UUID:
    """Adds a board."""
    board = Board(**body.model_dump())
    ctx.db.add(board)
    await ctx.db.flush()
    await ctx.audit("board.created", str(board.id), after=body.model_dump())
    await tags.forget_board(ctx, board.id)
    return board.id


async def change_board(ctx: Context, board_id: UUID, body: BoardIn) -> None:
    """Replaces what a board is called and how it behaves."""
    board = await board_or_refuse(ctx, board_id)
    before = {name: getattr(board, name) for name in BoardIn.model_fields}
    for name, value in body.model_dump().items():
        setattr(board, name, value)
    await ctx.db.flush()
    await ctx.audit("board.changed", str(board_id), before=before, after=body.model_dump())
    await tags.forget_board(ctx, board_id)


async def set_private(ctx: Context, board_id: UUID, private: bool) -> Board:
    """Has a board be open to those alone whom a role on it was given to, or to all again: only
    somebody who may read it opens it."""
    board = await board_or_refuse(ctx, board_id)
    if not private:
        ctx.require(READ, on=board)
    await ctx.set_private(board, private)
    return board


async def delete_board(ctx: Context, board_id: UUID, *, with_posts: bool) -> bool:
    """Takes a board away; answers whether posts remain for the job that removes them."""
    board = await board_or_refuse(ctx, board_id)
    has_posts = await ctx.db.scalar(queries.some_of(board_id, 1)) is not None
    if has_posts and not with_posts:
        raise BoardNotEmpty(board=board.name, post_count=board.post_count)
    board.is_deleted = True
    await ctx.db.flush()
    await ctx.audit("board.deleted", str(board_id), before={"name": board.name})
    await ctx.publish(BoardDeleted(board_id=board_id))
    await tags.forget_all_of(ctx, board_id)
    return has_posts


async def posts_left(ctx: Context, board_id: UUID) -> int:
    """How many posts of a deleted board are still there."""
    return await ctx.db.scalar(queries.left_of(board_id)) or 0


async def purge_board(ctx: Context, board_id: UUID) -> list[UUID]:
    """Removes some posts of a deleted board and answers which; at last, with none, the board."""
    posts = list(await ctx.db.scalars(queries.some_of(board_id, PURGED_AT_ONCE)))
    if posts:
        await ctx.db.execute(delete(Post).where(col(Post.id).in_(posts)))
    else:
        await ctx.db.execute(delete(Board).where(col(Board.id) == board_id, col(Board.is_deleted)))
    return posts
