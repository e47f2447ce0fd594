"""A unit of work: one transaction for one tenant, committed in one place."""

import pytest
from sqlalchemy.exc import DBAPIError
from tests.engines import Tenants

from maru.access.models import Role
from maru.db import Database, Unit, UnitClosed
from maru_sdk import CursorParams, Model, PageParams
from maru_sdk.db import Query, bindparam, col, desc, select


class RoleRow(Model):
    key: str
    rank: int


ROLES = Query(
    select(Role.key, Role.rank),
    RoleRow,
    order=(Role.rank, Role.key),
    sorts={"key": Role.key},
)
ONE = Query(select(Role.key, Role.rank).where(col(Role.key) == bindparam("key")), RoleRow)


async def fill(unit: Unit, *keys: str) -> None:
    session = await unit.session()
    session.add_all([Role(key=key, name=key, rank=at) for at, key in enumerate(keys)])


async def test_what_is_committed_is_there_and_what_is_not_is_gone(
    database: Database, tenants: Tenants
) -> None:
    async with database.unit(tenants.hanbit) as unit:
        await fill(unit, "kept")
        await unit.commit()
    async with database.unit(tenants.hanbit) as unit:
        await fill(unit, "lost")
        await (await unit.session()).flush()
    async with database.unit(tenants.hanbit) as unit:
        assert [row.key for row in await unit.read(ROLES)] == ["kept"]


async def test_another_tenant_sees_nothing(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        await fill(unit, "a", "b")
        await unit.commit()
    async with database.unit(tenants.saebom) as unit:
        assert list(await unit.read(ROLES)) == []
        session = await unit.session()
        assert (await session.execute(select(Role))).all() == []


async def test_reads_see_the_units_own_writes(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        await fill(unit, "mine")
        assert [row.key for row in await unit.read(ONE, key="mine")] == ["mine"]


async def test_pages(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        await fill(unit, *"abcdefg")
        await unit.commit()
    async with database.unit(tenants.hanbit) as unit:
        page = await unit.page(ROLES, CursorParams(limit=3))
        assert [row.key for row in page] == ["a", "b", "c"]
        assert page.pagination["total"] == 7
        assert page.pagination["prev"] is None
        page = await unit.page(ROLES, CursorParams(limit=3, cursor=page.pagination["next"]))
        assert [row.key for row in page] == ["d", "e", "f"]
        page = await unit.page(ROLES, CursorParams(limit=3, cursor=page.pagination["prev"]))
        assert [row.key for row in page] == ["a", "b", "c"]
        assert page.pagination["prev"] is None
        short = await unit.page(ROLES, PageParams(page=2, limit=3, sort="key", order="desc"))
        assert [row.key for row in short] == ["d", "c", "b"]
        assert short.pagination == {"page": 2, "limit": 3, "total": 7, "totalPages": 3}


async def test_a_closed_unit_refuses(database: Database, tenants: Tenants) -> None:
    unit = database.unit(tenants.hanbit)
    await unit.commit()
    with pytest.raises(UnitClosed):
        await unit.session()
    with pytest.raises(UnitClosed):
        await unit.read(ROLES)


async def test_a_readonly_unit_can_not_write(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit, readonly=True) as unit:
        await fill(unit, "no")
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await (await unit.session()).flush()


async def test_descending_pages(database: Database, tenants: Tenants) -> None:
    newest = Query(select(Role.key, Role.rank), RoleRow, order=(desc(Role.rank), Role.key))
    async with database.unit(tenants.hanbit) as unit:
        await fill(unit, *"abcde")
        keys: list[str] = []
        cursor = None
        while True:
            page = await unit.page(newest, CursorParams(limit=2, cursor=cursor))
            keys += [row.key for row in page]
            cursor = page.pagination["next"]
            if cursor is None:
                break
    assert keys == ["e", "d", "c", "b", "a"]
