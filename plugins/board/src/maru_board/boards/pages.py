"""The list of boards, and the pages on which they are made, changed and removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from maru_board import queries
from maru_board.attention.reading import unread_boards
from maru_board.boards import service
from maru_board.boards.jobs import Purge, purge_board
from maru_board.boards.kinds import kinds
from maru_board.permissions import MANAGE, READ
from maru_board.reading import board_of, cards, groups_of
from maru_board.schemas import BoardCard, BoardIn, BoardOut, GroupForm, GroupOut
from maru_board.settings import BoardSettings, new_since
from maru_sdk import Context, Model, NotFound, Redirect, action, page


class Grouped(Model):
    """Boards that stand together; those without a group stand first, without a name."""

    name: str
    boards: list[BoardCard]


class Boards(Model):
    """The boards with their latest posts, in groups; archived ones apart."""

    groups: list[Grouped]
    archived: list[BoardCard]
    new_since: datetime
    unread: dict[UUID, int]
    can_manage: bool


@page("/", title="Boards", needs=READ)
async def boards(ctx: Context) -> Boards:
    """All boards."""
    found = [one for one in await cards(ctx) if ctx.can(READ, on=one)]
    if (await ctx.settings(BoardSettings)).order == "name":
        found.sort(key=lambda board: board.name)
    return Boards(
        groups=await _grouped(ctx, [one for one in found if not one.is_archived]),
        archived=[one for one in found if one.is_archived],
        new_since=await new_since(ctx),
        unread={one.board_id: one.unread for one in await unread_boards(ctx) if one.unread},
        can_manage=ctx.can(MANAGE),
    )


async def _grouped(ctx: Context, found: list[BoardCard]) -> list[Grouped]:
    named: dict[UUID | None, str] = {None: ""}
    named |= {group.id: group.name for group in await groups_of(ctx)}
    parts = ((name, [b for b in found if b.group_id == key]) for key, name in named.items())
    return [Grouped(name=name, boards=boards) for name, boards in parts if boards]


# Managing


class Manage(Model):
    """All boards and the form of a new one."""

    boards: list[BoardOut]
    groups: list[GroupOut]
    kinds: dict[str, str]
    board_schema: dict[str, Any]
    group_schema: dict[str, Any]


@page("/manage", title="Manage boards", needs=MANAGE)
async def manage(ctx: Context) -> Manage:
    """Boards as their managers see them."""
    found = await kinds(ctx)
    return Manage(
        boards=list(await ctx.read(queries.BOARDS)),
        groups=await groups_of(ctx),
        kinds={key: kind.title for key, kind in found.items()},
        board_schema=await _board_schema(ctx),
        group_schema=GroupForm.model_json_schema(),
    )


async def _board_schema(ctx: Context, kept: str = "normal") -> dict[str, Any]:
    """What `fields_of` draws: the kinds and groups that there are now, and the kind that the board
    has, whoever knows it."""
    schema = BoardIn.model_json_schema()
    titles = {key: kind.title for key, kind in (await kinds(ctx)).items()}
    titles.setdefault(kept, kept)
    groups = {str(group.id): group.name for group in await groups_of(ctx)}
    properties = schema["properties"]
    properties["kind"] |= {"enum": [*titles], "x-titles": titles}
    properties["group_id"] = {"title": "Group", "enum": [*groups], "x-names": groups}
    if not groups:
        del properties["group_id"]
    return schema


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
    schema = await _board_schema(ctx, board.kind)
    return ManageOne(board=board, board_schema=schema, is_private=is_private)


@action("/manage/{board_id}", needs=MANAGE, again=manage_one)
async def change_board(ctx: Context, board_id: UUID, form: BoardIn) -> Redirect:
    """Changes a board."""
    await service.change_board(ctx, board_id, form)
    return Redirect(to="/board/manage", message=ctx.t("{name} was saved.", name=form.name))


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


@action("/manage/groups", needs=MANAGE, again=manage)
async def create_group(ctx: Context, form: GroupForm) -> Redirect:
    """Adds a group."""
    await service.create_group(ctx, form)
    return Redirect(to="/board/manage", message=ctx.t("{name} was created.", name=form.name))


class ManageGroup(Model):
    """A group's form."""

    group: GroupOut
    group_schema: dict[str, Any]


@page("/manage/groups/{group_id}", title="Change group", needs=MANAGE)
async def manage_group(ctx: Context, group_id: UUID) -> ManageGroup:
    """A group as its managers change it."""
    group = next((one for one in await groups_of(ctx) if one.id == group_id), None)
    if group is None:
        raise NotFound
    return ManageGroup(group=group, group_schema=GroupForm.model_json_schema())


@action("/manage/groups/{group_id}", needs=MANAGE, again=manage_group)
async def change_group(ctx: Context, group_id: UUID, form: GroupForm) -> Redirect:
    """Changes a group."""
    await service.change_group(ctx, group_id, form)
    return Redirect(to="/board/manage", message=ctx.t("{name} was saved.", name=form.name))


@action("/manage/groups/{group_id}/delete", needs=MANAGE)
async def delete_group(ctx: Context, group_id: UUID) -> Redirect:
    """Takes a group away; its boards stay."""
    await service.delete_group(ctx, group_id)
    return Redirect(to="/board/manage", message=ctx.t("The group was deleted."))


PAGES = (
    create_group,
    manage_group,
    change_group,
    delete_group,
    boards,
    manage,
    create_board,
    manage_one,
    change_board,
    delete_one,
    delete_board,
)
