"""Stores a demo company: its departments, people, roles and plugins, each step once.

Every step is a transaction that also notes that it is done, so a seeding that was killed goes on
where it stopped, and one that was finished costs a look.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.access.permissions import ADMIN, MANAGER, MEMBER
from maru.access.roles import Roles
from maru.crypto.passwords import Passwords
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.demo.staff import POSITIONS, SIGN_IN, Employee, Staff
from maru.demo.steps import PEOPLE, ROW
from maru.identity.models import Department, Person, Position
from maru.identity.names import department_sought, name_key, sought
from maru.identity.people import People
from maru.identity.sign_in import fold
from maru.tenancy.models import Setting
from maru_sdk.db import col, uuid7

_ROLES: Final = {"admin": ADMIN, "manager": MANAGER}


@dataclass(frozen=True)
class Filling:
    """The parts of a house that storing a company needs."""

    database: Database
    people: People
    roles: Roles

    @asynccontextmanager
    async def step(self, tenant_id: UUID, name: str) -> AsyncIterator[Unit | None]:
        """A unit of work that is noted under this name; None where it was done before."""
        async with committing(self.database.unit(Scope(tenant_id), timeout=60)) as unit:
            done = await _done(unit)
            if name in done:
                yield None
                return
            yield unit
            await _note(unit, [*done, name])

    async def company(self, staff: Staff, hashed: str) -> bool:
        """Departments, people, roles; False where they were there."""
        async with self.step(staff.tenant_id, PEOPLE) as unit:
            if unit is None:
                return False
            await _departments(unit, staff)
            await _people(unit, staff, hashed)
            await self._roles(unit, staff)
            await self.people.changed(unit)
        return True

    async def _roles(self, unit: Unit, staff: Staff) -> None:
        """Everybody is a member, by the department above all others."""
        await self.roles.begin(unit)
        await self.roles.grant(unit, MEMBER, "department", staff.departments[0].id)
        for username, role in _ROLES.items():
            await self.roles.grant(unit, role, "person", staff.person(username).id)

    async def renew_password(
        self, tenant_id: UUID, passwords: Passwords, password: str, hashed: str
    ) -> None:
        """Gives those who sign in this password, where another one holds."""
        stored = sa.select(col(Person.password_hash)).where(col(Person.username_key) == SIGN_IN[0])
        async with committing(self.database.unit(Scope(tenant_id))) as unit:
            session = await unit.session()
            if (await passwords.verify(await session.scalar(stored), password)).right:
                return
            await session.execute(
                sa.update(Person)
                .where(col(Person.username_key).in_(SIGN_IN))
                .values(password_hash=hashed)
            )


async def _done(unit: Unit) -> list[str]:
    """The steps that are done; the row stays locked, so two seedings take turns."""
    session = await unit.session()
    row = {"id": uuid7(), "plugin": ROW, "content": {"steps": []}}
    await session.execute(insert(Setting).values(row).on_conflict_do_nothing())
    content: Any = await session.scalar(
        sa.select(col(Setting.content)).where(col(Setting.plugin) == ROW).with_for_update()
    )
    return list(content["steps"])


async def _note(unit: Unit, steps: list[str]) -> None:
    session = await unit.session()
    await session.execute(
        sa.update(Setting).where(col(Setting.plugin) == ROW).values(content={"steps": steps})
    )


async def _departments(unit: Unit, staff: Staff) -> None:
    rows = [
        {
            "id": each.id,
            "name": each.name,
            **department_sought(each.name),
            "parent_id": each.parent_id,
            "rank": each.rank,
        }
        for each in staff.departments
    ]
    await (await unit.session()).execute(sa.insert(Department), rows)


async def _people(unit: Unit, staff: Staff, hashed: str) -> None:
    session = await unit.session()
    held = await _positions(unit)
    rows = [_row(each, hashed, held[each.position]) for each in staff.people]
    await session.execute(sa.insert(Person), rows)
    table: Any = Department.__table__  # type: ignore[attr-defined]
    leads = [
        {"department": each.id, "manager": each.manager_id}
        for each in staff.departments
        if each.manager_id is not None
    ]
    if leads:
        await (await session.connection()).execute(
            sa.update(table)
            .where(table.c.id == sa.bindparam("department"))
            .values(manager_id=sa.bindparam("manager")),
            leads,
        )


async def _positions(unit: Unit) -> dict[str, UUID]:
    held = {name: uuid7() for name in POSITIONS}
    rows = [
        {"id": held[name], "name": name, "name_key": name_key(name), "rank": rank}
        for rank, name in enumerate(POSITIONS)
    ]
    await (await unit.session()).execute(sa.insert(Position), rows)
    return held


def _row(employee: Employee, hashed: str, position_id: UUID) -> dict[str, object]:
    return {
        "id": employee.id,
        "username": employee.username,
        "username_key": fold(employee.username),
        "employee_number": employee.employee_number,
        "name": employee.name,
        **sought(employee.name),
        "email": employee.email,
        "email_key": fold(employee.email),
        "phone": employee.phone,
        "department_id": employee.department_id,
        "position_id": position_id,
        "password_hash": hashed if employee.username in SIGN_IN else None,
    }
