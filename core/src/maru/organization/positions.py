"""The rules of positions: names that occur once, in an order from the top."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from maru.identity.models import Position
from maru.identity.names import name_key
from maru.organization import queries
from maru.organization.errors import PositionExists, PositionInUse, PositionNotFound
from maru.organization.people import people_changed
from maru.organization.schemas import PositionChange, PositionIn, PositionOut
from maru_sdk import Context
from maru_sdk.db import col, uuid7


async def listed(ctx: Context) -> list[PositionOut]:
    """All positions from the top."""
    return list(await ctx.read(queries.POSITIONS))


async def one(ctx: Context, position_id: UUID) -> PositionOut:
    """One position; raises PositionNotFound."""
    for found in await listed(ctx):
        if found.id == position_id:
            return found
    raise PositionNotFound


async def created(ctx: Context, given: PositionIn) -> PositionOut:
    """A new position, the lowest unless its rank is given."""
    row: dict[str, Any] = {"id": uuid7(), "name": given.name, "name_key": name_key(given.name)}
    lowest = sa.select(sa.func.coalesce(sa.func.max(col(Position.rank)), -1) + 1).scalar_subquery()
    row["rank"] = lowest if given.rank is None else given.rank
    await _written(ctx, sa.insert(Position).values(row), given.name)
    said = given.model_dump(mode="json", exclude_none=True)
    await ctx.audit("position.created", f"position:{row['id']}", after=said)
    await people_changed(ctx)
    return await one(ctx, row["id"])


async def changed(ctx: Context, position_id: UUID, change: PositionChange) -> PositionOut:
    """A position renamed or put elsewhere in the order; what is left out stays."""
    was = await one(ctx, position_id)
    given = change.model_dump(exclude_unset=True)
    fresh = {name: value for name, value in given.items() if value != getattr(was, name)}
    if not fresh:
        return was
    row = dict(fresh)
    if "name" in row:
        row["name_key"] = name_key(row["name"])
    statement = sa.update(Position).where(col(Position.id) == position_id).values(row)
    await _written(ctx, statement, fresh.get("name", was.name))
    before = {name: getattr(was, name) for name in fresh}
    await ctx.audit("position.changed", f"position:{position_id}", before=before, after=fresh)
    await people_changed(ctx)
    return await one(ctx, position_id)


async def moved(ctx: Context, position_id: UUID, by: int) -> None:
    """Puts a position so many places lower; all are numbered anew, from 0."""
    order = [found.id for found in await listed(ctx)]
    if position_id not in order:
        raise PositionNotFound
    at = order.index(position_id)
    place = min(max(at + by, 0), len(order) - 1)
    order.insert(place, order.pop(at))
    table: Any = Position.__table__  # type: ignore[attr-defined]
    places = sa.func.array_position(
        sa.bindparam("order", order, type_=sa.ARRAY(sa.Uuid())), table.c.id
    )
    await ctx.db.execute(sa.update(table).values(rank=places - 1))
    before, after = {"rank": at}, {"rank": place}
    await ctx.audit("position.changed", f"position:{position_id}", before=before, after=after)
    await people_changed(ctx)


async def removed(ctx: Context, position_id: UUID) -> None:
    """Takes a position away that nobody holds; raises PositionInUse."""
    was = await one(ctx, position_id)
    try:
        async with ctx.db.begin_nested():
            await ctx.db.execute(sa.delete(Position).where(col(Position.id) == position_id))
    except IntegrityError:
        raise PositionInUse from None
    said = {"name": was.name, "rank": was.rank}
    await ctx.audit("position.removed", f"position:{position_id}", before=said)
    await people_changed(ctx)


async def _written(ctx: Context, statement: Any, name: str) -> None:
    try:
        async with ctx.db.begin_nested():
            await ctx.db.execute(statement)
    except IntegrityError:
        raise PositionExists(name=name) from None
