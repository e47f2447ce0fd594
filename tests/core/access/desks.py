"""What the tests of desks share: people, and changes in a unit of work of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from tests.core.identity.company import Company, Process

from maru.access.giver import Giver
from maru.access.permissions import PERMISSIONS
from maru.access.queries import RoleOut
from maru.access.role_desk import Draft
from maru.audit.trail import Actor
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.identity.models import Department, Person

KNOWN = frozenset(one.name for one in PERMISSIONS) | {"board:post:read", "board:post:write"}


@asynccontextmanager
async def changing(process: Process, company: Company) -> AsyncIterator[Unit]:
    """A unit of work that commits."""
    async with committing(process.database.unit(Scope(company.id))) as unit:
        yield unit


async def person(process: Process, company: Company, department: UUID | None = None) -> UUID:
    """Somebody without any role."""
    name = f"p{uuid4().hex[:10]}"
    row = Person(username=name, username_key=name, name=name, department_id=department)
    async with changing(process, company) as unit:
        unit.db.add(row)
        await unit.db.flush()
    return row.id


async def administrator(process: Process, company: Company) -> UUID:
    """Somebody who holds the role of administrators everywhere."""
    made = await person(process, company)
    async with changing(process, company) as unit:
        await process.roles.grant(unit, "admin", "person", made)
    return made


async def department(process: Process, company: Company, above: UUID, manager: UUID | None) -> UUID:
    """A department below another."""
    row = Department(name="팀", parent_id=above, manager_id=manager)
    async with changing(process, company) as unit:
        unit.db.add(row)
        await unit.db.flush()
    return row.id


async def giver(unit: Unit, person_id: UUID) -> Giver:
    """Somebody who changes rights."""
    return await Giver.of(unit, Actor(person_id))


async def role(
    process: Process, company: Company, by: UUID, name: str, *permissions: str
) -> RoleOut:
    """A role that an admin made."""
    draft = Draft(name, "", 100, frozenset(permissions))
    async with changing(process, company) as unit:
        return await process.rights.role_desk.create(unit, await giver(unit, by), draft, KNOWN)
