"""Reads that are asked for often are planned once, on each connection, for every tenant alike."""

import pytest
from tests.core.db.garden import PLANTS, Bed, Plant
from tests.engines import Tenants

from maru.db import Database, Scope
from maru.db.plans import AT_MOST, OFTEN, Plans


class Ledger:
    """Notes what is executed."""

    def __init__(self) -> None:
        self.executed: list[str] = []

    async def execute(self, query: str) -> str:
        self.executed.append(query)
        return ""


async def ask(plans: Plans, ledger: Ledger, sql: str, times: int = OFTEN) -> str | None:
    name = None
    for _ in range(times):
        name = await plans.name(ledger, sql)
    return name


async def test_what_is_asked_for_often_gets_a_name() -> None:
    plans, ledger = Plans(), Ledger()
    assert await ask(plans, ledger, "SELECT 1", OFTEN - 1) is None
    assert ledger.executed == []
    name = await ask(plans, ledger, "SELECT 1", 1)
    assert await ask(plans, ledger, "SELECT 1", 5) == name
    assert [sql.startswith(f"PREPARE {name} ") for sql in ledger.executed] == [True]


async def test_the_longest_unused_makes_room() -> None:
    plans, ledger = Plans(), Ledger()
    names = [await ask(plans, ledger, f"SELECT {number}") for number in range(AT_MOST)]
    await ask(plans, ledger, "SELECT 0", 1)
    await ask(plans, ledger, "SELECT 'new'")
    assert ledger.executed[-1].startswith(f"DEALLOCATE {names[1]}; PREPARE ")
    assert await ask(plans, ledger, "SELECT 0", 1) == names[0]
    assert await ask(plans, ledger, "SELECT 1", 1) is None


@pytest.fixture
async def beds(database: Database, tenants: Tenants) -> dict[Scope, Bed]:
    found = {}
    for scope, name in ((tenants.hanbit, "mint"), (tenants.saebom, "basil")):
        async with database.unit(scope) as unit:
            found[scope] = bed = Bed(name=name)
            (await unit.session()).add_all([bed, Plant(bed_id=bed.id, name=name)])
            await unit.commit()
    return found


async def names(database: Database, scope: Scope, bed: Bed) -> list[str]:
    async with database.unit(scope, readonly=True) as unit:
        return [row.name for row in await unit.read(PLANTS, bed_id=bed.id)]


async def test_a_kept_plan_shows_each_tenant_its_own_rows(
    database: Database, tenants: Tenants, beds: dict[Scope, Bed]
) -> None:
    """One after the other on one connection, far beyond the custom plans that come first."""
    for _ in range(12):
        assert await names(database, tenants.hanbit, beds[tenants.hanbit]) == ["mint"]
        assert await names(database, tenants.saebom, beds[tenants.saebom]) == ["basil"]
        assert await names(database, tenants.saebom, beds[tenants.hanbit]) == []
    assert await names(database, Scope(None), beds[tenants.hanbit]) == []
