"""`/api/v1/admin/organizations`: the tenant's departments."""

from uuid import UUID

from maru.access.permissions import ORGANIZATION_MANAGE
from maru.admin.people.routes import OWN_CHANGES
from maru.organization import departments
from maru.organization.schemas import DepartmentChange, DepartmentIn, DepartmentOut
from maru_sdk import Context, delete, get, post, put


@get("/organizations", needs=ORGANIZATION_MANAGE, no_store=OWN_CHANGES)
async def organizations(ctx: Context) -> list[DepartmentOut]:
    """All departments, each before those below it, with head counts."""
    return await departments.listed(ctx)


@get("/organizations/{department_id}", needs=ORGANIZATION_MANAGE, no_store=OWN_CHANGES)
async def one_organization(ctx: Context, department_id: UUID) -> DepartmentOut:
    """One department."""
    return await departments.one(ctx, department_id)


@post("/organizations", needs=ORGANIZATION_MANAGE)
async def create_organization(ctx: Context, body: DepartmentIn) -> DepartmentOut:
    """A new department, the last among its siblings."""
    return await departments.created(ctx, body)


@put("/organizations/{department_id}", needs=ORGANIZATION_MANAGE)
async def change_organization(
    ctx: Context, department_id: UUID, body: DepartmentChange
) -> DepartmentOut:
    """Renames, moves, puts in order or gives another manager; what is left out stays. A move below
    itself is refused with DEPARTMENT_CYCLE."""
    return await departments.changed(ctx, department_id, body)


@delete("/organizations/{department_id}", needs=ORGANIZATION_MANAGE)
async def remove_organization(ctx: Context, department_id: UUID) -> None:
    """Takes a department away; one that anything refers to is refused with DEPARTMENT_IN_USE."""
    await departments.removed(ctx, department_id)


ROUTES = (
    organizations,
    one_organization,
    create_organization,
    change_organization,
    remove_organization,
)
