"""`/api/v1/admin/positions`."""

from uuid import UUID

from maru.access.permissions import ORGANIZATION_MANAGE
from maru.admin.people.routes import OWN_CHANGES
from maru.organization import positions as rules
from maru.organization.schemas import PositionChange, PositionIn, PositionOut
from maru_sdk import Context, delete, get, post, put


@get("/positions", needs=ORGANIZATION_MANAGE, no_store=OWN_CHANGES)
async def positions(ctx: Context) -> list[PositionOut]:
    """All positions from the top, with how many hold each."""
    return await rules.listed(ctx)


@get("/positions/{position_id}", needs=ORGANIZATION_MANAGE, no_store=OWN_CHANGES)
async def one_position(ctx: Context, position_id: UUID) -> PositionOut:
    """One position."""
    return await rules.one(ctx, position_id)


@post("/positions", needs=ORGANIZATION_MANAGE)
async def create_position(ctx: Context, body: PositionIn) -> PositionOut:
    """A new position, the lowest unless `rank` is given."""
    return await rules.created(ctx, body)


@put("/positions/{position_id}", needs=ORGANIZATION_MANAGE)
async def change_position(ctx: Context, position_id: UUID, body: PositionChange) -> PositionOut:
    """Renames a position or puts it elsewhere in the order; what is left out stays."""
    return await rules.changed(ctx, position_id, body)


@delete("/positions/{position_id}", needs=ORGANIZATION_MANAGE)
async def remove_position(ctx: Context, position_id: UUID) -> None:
    """Takes a position away; one that somebody holds is refused with POSITION_IN_USE."""
    await rules.removed(ctx, position_id)


ROUTES = (positions, one_position, create_position, change_position, remove_position)
