"""Groups that a sign-in provider fills, and what their members may."""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from tests.core.identity.company import Company, Process

from maru.access.permissions import AUDIT_READ
from maru.db.scope import Scope
from maru.db.unit import committing

OIDC = "oidc:company"


async def claimed(
    process: Process, company: Company, names: Iterable[str], source: str = OIDC
) -> None:
    async with committing(process.database.unit(Scope(company.id))) as unit:
        await process.rights.groups.set_from(unit, company.alice, source, names)


async def groups_of(process: Process, company: Company) -> list[tuple[str, str | None]]:
    async with process.database.unit(Scope(company.id), readonly=True) as unit:
        found = await unit.db.execute(
            sa.text(
                "SELECT g.name, g.source FROM maru.group_member m"
                " JOIN maru.person_group g USING (tenant_id)"
                " WHERE g.id = m.group_id AND m.person_id = :alice ORDER BY g.name"
            ),
            {"alice": company.alice},
        )
        return [(name, source) for name, source in found]


async def group_id(process: Process, company: Company, name: str) -> UUID:
    async with process.database.unit(Scope(company.id), readonly=True) as unit:
        found = await unit.db.scalar(
            sa.text("SELECT id FROM maru.person_group WHERE name = :name"), {"name": name}
        )
        return UUID(str(found))


class TestClaims:
    async def test_are_the_groups_of_their_source_exactly(
        self, process: Process, company: Company
    ) -> None:
        await claimed(process, company, ["영업", "Partners"])
        await claimed(process, company, ["다른 곳"], source="ldap:ad")
        await claimed(process, company, ["영업", "임원"])
        assert await groups_of(process, company) == [
            ("다른 곳", "ldap:ad"), ("영업", OIDC), ("임원", OIDC)
        ]  # fmt: skip

    async def test_case_width_and_form_are_one_group(
        self, process: Process, company: Company
    ) -> None:
        await claimed(process, company, ["Sales  Team"])
        await claimed(process, company, ["ＳＡＬＥＳ TEAM", "sales team"])
        assert await groups_of(process, company) == [("Sales Team", OIDC)]

    async def test_names_that_no_group_can_have_are_left_out(
        self, process: Process, company: Company
    ) -> None:
        await claimed(process, company, ["", " ", "x" * 300, "nul\0", "영업"])
        assert await groups_of(process, company) == [("영업", OIDC)]

    async def test_give_the_roles_of_the_group(self, process: Process, company: Company) -> None:
        await claimed(process, company, ["admins"])
        there = await group_id(process, company, "admins")
        async with committing(process.database.unit(Scope(company.id))) as unit:
            await process.roles.grant(unit, "admin", "group", there)
        process.rights._known.forget(company.id)
        assert (await process.rights.granted(company.id, company.alice)).can(AUDIT_READ)
        await claimed(process, company, [])
        assert not (await process.rights.granted(company.id, company.alice)).can(AUDIT_READ)

    async def test_the_same_again_changes_and_tells_nothing(
        self, process: Process, company: Company
    ) -> None:
        for _ in range(2):
            await claimed(process, company, ["영업"])
        async with process.database.unit(Scope(company.id), readonly=True) as unit:
            told = await unit.db.scalar(
                sa.text("SELECT count(*) FROM maru.audit WHERE action = 'group.memberships_set'")
            )
        assert told == 1
