"""Callers that leave at any moment: no connection stays in a transaction, none has a wrong tenant.

An answer names the tenant that it saw, so an answer meant for another caller is found out.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import text
from tests.core.db.garden import EVERY_PLANT, Bed, Plant
from tests.core.db.pooler import pgbouncer
from tests.engines import SUPERUSER, Engines, Tenants

from maru.db import Database, Scope
from maru.settings import Settings
from maru_sdk import CursorParams

REQUESTS, POOLED = 12_000, 4_000
"""The faults looked for left every connection in a transaction within some hundred requests, so a
third shows them behind PgBouncer too, where a request costs twice as much."""
AT_ONCE = 12


async def plant(database: Database, scope: Scope, name: str) -> None:
    async with database.unit(scope) as unit:
        bed = Bed(name=name)
        session = await unit.session()
        session.add_all([bed, *(Plant(bed_id=bed.id, name=name) for _ in range(3))])
        await unit.commit()


async def request(database: Database, scope: Scope, name: str, kind: int) -> str:
    """Do what requests do, and say "wrong" where another tenant's rows show up."""
    async with database.unit(scope, readonly=kind == 1) as unit:
        if kind == 0:
            rows = await unit.read(EVERY_PLANT)
            return "ok" if {row.name for row in rows} == {name} else "wrong"
        if kind == 1:
            page = await unit.page(EVERY_PLANT, CursorParams(limit=2))
            return "ok" if {row.name for row in page} == {name} else "wrong"
        session = await unit.session()
        seen = await session.execute(
            text("SELECT DISTINCT name, current_setting('maru.tenant') FROM plugin_garden.plant")
        )
        if [tuple(row) for row in seen] != [(name, str(scope.tenant))]:
            return "wrong"
        session.add(Bed(name=f"{name} {random.random()}"))
        await session.flush()
        if kind == 2:
            await unit.commit()
        return "ok"


async def storm(database: Database, tenants: Tenants, requests: int) -> Counter[str]:
    """Send the requests; each second one is cancelled within its first milliseconds."""
    gate = asyncio.Semaphore(AT_ONCE)
    ends: Counter[str] = Counter()
    dice = random.Random(20261120)

    async def one(number: int) -> None:
        scope, name = [(tenants.hanbit, "hanbit"), (tenants.saebom, "saebom")][number % 2]
        async with gate:
            task = asyncio.create_task(request(database, scope, name, dice.randrange(4)))
            if number % 4 < 2:
                handle = asyncio.get_running_loop().call_later(dice.random() * 0.006, task.cancel)
            else:
                handle = None
            try:
                ends[await task] += 1
            except asyncio.CancelledError:
                ends["cancelled"] += 1
            finally:
                if handle is not None:
                    handle.cancel()

    async with asyncio.TaskGroup() as group:
        for number in range(requests):
            group.create_task(one(number))
    return ends


async def in_transaction(engines: Engines, database: str) -> int:
    """Count server processes of the database that sit in a transaction."""
    connection = await asyncpg.connect(engines.postgres(SUPERUSER, "postgres"))
    try:
        found: int = await connection.fetchval(
            """SELECT count(*) FROM pg_stat_activity WHERE datname = $1
               AND usename = 'maru_app' AND state <> 'idle'""",
            database,
        )
    finally:
        await connection.close()
    return found


@asynccontextmanager
async def filled(url: str, tenants: Tenants) -> AsyncIterator[Database]:
    async with await Database.open(url, pool_size=6, overflow=2) as database:
        await plant(database, tenants.hanbit, "hanbit")
        await plant(database, tenants.saebom, "saebom")
        yield database


async def check_calm(database: Database, engines: Engines, name: str, ends: Counter[str]) -> None:
    assert ends["wrong"] == 0
    assert ends["ok"] >= ends.total() * 0.5
    assert ends["cancelled"] > ends.total() * 0.1
    await database.settled()
    assert database.status().in_use == 0
    assert await in_transaction(engines, name) == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_half_of_12000_cancelled(
    engines: Engines, settings: Settings, tenants: Tenants
) -> None:
    async with filled(settings.database_url, tenants) as database:
        assert not database.pooled
        ends = await storm(database, tenants, REQUESTS)
        await check_calm(database, engines, settings.database_url.rpartition("/")[2], ends)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.needs_pgbouncer
async def test_half_of_4000_cancelled_behind_pgbouncer(
    engines: Engines, settings: Settings, tenants: Tenants
) -> None:
    name = settings.database_url.rpartition("/")[2]
    with pgbouncer(engines) as port:
        url = settings.database_url.replace(f":{engines.server.port}/", f":{port}/")
        async with filled(url, tenants) as database:
            assert database.pooled
            ends = await storm(database, tenants, POOLED)
            await check_calm(database, engines, name, ends)
