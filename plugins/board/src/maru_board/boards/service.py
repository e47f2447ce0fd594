"""The rules of boards: who may make and change them, and how one goes with all its posts."""

from typing import Any
from uuid import UUID

from maru_board import queries, tags
from maru_board.api import BoardDeleted
from maru_board.boards.kinds import kind_of
from maru_board.errors import BoardGroupUnknown, BoardNotEmpty, BoardNotFound
from maru_board.models import Board, BoardGroup, Post, SealedAuthor
from maru_board.permissions import MODERATE, MODERATOR, READ
from maru_board.schemas import BoardIn, GroupForm
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
    board = Board(**await _whole(ctx, body))
    ctx.db.add(board)
    await ctx.db.flush()
    await ctx.audit("board.created", str(board.id), after=body.model_dump())
    await tags.forget_board(ctx, board.id)
    return board.id


async def _whole(ctx: Context, body: BoardIn) -> dict[str, Any]:
    """A board's row: what is asked for, and what its kind says."""
    await _check_group(ctx, body.group_id)
    kind = await kind_of(ctx, body.kind)
    return body.model_dump() | kind.model_dump(exclude={"key", "title"})


async def _check_group(ctx: Context, group_id: UUID | None) -> None:
    if group_id and not await ctx.db.scalar(queries.group_locked(group_id)):
        raise BoardGroupUnknown(fields=[{"path": "group_id", "code": "unknown", "message": ""}])


async def change_board(ctx: Context, board_id: UUID, body: BoardIn) -> None:
    """Replaces what a board is called and how it behaves."""
    board = await board_or_refuse(ctx, board_id)
    before = {name: getattr(board, name) for name in BoardIn.model_fields}
    same_kind = body.kind == board.kind  # the plugin that knows it may be off just now
    values = body.model_dump() if same_kind else await _whole(ctx, body)
    await _check_group(ctx, body.group_id)
    for name, value in values.items():
        setattr(board, name, value)
    await ctx.db.flush()
    await ctx.audit("board.changed", str(board_id), before=before, after=body.model_dump())
    await tags.forget_board(ctx, board_id)


async def set_private(ctx: Context, board_id: UUID, private: bool) -> Board:
    """Has a board be open to those alone who were named for it, or to all again: only somebody who
    may read it opens it. A moderator who closes it is named first, or they would shut themselves
    out."""
    board = await board_or_refuse(ctx, board_id)
    if not private:
        ctx.require(READ, on=board)
    elif ctx.can(MODERATE, on=board):
        await ctx.access.give(board, MODERATOR, "person", ctx.me.id)
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
    if not has_posts:
        await ctx.access.clear(board)
    await ctx.audit("board.deleted", str(board_id), before={"name": board.name})
    await ctx.publish(BoardDeleted(board_id=board_id))
    await tags.forget_all_of(ctx, board_id)
    return has_posts


async def posts_left(ctx: Context, board_id: UUID) -> int:
    """How many posts of a deleted board are still there."""
    return await ctx.db.scalar(queries.left_of(board_id)) or 0


async def purge_board(ctx: Context, board_id: UUID) -> list[UUID]:
    """Removes some posts of a deleted board and answers which; at last, with none, the board and
    the rights on it, which shut out till then."""
    posts = list(await ctx.db.scalars(queries.some_of(board_id, PURGED_AT_ONCE)))
    if posts:
        await ctx.db.execute(delete(Post).where(col(Post.id).in_(posts)))
        await ctx.db.execute(delete(SealedAuthor).where(col(SealedAuthor.on_id).in_(posts)))
    elif board := await ctx.db.scalar(queries.deleted_board(board_id)):
        await ctx.access.clear(board)
        await ctx.db.delete(board)
        await ctx.db.flush()
    return posts


async def create_group(ctx: Context, body: GroupForm) -> None:
    """Adds a group of boards."""
    ctx.db.add(BoardGroup(**body.model_dump()))
    await ctx.db.flush()
    await ctx.audit("board.group_created", body.name, after=body.model_dump())
    await ctx.cache.drop(tags.BOARDS, tags.CARDS)


async def change_group(ctx: Context, group_id: UUID, body: GroupForm) -> None:
    """Renames a group, or puts it in another place."""
    group = await _group(ctx, group_id)
    before = {"name": group.name, "position": group.position}
    group.name, group.position = body.name, body.position
    await ctx.db.flush()
    await ctx.audit("board.group_changed", str(group_id), before=before, after=body.model_dump())
    await ctx.cache.drop(tags.BOARDS, tags.CARDS)


async def delete_group(ctx: Context, group_id: UUID) -> None:
    """Takes a group away; its boards stand without one."""
    group = await _group(ctx, group_id)
    await ctx.audit("board.group_deleted", str(group_id), before={"name": group.name})
    await ctx.db.delete(group)
    await ctx.db.flush()
    await ctx.cache.drop(tags.BOARDS, tags.CARDS)


async def _group(ctx: Context, group_id: UUID) -> BoardGroup:
    found: BoardGroup | None = await ctx.db.scalar(queries.group_locked(group_id))
    if found is None:
        raise BoardGroupUnknown
    return found
