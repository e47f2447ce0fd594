"""Every query of the tests' plugin is served by an index, as the runtime role, for tenants large
and small; and what row-level security keeps from an index is found out."""

import asyncpg
import pytest
from sqlalchemy import text
from tests.core.db.conftest import Connect
from tests.core.db.garden import EVERY_PLANT, MIXED, PLANTS, Bed, Plant, PlantRow
from tests.engines import OWNER, Tenants

from maru.db import Database, Scope
from maru.db.explain import NotIndexed, assert_indexed, plan
from maru_sdk import CursorParams, PageParams
from maru_sdk.db import Query, bindparam, col, select, uuid7

APP = "maru_app"


async def fill(database: Database, scope: Scope, count: int) -> Bed:
    async with database.unit(scope, timeout=60) as unit:
        bed = Bed(name="bed")
        session = await unit.session()
        session.add(bed)
        await session.flush()
        sql = """INSERT INTO plugin_garden.plant (id, bed_id, name, height)
            SELECT gen_random_uuid(), :bed, n::text, 0 FROM generate_series(1, :count) n"""
        await session.execute(text(sql), {"bed": bed.id, "count": count})
        await unit.commit()
    return bed


@pytest.fixture
async def beds(database: Database, tenants: Tenants, connect: Connect) -> list[tuple[Scope, Bed]]:
    others = Scope(
        uuid7()
    )  # or the large one would be the whole table, rightly scanned for a total
    sizes = ((tenants.hanbit, 8_000), (tenants.saebom, 20), (others, 40_000))
    found = [(scope, await fill(database, scope, count)) for scope, count in sizes]
    async with connect(OWNER) as connection:
        await connection.execute("SET LOCAL ROLE maru_plugin_garden")
        await connection.execute("ANALYZE plugin_garden.plant")
    return found[:2]


async def test_pages_are_served_by_an_index(
    connect: Connect, database: Database, beds: list[tuple[Scope, Bed]]
) -> None:
    for scope, bed in beds:
        args = {"bed_id": bed.id}
        async with database.unit(scope) as unit:
            first = await unit.page(PLANTS, CursorParams(), **args)
            mixed = await unit.page(MIXED, CursorParams(limit=2), **args)
        async with connect(APP) as connection:
            for query, page in (
                (PLANTS, CursorParams()),
                (PLANTS, CursorParams(cursor=first.pagination["next"] or None)),
                (PLANTS, CursorParams(page=9)),
                (PLANTS, PageParams(sort="name")),
                (MIXED, CursorParams(cursor=mixed.pagination["next"])),
            ):
                await assert_indexed(connection, scope, query, args, page=page)


async def test_a_cursor_leads_into_the_index(
    connect: Connect, database: Database, beds: list[tuple[Scope, Bed]]
) -> None:
    """The row that a cursor points at is an index condition, not a filter over what lies before."""
    scope, bed = beds[0]
    async with database.unit(scope) as unit:
        first = await unit.page(PLANTS, CursorParams(), bed_id=bed.id)
    async with connect(APP) as connection:
        after = CursorParams(cursor=first.pagination["next"])
        found = await plan(connection, scope, PLANTS, {"bed_id": bed.id}, page=after)
    assert "ROW(is_rare, id) <" in str(found)
    assert "'Index Cond': \"((tenant_id =" in str(found)


async def test_one_plan_is_not_made_for_the_first_tenant(
    connect: Connect, beds: list[tuple[Scope, Bed]]
) -> None:
    async with connect(APP) as connection:
        for scope, _ in (*beds, *reversed(beds)):
            await assert_indexed(connection, scope, EVERY_PLANT, {}, page=CursorParams())


@pytest.mark.parametrize("operator", ["like", "contains"])
async def test_what_no_index_can_serve_is_found(
    connect: Connect, beds: list[tuple[Scope, Bed]], operator: str
) -> None:
    where = {
        "like": col(Plant.name).like(bindparam("asked")),
        "contains": col(Plant.tags).op("@>")(bindparam("asked", type_=Plant.tags.type)),  # type: ignore[attr-defined]
    }[operator]
    query = Query(select(*PLANTS.statement.selected_columns).where(where), PlantRow)
    scope, _ = beds[0]
    async with connect(APP) as connection:
        with pytest.raises(NotIndexed, match="reads all of plant"):
            await assert_indexed(connection, scope, query, {"asked": "[]"})
        await assert_indexed(connection, scope, query, {"asked": "[]"}, whole=frozenset({"plant"}))


async def test_the_owner_is_not_asked(connect: Connect, beds: list[tuple[Scope, Bed]]) -> None:
    scope, bed = beds[0]
    async with connect("maru_system") as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await assert_indexed(connection, scope, PLANTS, {"bed_id": bed.id}, page=PageParams())
