"""The list of boards, and the pages on which they are made, changed and removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from maru_board import queries
from maru_board.attention.reading import unread_boards
from maru_board.boards import service
from maru_board.boards.jobs import Purge, purge_board
from maru_board.permissions import MANAGE, READ
from maru_board.reading import board_of, cards
from maru_board.schemas import BoardCard, BoardIn, BoardOut
from maru_board.settings import new_since
from maru_sdk import Context, Model, Redirect, action, page


class Boards(Model):
    """The boards with their latest posts."""

    boards: list[BoardCard]
    new_since: datetime
    unread: dict[UUID, int]
    can_manage: bool


@page("/", title="Boards", needs=READ)
async def boards(ctx: Context) -> Boards:
    """All boards."""
    found = [one for one in await cards(ctx) if ctx.can(READ, on=one)]
    return Boards(
        boards=found,
        new_since=await new_since(ctx),
        unread={one.board_id: one.unread for one in await unread_boards(ctx) if one.unread},
        can_manage=ctx.can(MANAGE),
    )


# Managing


class Manage(Model):
    """All boards and the form of a new one."""

    boards: list[BoardOut]
    board_schema: dict[str, Any]


@page("/manage", title="Manage boards", needs=MANAGE)
async def manage(ctx: Context) -> Manage:
    """Boards as their managers see them."""
    return Manage(
        boards=list(await ctx.read(queries.BOARDS)), board_schema=BoardIn.model_json_schema()
    )


@action("/manage", needs=MANAGE, again=manage)
async def create_board(ctx: Context, form: BoardIn) -> Redirect:
    """Adds a board."""
    await service.create_board(ctx, form)
    return Redirect(to="/board/manage", message=ctx.t("{name} was created.", name=form.name))


class ManageOne(Model):
    """A board's form."""

    board: BoardOut
    board_schema: dict[str, Any]
    is_private: bool


@page("/manage/{board_id}", title="Change board", needs=MANAGE)
async def manage_one(ctx: Context, board_id: UUID) -> ManageOne:
    """A board as its managers change it."""
    board = await board_of(ctx, board_id)
    is_private = await ctx.is_private(board)
    return ManageOne(board=board, board_schema=BoardIn.model_json_schema(), is_private=is_private)


@action("/manage/{board_id}", needs=MANAGE, again=manage_one)
async def change_board(ctx: Context, board_id: UUID, form: BoardIn) -> Redirect:
    """Changes a board."""
    await service.change_board(ctx, board_id, form)
    return Redirect(to="/board/manage", message=ctx.t("{name} was saved.", name=form.name))


class Privacy(Model):
    """Whether a board is to be open to those alone who were named for it."""

    private: bool


@action("/manage/{board_id}/private", needs=MANAGE)
async def set_private(ctx: Context, board_id: UUID, form: Privacy) -> Redirect:
    """Makes a board private, or open again."""
    board = await service.set_private(ctx, board_id, form.private)
    if form.private:
        said = ctx.t("{name} is private now.", name=board.name)
    else:
        said = ctx.t("{name} is open again.", name=board.name)
    return Redirect(to=f"/board/manage/{board_id}", message=said)


class DeleteOne(Model):
    """A board that somebody means to delete."""

    board: BoardOut


@page("/manage/{board_id}/delete", title="Delete board", needs=MANAGE)
async def delete_one(ctx: Context, board_id: UUID) -> DeleteOne:
    """Asks, before a board goes with all its posts, whether that is meant."""
    return DeleteOne(board=await board_of(ctx, board_id))


@action("/manage/{board_id}/delete", needs=MANAGE)
async def delete_board(ctx: Context, board_id: UUID) -> Redirect:
    """Deletes a board with all its posts: `delete_one` has asked whether that is meant."""
    if await service.delete_board(ctx, board_id, with_posts=True):
        await ctx.jobs.enqueue(purge_board, Purge(board_id=board_id))
    return Redirect(to="/board/manage", message=ctx.t("The board was deleted."))


PAGES = (
    boards,
    manage,
    create_board,
    manage_one,
    change_board,
    set_private,
    delete_one,
    delete_board,
)
