"""What pages ask of required reading."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from maru_board import audience, tags
from maru_board.permissions import READ
from maru_board.required import queries
from maru_board.required.errors import RequirementNotFound
from maru_board.required.schemas import (
    Asked,
    Confirmed,
    DepartmentCount,
    Owed,
    Progress,
    RequirementOut,
    Standing,
)
from maru_sdk import Context, CursorParams, Page, cached
from maru_sdk.directory import Department

SHOWN_AFTER = timedelta(days=90)
MOST_OWED = 200
NOBODYS = UUID(int=0)


@cached("10m", tags=(tags.POST, tags.WITHDRAWN), audience="tenant")
async def requirement_of(ctx: Context, post_id: UUID) -> RequirementOut | None:
    """Until when and by whom a post must be read; None for most posts."""
    found = await ctx.read(queries.REQUIREMENT, post_id=post_id)
    return found[0] if found else None


async def required(ctx: Context, post_id: UUID) -> RequirementOut:
    """The same; raises RequirementNotFound for a post that nobody must read."""
    found = await requirement_of(ctx, post_id)
    if found is None:
        raise RequirementNotFound
    return found


async def confirmed_by_reader(ctx: Context, post_id: UUID) -> Confirmed:
    """Whether the reader has confirmed a post."""
    found = await ctx.read(queries.CONFIRMED, post_id=post_id, reader=ctx.me.id)
    return found[0] if found else Confirmed(confirmed_at=None)


async def owed(ctx: Context, at_most: int = MOST_OWED) -> list[Owed]:
    """What the reader must read and hasn't confirmed, the most urgent first."""
    since = ctx.now - SHOWN_AFTER
    found = await ctx.read(queries.OWED, reader=ctx.me.id, since=since, count=MOST_OWED)
    mine = [
        one.seen()
        for one in found
        if ctx.can(READ, on=one) and await audience.meant_for_reader(ctx, one)
    ]
    return mine[:at_most]


async def people_asked(
    ctx: Context, one: RequirementOut, page: CursorParams, *, open_only: bool
) -> Page[Asked]:
    """The people who must read a post, by name; with `open_only` those who haven't confirmed."""
    meant = await _meant(ctx, one)
    return await ctx.page(queries.ASKED, page, open_only=open_only, **meant)


async def everybody_asked(ctx: Context, one: RequirementOut, *, open_only: bool) -> Sequence[Asked]:
    """All of them at once."""
    return await ctx.read(queries.ASKED, open_only=open_only, **await _meant(ctx, one))


async def progress_of(ctx: Context, one: RequirementOut) -> Progress:
    """How far a post's required reading is, department by department in their order."""
    counts = list(await ctx.read(queries.BY_DEPARTMENT, **await _meant(ctx, one)))
    return Progress(
        people=sum(each.people for each in counts),
        opened=sum(each.opened for each in counts),
        confirmed=sum(each.confirmed for each in counts),
        departments=await _named(ctx, counts),
    )


async def _named(ctx: Context, counts: list[DepartmentCount]) -> list[Standing]:
    by_id = {one.department_id or NOBODYS: one for one in counts}
    nowhere = Department(id=NOBODYS, name=ctx.t("No department"))
    known = [*await ctx.people.departments(), nowhere]
    return [Standing(**dict(by_id[one.id]), name=one.name) for one in known if one.id in by_id]


async def _meant(ctx: Context, one: RequirementOut) -> dict[str, object]:
    departments = [] if one.everyone else await audience.departments_of(ctx, one)
    named = {"people": one.people, "roles": one.roles}
    meant = {"everyone": one.everyone, "departments": departments, **named}
    return {"post_id": one.post_id, **meant}
