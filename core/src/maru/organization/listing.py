"""Lists of people: narrowed by what is sought, by department, position and state."""

from typing import Any
from uuid import UUID

from maru.identity.people_queries import UserOut
from maru.organization.queries import BELOW, COLLEAGUES, LINES
from maru.organization.schemas import PersonLine, State
from maru.organization.ways import asked_for
from maru_sdk import Context, Page, PageParams


async def colleagues(
    ctx: Context,
    page: PageParams,
    q: str = "",
    department: UUID | None = None,
    *,
    below: bool = True,
) -> Page[UserOut]:
    """Active people, by name; of a department and, unless `below` is false, those below it."""
    args = await _narrowed(ctx, q, department, below=below) | {"state": "active"}
    return await ctx.page(COLLEAGUES.by(args), page, **args)


async def everybody(
    ctx: Context,
    page: PageParams,
    q: str = "",
    department: UUID | None = None,
    position: UUID | None = None,
    state: State | None = None,
) -> Page[PersonLine]:
    """People as administrators look for them, those who have left among them."""
    args = await _narrowed(ctx, q, department)
    args |= {"position": position} if position else {}
    args |= {"state": state} if state else {}
    return await ctx.page(LINES.by(args), page, **args)


async def _narrowed(
    ctx: Context, q: str, department: UUID | None, *, below: bool = True
) -> dict[str, Any]:
    args: dict[str, Any] = dict(asked_for(q))
    if department is not None and not below:
        args["departments"] = [department]
    elif department is not None:
        args["departments"] = [row.id for row in await ctx.read(BELOW, top=department)]
    return args
