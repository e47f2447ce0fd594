"""Roles, grants and what becomes of them in every process."""

import asyncio
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from tests.core.identity.company import Company, Process, eventually, found_company

from maru.access.compiling import compile_rights
from maru.access.granted import Granted
from maru.access.permissions import AUDIT_READ, USERS_READ
from maru.access.queries import Below, Grant
from maru.access.roles import RoleNotFound, Subject
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.settings import Settings
from maru_sdk import Permission, Role

WRITE = Permission("board:post:write", "Write")
PIN = Permission("board:post:pin", "Pin")


@dataclass
class Post:
    department: UUID


async def give(
    process: Process, company: Company, role: str, kind: Subject, to: UUID, at: UUID | None = None
) -> None:
    async with committing(process.database.unit(Scope(company.id))) as unit:
        await process.roles.grant(unit, role, kind, to, scope_id=at)


async def take(process: Process, company: Company, role: str, kind: Subject, of: UUID) -> None:
    async with committing(process.database.unit(Scope(company.id))) as unit:
        await process.roles.revoke(unit, role, kind, of)


async def defaults(process: Process, company: Company, *roles: Role) -> None:
    async with committing(process.database.unit(Scope(company.id))) as unit:
        await process.rights.grant_defaults(unit, company.id, roles)


async def granted(process: Process, company: Company) -> Granted:
    return await process.rights.granted(company.id, company.alice)


async def now_known(process: Process, company: Company, permission: Permission) -> None:
    """Waits, at most two seconds, until the process lets alice."""

    async def known() -> bool:
        return (await granted(process, company)).can(permission)

    await eventually(known)


class TestGrants:
    async def test_without_a_grant_nothing(self, process: Process, company: Company) -> None:
        assert not (await granted(process, company)).can(USERS_READ)

    async def test_a_persons_role(self, process: Process, company: Company) -> None:
        await give(process, company, "admin", "person", company.alice)
        rights = await granted(process, company)
        assert rights.can(AUDIT_READ)
        assert rights.roles == ("admin",)

    async def test_a_departments_role_holds_for_those_below(
        self, process: Process, company: Company
    ) -> None:
        await give(process, company, "member", "department", company.top)
        assert (await granted(process, company)).can(USERS_READ)

    async def test_a_neighbours_role_does_not(self, process: Process, company: Company) -> None:
        await give(process, company, "member", "department", company.makers)
        assert not (await granted(process, company)).can(USERS_READ)

    async def test_scope_limits_to_a_department_and_those_below(
        self, process: Process, company: Company
    ) -> None:
        await defaults(process, company, Role("manager", WRITE))
        await give(process, company, "manager", "person", company.alice, at=company.top)
        rights = await granted(process, company)
        assert rights.can(WRITE, on=Post(company.makers))
        assert rights.can(WRITE, on=Post(company.top))
        assert not rights.can(WRITE, on=Post(uuid4()))
        assert not rights.can(WRITE)

    async def test_taken_away_again(self, process: Process, company: Company) -> None:
        await give(process, company, "admin", "person", company.alice)
        await take(process, company, "admin", "person", company.alice)
        assert not (await fresh(process, company)).can(AUDIT_READ)

    async def test_twice_is_once_and_audited_once(self, process: Process, company: Company) -> None:
        for _ in range(2):
            await give(process, company, "admin", "person", company.alice)
        async with process.database.unit(Scope(company.id)) as unit:
            found = await (await unit.session()).execute(
                sa.text("SELECT target, after FROM maru.audit WHERE action = 'rights.granted'")
            )
            ((target, after),) = found.all()
        assert (target, after["role"]) == (f"person:{company.alice}", "admin")

    async def test_inactive_person_may_nothing(self, process: Process, company: Company) -> None:
        await give(process, company, "admin", "person", company.alice)
        async with committing(process.database.unit(Scope(company.id))) as unit:
            await (await unit.session()).execute(
                sa.text("UPDATE maru.person SET state = 'inactive'")
            )
            await process.people.changed(unit)
        assert not (await fresh(process, company)).permissions

    async def test_unknown_role(self, process: Process, company: Company) -> None:
        with pytest.raises(RoleNotFound):
            await give(process, company, "emperor", "person", company.alice)

    async def test_rights_end_at_the_tenants_wall(
        self, settings: Settings, process: Process, company: Company
    ) -> None:
        twin = await found_company(settings, process)
        await give(process, twin, "admin", "person", company.alice)
        assert not (await granted(process, company)).can(AUDIT_READ)
        assert not (await process.rights.granted(twin.id, company.alice)).can(AUDIT_READ)


async def fresh(process: Process, company: Company) -> Granted:
    """What the database says, whatever this process remembers."""
    process.rights._known.forget(company.id)
    return await granted(process, company)


class TestDefaults:
    async def test_plugin_adds_to_a_role(self, process: Process, company: Company) -> None:
        await give(process, company, "member", "person", company.alice)
        await defaults(process, company, Role("member", WRITE, PIN), Role("nobody", PIN))
        assert (await fresh(process, company)).permissions >= {WRITE.name, PIN.name}

    async def test_admin_who_took_it_out_is_not_overruled(
        self, process: Process, company: Company
    ) -> None:
        await give(process, company, "member", "person", company.alice)
        await defaults(process, company, Role("member", WRITE))
        async with committing(process.database.unit(Scope(company.id))) as unit:
            await (await unit.session()).execute(
                sa.text("DELETE FROM maru.role_permission WHERE permission = :name"),
                {"name": WRITE.name},
            )
        await defaults(process, company, Role("member", WRITE, PIN))
        rights = await fresh(process, company)
        assert rights.can(PIN)
        assert not rights.can(WRITE)

    async def test_two_enablings_at_once_lose_nothing(
        self, process: Process, other: Process, company: Company
    ) -> None:
        await give(process, company, "member", "person", company.alice)
        wanted = [Permission(f"p{n}:a:b", "") for n in range(6)]
        await asyncio.gather(
            *(defaults((process, other)[n % 2], company, Role("member", p))
              for n, p in enumerate(wanted))
        )  # fmt: skip
        assert (await fresh(process, company)).permissions >= {p.name for p in wanted}


class TestEveryProcess:
    async def test_obeys_a_grant(self, process: Process, other: Process, company: Company) -> None:
        assert not (await granted(other, company)).can(AUDIT_READ)
        await give(process, company, "admin", "person", company.alice)
        await now_known(other, company, AUDIT_READ)
        await now_known(process, company, AUDIT_READ)

    async def test_obeys_a_plugins_defaults(
        self, process: Process, other: Process, company: Company
    ) -> None:
        await give(process, company, "member", "person", company.alice)
        await now_known(other, company, USERS_READ)
        await defaults(process, company, Role("member", PIN))
        await now_known(other, company, PIN)

    async def test_warm_question_asks_no_database(self, process: Process, company: Company) -> None:
        async def warm() -> bool:
            await granted(process, company)
            return process.rights.cached(company.id, company.alice) is not None

        await eventually(warm)  # what founded the company may still be on its way
        rights = process.rights.cached(company.id, company.alice)
        assert await granted(process, company) is rights


def test_wide_grant_swallows_the_narrow_one() -> None:
    place = uuid4()
    grants = [
        Grant(role="manager", rank=50, permission="a:b:c", scope_id=place, resource=None),
        Grant(role="member", rank=100, permission="a:b:c", scope_id=None, resource=None),
        Grant(role="empty", rank=100, permission=None, scope_id=None, resource=None),
    ]
    rights = compile_rights(grants, [])
    assert rights.can("a:b:c")
    assert rights.departments == {}
    assert rights.roles == ("manager", "member", "empty")


def test_circle_of_departments_ends() -> None:
    one, two = uuid4(), uuid4()
    tree = [Below(id=one, parent_id=two), Below(id=two, parent_id=one)]
    grants = [Grant(role="manager", rank=50, permission="a:b:c", scope_id=one, resource=None)]
    assert compile_rights(grants, tree).departments == {"a:b:c": frozenset({one, two})}
