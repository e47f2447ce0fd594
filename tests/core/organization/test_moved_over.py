"""What stood in a row before it was kept otherwise is there after it, and back."""

from uuid import UUID

import asyncpg
import pytest
from tests.engines import SUPERUSER, Engines, copy_of, run_as, settings_for

from maru.db.migrate import migrator
from maru.db.scripts import CORE_MIGRATIONS
from maru.identity.names import department_sought, sought
from maru_sdk.db import uuid7

BEFORE = "0010_isolated_jobs"
NAMES = [
    "김하늘",
    "황보 관우",
    "Ａnna Lee",
    "뷁쀍",
    "李 지은",
    "남궁석현",
    "박려원",
    "Suh-yun O'Rhee",
]
HELD = ["부장", " 부장 ", "사원", None, "", None, None, None]


@pytest.mark.timeout(120)
async def test_positions_and_names(engines: Engines, template: str) -> None:
    tenant = uuid7()
    people = [
        f"('{tenant}', '{uuid7()}', 'u{n}', 'u{n}', {_text(name)}, {_text(position)})"
        for n, (name, position) in enumerate(zip(NAMES, HELD, strict=True))
    ]
    async with copy_of(engines, template) as name:
        settings = settings_for(engines, name)
        async with migrator(settings) as work:
            await work.downgrade(CORE_MIGRATIONS, BEFORE)
            await run_as(
                engines,
                SUPERUSER,
                f"INSERT INTO maru.tenant (id, slug, name) VALUES ('{tenant}', 'moved', 'M')",
                "INSERT INTO maru.department (tenant_id, id, name)"
                f" VALUES ('{tenant}', '{uuid7()}', '영업 1팀')",
                "INSERT INTO maru.person (tenant_id, id, username, username_key, name, position)"
                f" VALUES {', '.join(people)}",
                database=name,
            )
            assert (await work.migrate([])).core.error is None
        connection = await asyncpg.connect(engines.postgres(SUPERUSER, name))
        try:
            await _moved(connection, tenant)
        finally:
            await connection.close()
        async with migrator(settings) as work:
            await work.downgrade(CORE_MIGRATIONS, BEFORE)
        connection = await asyncpg.connect(engines.postgres(SUPERUSER, name))
        try:
            back = await connection.fetch("SELECT position FROM maru.person ORDER BY username")
            assert [row["position"] for row in back] == ["부장", "부장", "사원", *[None] * 5]
        finally:
            await connection.close()


@pytest.mark.timeout(120)
async def test_uploads_that_are_put_together(engines: Engines, template: str) -> None:
    tenant, blob = uuid7(), uuid7()
    async with copy_of(engines, template) as name:
        await run_as(
            engines,
            SUPERUSER,
            f"INSERT INTO maru.tenant (id, slug, name) VALUES ('{tenant}', 'moved', 'M')",
            "INSERT INTO maru.file_blob (tenant_id, id, sha256, size, media_type, state)"
            f" VALUES ('{tenant}', '{blob}', 'coming', 1, 'text/plain', 'coming')",
            database=name,
        )
        async with migrator(settings_for(engines, name)) as work:
            await work.downgrade(CORE_MIGRATIONS, "0036_search_lately")
        connection = await asyncpg.connect(engines.postgres(SUPERUSER, name))
        try:
            row = await connection.fetchrow("SELECT state, note FROM maru.file_blob")
            assert tuple(row) == ("infected", "not put together")
        finally:
            await connection.close()


async def _moved(connection: asyncpg.Connection, tenant: UUID) -> None:
    rows = await connection.fetch(
        "SELECT p.*, o.name AS held FROM maru.person p LEFT JOIN maru.position o"
        " ON o.tenant_id = p.tenant_id AND o.id = p.position_id"
        " WHERE p.tenant_id = $1 ORDER BY username",
        tenant,
    )
    assert [row["held"] for row in rows] == ["부장", "부장", "사원", *[None] * 5]
    for row in rows:
        wanted = sought(row["name"])
        assert {name: row[name] for name in wanted} == wanted
    department = await connection.fetchrow(
        "SELECT * FROM maru.department WHERE tenant_id = $1", tenant
    )
    assert department is not None
    wanted = department_sought("영업 1팀")
    assert {name: department[name] for name in wanted} == wanted


def _text(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
