"""`/admin/positions`: the ladder, from the top."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from maru.access.permissions import ORGANIZATION_MANAGE
from maru.admin.refused import beside
from maru.organization import positions as rules
from maru.organization.errors import PositionExists
from maru.organization.schemas import Name, PositionChange, PositionIn, PositionOut
from maru_sdk import Context, MaruError, Model, Redirect, action, page

HERE: Final = "/admin/positions"
BESIDE: Final[Mapping[type[MaruError], str]] = {PositionExists: "name"}


class PositionsView(Model):
    """All positions, and the form of a new one."""

    positions: list[PositionOut]


class PositionView(Model):
    """One position."""

    position: PositionOut


class PositionForm(Model):
    """The name of a position."""

    name: Name


@page("/positions", title="Positions", needs=ORGANIZATION_MANAGE,
      template="maru/admin/organization/positions.html")  # fmt: skip
async def positions(ctx: Context) -> PositionsView:
    """All positions."""
    return PositionsView(positions=await rules.listed(ctx))


@action("/positions", needs=ORGANIZATION_MANAGE, again=positions)
async def create(ctx: Context, form: PositionForm) -> Redirect:
    """Makes a position, the lowest."""
    with beside(ctx, BESIDE):
        made = await rules.created(ctx, PositionIn(name=form.name))
    return Redirect(to=HERE, message=ctx.t("{name} is added", name=made.name))


@page("/positions/{position_id}", title="Position", needs=ORGANIZATION_MANAGE,
      template="maru/admin/organization/position.html")  # fmt: skip
async def position(ctx: Context, position_id: UUID) -> PositionView:
    """One position."""
    return PositionView(position=await rules.one(ctx, position_id))


@action("/positions/{position_id}", needs=ORGANIZATION_MANAGE, again=position)
async def change(ctx: Context, position_id: UUID, form: PositionForm) -> Redirect:
    """Renames a position."""
    with beside(ctx, BESIDE):
        await rules.changed(ctx, position_id, PositionChange(name=form.name))
    return Redirect(to=HERE, message=ctx.t("The changes are saved"))


@action("/positions/{position_id}/up", needs=ORGANIZATION_MANAGE)
async def up(ctx: Context, position_id: UUID) -> Redirect:
    """Puts a position one place higher."""
    await rules.moved(ctx, position_id, -1)
    return Redirect(to=HERE)


@action("/positions/{position_id}/down", needs=ORGANIZATION_MANAGE)
async def down(ctx: Context, position_id: UUID) -> Redirect:
    """Puts a position one place lower."""
    await rules.moved(ctx, position_id, 1)
    return Redirect(to=HERE)


@action("/positions/{position_id}/remove", needs=ORGANIZATION_MANAGE, again=position)
async def remove(ctx: Context, position_id: UUID) -> Redirect:
    """Takes a position away that nobody holds."""
    with beside(ctx, {}):
        await rules.removed(ctx, position_id)
    return Redirect(to=HERE, message=ctx.t("The position is removed"))


PAGES = (positions, create, position, change, up, down, remove)
