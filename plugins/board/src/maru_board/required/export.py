"""Who has read a required post, as a file for Excel."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from maru_board.required.reading import everybody_asked, required
from maru_board.required.schemas import Asked
from maru_board.schemas import PostShown
from maru_sdk import Context
from maru_sdk.sheets import Sheet, xlsx_of


async def sheet_of(ctx: Context, post: PostShown) -> Sheet:
    """Everybody who must read the post, and how far they are."""
    asked = await everybody_asked(ctx, await required(ctx, post.id), open_only=False)
    names = {one.id: one.name for one in await ctx.people.departments()}
    rows = [_heads(ctx), *(_row(ctx, one, names) for one in asked)]
    await ctx.audit("board.readers.exported", str(post.id), after={"people": len(asked)})
    title = ctx.t("Required reading")
    content = await ctx.run(xlsx_of, rows, title)
    return Sheet(name=f"{title} {post.title[:60]}.xlsx", content=content)


def _heads(ctx: Context) -> list[str]:
    return [ctx.t("Name"), ctx.t("Department"), ctx.t("State"), ctx.t("Opened"), ctx.t("Confirmed")]


def _row(ctx: Context, one: Asked, names: dict[UUID, str]) -> Sequence[Any]:
    department = "" if one.department_id is None else names.get(one.department_id, "")
    times = [_at(ctx, one.read_at), _at(ctx, one.confirmed_at)]
    return [one.name, department, _state(ctx, one), *times]


def _state(ctx: Context, one: Asked) -> str:
    if one.confirmed_at is not None:
        return ctx.t("Confirmed")
    return ctx.t("Opened") if one.read_at is not None else ctx.t("Not opened")


def _at(ctx: Context, moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(ctx.zone)
