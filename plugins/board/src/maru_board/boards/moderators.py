"""What a board's moderators settle themselves: its prefixes, and what posts may begin with."""

from typing import Any
from uuid import UUID

from pydantic import Field

from maru_board import queries, tags
from maru_board.access.shown import BoardAccess, access_to
from maru_board.boards.service import board_or_refuse
from maru_board.models import PostTemplate
from maru_board.permissions import MODERATE
from maru_board.reading import readable_board
from maru_board.schemas import BoardOut, Description, Template, TemplateForm, Word
from maru_sdk import Context, Model, NotFound, Redirect, action, page
from maru_sdk.db import col, delete


class SettingsForm(Model):
    """What moderators may change of a board."""

    description: Description = Field("", title="Description")
    prefixes: list[Word] = Field([], title="Prefixes", description="One a line.", max_length=30)
    needs_prefix: bool = Field(False, title="Every post needs a prefix")


class BoardSettingsPage(Model):
    """A board's prefixes and templates, and who may do what on it."""

    board: BoardOut
    access: BoardAccess
    templates: list[Template]
    settings_schema: dict[str, Any]
    template_schema: dict[str, Any]


@page("/{board_id}/settings", title="Board settings", needs=MODERATE)
async def board_settings(ctx: Context, board_id: UUID, page: int = 1) -> BoardSettingsPage:
    """What a board's moderators may change of it."""
    board = await readable_board(ctx, board_id)
    ctx.require(MODERATE, on=board)
    return BoardSettingsPage(
        board=board,
        access=await access_to(ctx, board, page),
        templates=list(await ctx.read(queries.TEMPLATES, board_id=board_id)),
        settings_schema=SettingsForm.model_json_schema(),
        template_schema=TemplateForm.model_json_schema(),
    )


@action("/{board_id}/settings", needs=MODERATE, again=board_settings)
async def change_settings(ctx: Context, board_id: UUID, form: SettingsForm) -> Redirect:
    """Changes a board's description and prefixes."""
    board = await board_or_refuse(ctx, board_id)
    ctx.require(MODERATE, on=board)
    before = {name: getattr(board, name) for name in SettingsForm.model_fields}
    for name, value in form.model_dump().items():
        setattr(board, name, value)
    await ctx.db.flush()
    await ctx.audit("board.changed", str(board_id), before=before, after=form.model_dump())
    await tags.forget_board(ctx, board_id)
    to = f"/board/{board_id}/settings"
    return Redirect(to=to, message=ctx.t("{name} was saved.", name=board.name))


@action("/{board_id}/templates", needs=MODERATE)
async def add_template(ctx: Context, board_id: UUID, form: TemplateForm) -> Redirect:
    """Adds what a post may begin with."""
    ctx.require(MODERATE, on=await board_or_refuse(ctx, board_id))
    ctx.db.add(PostTemplate(board_id=board_id, **form.model_dump()))
    to = f"/board/{board_id}/settings"
    return Redirect(to=to, message=ctx.t("{name} was created.", name=form.name))


@action("/{board_id}/templates/{template_id}/delete", needs=MODERATE)
async def delete_template(ctx: Context, board_id: UUID, template_id: UUID) -> Redirect:
    """Removes a template."""
    ctx.require(MODERATE, on=await board_or_refuse(ctx, board_id))
    mine = (col(PostTemplate.board_id) == board_id, col(PostTemplate.id) == template_id)
    gone = delete(PostTemplate).where(*mine).returning(col(PostTemplate.id))
    if await ctx.db.scalar(gone) is None:
        raise NotFound
    to = f"/board/{board_id}/settings"
    return Redirect(to=to, message=ctx.t("The template was deleted."))


PAGES = (board_settings, change_settings, add_template, delete_template)
