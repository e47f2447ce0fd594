"""A unit of work: one transaction for one tenant, committed in one place."""

import asyncio
from contextlib import nullcontext

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from tests.engines import Tenants

from maru.access.models import Role
from maru.db import Database, Scope, Unit, UnitClosed
from maru.identity.models import Department
from maru.settings import Settings
from maru_sdk import CursorParams, Model, PageParams
from maru_sdk.db import Query, bindparam, col, desc, select, uuid7


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


async def test_callbacks_run_after_the_commit_and_only_then(
    database: Database, tenants: Tenants, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    async def tell() -> None:
        async with database.unit(tenants.hanbit) as later:
            heard.extend(row.key for row in await later.read(ROLES))

    async def fail() -> None:
        raise RuntimeError("a nudge that nobody heard")

    async with database.unit(tenants.hanbit) as unit:
        await fill(unit, "gone")
        unit.on_commit(tell)
    assert heard == []
    async with database.unit(tenants.hanbit) as unit:
        await fill(unit, "kept")
        unit.on_commit(fail)
        unit.on_commit(tell)
        await unit.commit()
    assert heard == ["kept"]
    assert "a nudge that nobody heard" in caplog.text


@pytest.mark.parametrize("turns", [1, 3, 10, 30, 100, 300, 1000])
async def test_a_caller_that_leaves_during_the_commit_stops_nothing(
    database: Database, tenants: Tenants, turns: int
) -> None:
    told = asyncio.Event()

    async def tell() -> None:
        told.set()

    async def request() -> None:
        async with database.unit(tenants.hanbit) as unit:
            await fill(unit, "kept")
            unit.on_commit(tell)
            await unit.commit()

    task = asyncio.create_task(request())
    for _ in range(turns):
        await asyncio.sleep(0)
    left = task.cancel()
    with pytest.raises(asyncio.CancelledError) if left else nullcontext():
        await task
    await database.settled()
    assert database.status().in_use == 0
    async with database.unit(tenants.hanbit) as unit:
        kept = [row.key for row in await unit.read(ROLES)]
    assert (kept == ["kept"]) == told.is_set()


async def test_a_deferred_constraint_that_fails_at_commit(
    database: Database, tenants: Tenants
) -> None:
    heard: list[str] = []

    async def tell() -> None:
        heard.append("told")

    unit = database.unit(tenants.hanbit)
    (await unit.session()).add(Department(name="no manager of ours", manager_id=uuid7()))
    unit.on_commit(tell)
    with pytest.raises(IntegrityError, match="department_manager_id_fkey"):
        await unit.commit()
    assert unit.closed
    await unit.rollback()  # what callers do then: nothing
    assert heard == []
    assert database.status().in_use == 0
    async with database.unit(tenants.hanbit) as again:
        session = await again.session()
        assert (await session.execute(select(Department))).all() == []


async def test_only_the_unit_ends_its_transaction(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        session = await unit.session()
        for end in (session.commit, session.rollback):
            with pytest.raises(UnitClosed):
                await end()
        async with session.begin_nested():
            await fill(unit, "in a savepoint")
        await unit.commit()
    async with database.unit(tenants.hanbit) as unit:
        assert len(await unit.read(ROLES)) == 1


async def test_no_connection_before_the_first_use(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        await unit.session()
        assert not database.status().in_use
        await (await unit.session()).execute(text("SELECT 1"))
        assert database.status().in_use == 1
    assert not database.status().in_use


async def test_begin_and_scope_are_one_message(database: Database, tenants: Tenants) -> None:
    sent: list[str] = []
    async with database.unit(Scope(tenants.hanbit.tenant, uuid7()), timeout=2) as unit:
        connection = await (await unit.session()).connection()
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        with driver.query_logger(lambda record: sent.append(record.query)):
            shown = await connection.execute(text("SHOW statement_timeout"))
            assert shown.scalar_one() == "2s"
    assert len(sent) == 1
    assert sent[0].startswith("BEGIN; SET LOCAL maru.tenant = ")
    assert "SET LOCAL maru.person = " in sent[0]


async def test_the_time_outs_of_the_role_hold(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        session = await unit.session()
        shown = await session.execute(
            text("SELECT current_setting('statement_timeout'), current_setting(:idle)"),
            {"idle": "idle_in_transaction_session_timeout"},
        )
        assert tuple(shown.one()) == ("5s", "30s")
    async with database.unit(tenants.hanbit, timeout=0.05) as unit:
        with pytest.raises(DBAPIError, match="statement timeout"):
            await (await unit.session()).execute(text("SELECT pg_sleep(1)"))


async def test_a_full_pool_is_waited_for_and_then_refused(
    settings: Settings, tenants: Tenants
) -> None:
    async with await Database.open(
        settings.database_url, pool_size=1, overflow=0, wait=0.2
    ) as small:
        async with small.unit(tenants.hanbit) as holder:
            await (await holder.session()).execute(text("SELECT 1"))
            async with small.unit(tenants.hanbit) as waiting:
                with pytest.raises(PoolTimeout):
                    await (await waiting.session()).execute(text("SELECT 1"))
            async with small.unit(tenants.hanbit) as reader:  # reads have a pool of their own
                assert list(await reader.read(ROLES)) == []
        async with small.unit(tenants.hanbit) as now:
            await (await now.session()).execute(text("SELECT 1"))


def test_a_scope_is_made_of_parsed_ids_alone() -> None:
    assert Scope(None).sql() == ""
    with pytest.raises(ValueError, match="badly formed"):
        Scope("x'; DROP TABLE maru.tenant --").sql()  # type: ignore[arg-type]
