"""Things that are private, and grants that end: in every process, and in what lists are read by."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.access.desks import administrator, changing, giver, person, role
from tests.core.identity.company import Company, Process, eventually

from maru.access.administrators import LastAdministrator
from maru.access.giver import Place
from maru.access.grant_desk import GrantEnded, GrantOutlasts
from maru.access.granted import Granted
from maru.access.rights import Rights
from maru.db.scope import Scope
from maru.identity.models import Person
from maru_sdk.db import Readable, Resource, col, role_holders, uuid7

READ = "board:post:read"
SECRET, PLAIN = Place(resource="board:1"), Place(resource="board:2")


class Seen:
    """People as things, each by itself."""

    resource: ClassVar[Resource] = Resource("person")
    model_fields: ClassVar[Any] = Person.model_fields
    id: ClassVar[Any] = col(Person.id)
    department_id: ClassVar[Any] = col(Person.department_id)


@dataclass
class Thing:
    resource: str
    department_id: UUID | None


async def closing(process: Process, company: Company, resource: str, private: bool) -> None:
    async with changing(process, company) as unit:
        await process.rights.set_private(unit, resource, private)


async def test_only_those_named_and_administrators_come_in(
    process: Process, other: Process, company: Company
) -> None:
    boss = await administrator(process, company)
    reader = await role(process, company, boss, "독자", READ)
    named = await person(process, company)
    async with changing(process, company) as unit:
        mine, desk = await giver(unit, boss), process.rights.grant_desk
        await desk.give(unit, mine, reader.id, "person", company.alice)
        await desk.give(unit, mine, reader.id, "person", named, SECRET)
        admins = next(iter(await unit.db.scalars(sa.text(
            "SELECT id FROM maru.role WHERE key = 'admin'"))))  # fmt: skip
        await unit.db.execute(
            sa.text("INSERT INTO maru.role_permission (id, role_id, permission)"
                    " VALUES (gen_random_uuid(), :role, :name)"),
            {"role": admins, "name": READ},
        )  # fmt: skip
    await closing(process, company, "board:1", True)

    async def hidden() -> bool:
        alice = await other.rights.granted(company.id, company.alice)
        return alice.can(READ) and not alice.can(READ, SECRET)

    await eventually(hidden)
    expected = ((company.alice, False, True), (named, True, False), (boss, True, True))
    for who, secret, plain in expected:
        found = await process.rights.granted(company.id, who)
        assert (found.can(READ, SECRET), found.can(READ, PLAIN)) == (secret, plain)
    await closing(process, company, "board:1", False)
    assert (await process.rights.granted(company.id, company.alice)).can(READ, SECRET)


async def test_making_private_is_audited_once(process: Process, company: Company) -> None:
    for private in (True, True, False, False):
        await closing(process, company, "board:9", private)
    async with changing(process, company) as unit:
        told = await unit.db.scalars(
            sa.text("SELECT action FROM maru.audit WHERE target = 'resource:board:9' ORDER BY id")
        )
        assert list(told) == ["rights.made_private", "rights.made_open"]


IDS = st.sets(st.integers(0, 3))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(everywhere=st.booleans(), departments=IDS, named=IDS, hidden=IDS)
async def test_what_is_readable_is_what_can_says(
    process: Process, company: Company, everywhere: bool, departments: Any, named: Any, hidden: Any
) -> None:
    async with process.database.unit(_scope(company)) as unit:
        rows = [await _row(unit, n) for n in range(4)]
        rights = Granted(
            frozenset({READ} if everywhere else ()),
            {READ: frozenset(rows[n].department_id for n in departments)} if departments else {},
            {READ: frozenset(rows[n].resource for n in named)} if named else {},
            hidden=frozenset(rows[n].resource for n in hidden),
        )
        readable: Readable = rights.readable(Seen, READ)
        ours = [UUID(row.resource.partition(":")[2]) for row in rows]
        asked = sa.select(col(Person.id)).where(col(Person.id).in_(ours), readable.condition)
        found = {f"person:{one}" for one in await unit.db.scalars(asked)}
        assert found == {row.resource for row in rows if rights.can(READ, row)}


def _scope(company: Company) -> Any:
    return Scope(company.id)


async def _row(unit: Any, n: int) -> Thing:
    """A person of a department of their own."""
    own, department = uuid7(), uuid7()
    await unit.db.execute(
        sa.text("INSERT INTO maru.department (id, name) VALUES (:id, :name)"),
        {"id": department, "name": f"d{own.hex}"},
    )
    await unit.db.execute(
        sa.text(
            "INSERT INTO maru.person (id, username, username_key, name, department_id)"
            " VALUES (:id, :name, :name, :name, :department)"
        ),
        {"id": own, "name": f"p{own.hex}", "department": department},
    )
    return Thing(f"person:{own}", department)


class TestEnds:
    async def test_a_grant_ends_by_itself(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        reader = await role(process, company, boss, "독자", READ)
        ends = datetime.now(UTC) + timedelta(seconds=2)
        async with changing(process, company) as unit:
            mine, desk = await giver(unit, boss), process.rights.grant_desk
            await desk.give(unit, mine, reader.id, "person", company.alice, until=ends)
        found = await process.rights.granted(company.id, company.alice)
        if datetime.now(UTC) < ends:
            assert found.can(READ)

        async def over() -> bool:
            return not (await process.rights.granted(company.id, company.alice)).can(READ)

        await eventually(over, 20)
        assert datetime.now(UTC) >= ends

    async def test_what_a_process_has_compiled_ends_too(
        self, process: Process, company: Company
    ) -> None:
        boss, now = await administrator(process, company), [time.time()]
        reader = await role(process, company, boss, "독자", READ)
        async with changing(process, company) as unit:
            mine, desk = await giver(unit, boss), process.rights.grant_desk
            ends = datetime.now(UTC) + timedelta(hours=1)
            await desk.give(unit, mine, reader.id, "person", company.alice, until=ends)
        rights = Rights(process.database, process.signals, clock=lambda: now[0])

        async def kept() -> bool:
            await rights.granted(company.id, company.alice)
            return rights.cached(company.id, company.alice) is not None

        await eventually(kept)  # what was done a moment ago may still be on its way
        first = await rights.granted(company.id, company.alice)
        assert first.until == pytest.approx(ends.timestamp(), abs=0.001)
        now[0] += 3_601
        assert rights.cached(company.id, company.alice) is None

    async def test_whose_permissions_are_withheld_still_holds_the_role(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        reader = await role(process, company, boss, "독자", READ)
        async with changing(process, company) as unit:
            desk = process.rights.grant_desk
            await desk.give(unit, await giver(unit, boss), reader.id, "person", company.alice)
            holders = list(await unit.db.scalars(role_holders(), {"roles": [reader.key]}))
        off = Rights(process.database, process.signals, withheld=lambda _: frozenset({READ}))
        found = await off.granted(company.id, company.alice)
        assert company.alice in holders
        assert reader.key in found.held
        assert not found.somewhere(READ)

    async def test_given_again_the_new_end_counts(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        reader = await role(process, company, boss, "독자", READ)
        ends = datetime.now(UTC) + timedelta(days=3)
        async with changing(process, company) as unit:
            mine, desk = await giver(unit, boss), process.rights.grant_desk
            first = await desk.give(unit, mine, reader.id, "person", company.alice, until=ends)
            again = await desk.give(unit, mine, reader.id, "person", company.alice)
        assert (first.id, first.until, again.until) == (again.id, ends, None)

    async def test_what_is_no_end(self, process: Process, company: Company) -> None:
        boss = await administrator(process, company)
        reader = await role(process, company, boss, "독자", READ)
        past = datetime.now(UTC) - timedelta(seconds=1)
        async with changing(process, company) as unit:
            mine, desk = await giver(unit, boss), process.rights.grant_desk
            with pytest.raises(GrantEnded):
                await desk.give(unit, mine, reader.id, "person", company.alice, until=past)

    async def test_nobody_gives_for_longer_than_they_have(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        temp = await person(process, company)
        reader = await role(process, company, boss, "독자", READ)
        soon, later = (datetime.now(UTC) + timedelta(days=n) for n in (1, 9))
        async with changing(process, company) as unit:
            mine, desk = await giver(unit, boss), process.rights.grant_desk
            await desk.give(unit, mine, reader.id, "person", temp, until=soon)
        async with changing(process, company) as unit:
            theirs = await giver(unit, temp)
            for end in (None, later):
                with pytest.raises(GrantOutlasts):
                    await desk.give(unit, theirs, reader.id, "person", company.alice, until=end)
            await desk.give(unit, theirs, reader.id, "person", company.alice, until=soon)

    async def test_what_ends_elsewhere_ends_nothing_here(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        temp = await person(process, company)
        reader = await role(process, company, boss, "독자", READ)
        soon, later = (datetime.now(UTC) + timedelta(days=n) for n in (1, 9))
        third = Place(resource="board:3")
        async with changing(process, company) as unit:
            mine, desk = await giver(unit, boss), process.rights.grant_desk
            for place, end in ((PLAIN, None), (SECRET, soon), (third, later)):
                await desk.give(unit, mine, reader.id, "person", temp, place, end)
        async with changing(process, company) as unit:
            theirs = await giver(unit, temp)
            ends = [theirs.until(reader, place) for place in (PLAIN, SECRET, third)]
            assert ends == [None, soon, later]
            for place, end in ((PLAIN, None), (PLAIN, later), (third, later)):
                given = await desk.give(
                    unit, theirs, reader.id, "person", company.alice, place, end
                )
                assert given.until == end
            with pytest.raises(GrantOutlasts):
                await desk.give(unit, theirs, reader.id, "person", company.alice, SECRET, later)

    async def test_the_role_of_administrators_lasts_no_longer_than_who_gives_it_is_one(
        self, process: Process, company: Company
    ) -> None:
        temp = await person(process, company)
        soon = datetime.now(UTC) + timedelta(days=1)
        boss = await administrator(process, company)
        async with changing(process, company) as unit:
            admins = await unit.db.scalar(sa.text("SELECT id FROM maru.role WHERE key = 'admin'"))
            mine, desk = await giver(unit, boss), process.rights.grant_desk
            await desk.give(unit, mine, admins, "person", temp, until=soon)
        async with changing(process, company) as unit:
            theirs = await giver(unit, temp)
            with pytest.raises(GrantOutlasts):
                await desk.give(unit, theirs, admins, "person", company.alice)

    async def test_an_administrator_for_a_while_is_not_the_last_one(
        self, process: Process, company: Company
    ) -> None:
        boss = await administrator(process, company)
        async with changing(process, company) as unit:
            admins = await unit.db.scalar(sa.text("SELECT id FROM maru.role WHERE key = 'admin'"))
            mine, desk = await giver(unit, boss), process.rights.grant_desk
            soon = datetime.now(UTC) + timedelta(days=1)
            await desk.give(unit, mine, admins, "person", company.alice, until=soon)
            with pytest.raises(LastAdministrator):
                await desk.give(unit, mine, admins, "person", boss, until=soon)
