"""What pages and routes ask about people is served by indexes, for a large tenant and a small; and
the chart of ten thousand people costs as few statements as one of ten."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.identity.company import Company
from tests.core.organization.conftest import data
from tests.core.organization.test_imports import statements
from tests.engines import SUPERUSER, Engines, copy_of, run_as, settings_for

from maru.db.explain import assert_indexed
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.organization import queries, seeking
from maru.settings import Settings
from maru_sdk import PageParams
from maru_sdk.db import Query, uuid7

COUNTS = (8_000, 20, 30_000)
TENANT = "INSERT INTO maru.tenant (id, slug, name) VALUES ('{tenant}', 't-{tenant}', 'T')"
DEPARTMENTS = """
INSERT INTO maru.department (tenant_id, id, name)
SELECT '{tenant}', gen_random_uuid(), '부서' || n FROM generate_series(1, {count} / 20) n"""
PEOPLE = """
INSERT INTO maru.person (tenant_id, id, username, username_key, name, name_key, state,
                         department_id)
SELECT '{tenant}', gen_random_uuid(), 'p' || n, 'p' || n, '사람' || n, '사람' || n,
       CASE WHEN n % 3 = 0 THEN 'active' ELSE 'inactive' END,
       (SELECT id FROM maru.department WHERE tenant_id = '{tenant}' ORDER BY id
         OFFSET n % 7 LIMIT 1)
  FROM generate_series(1, {count}) n"""
NOBODY = uuid7()
WAYS = {
    **dict.fromkeys(("key", "initials", "latin", "username", "number", "phone"), "zz"),
    "pattern": "^zz",
}
SOUGHT = {**WAYS, "most": 20}
ONE_PAGE = PageParams(limit=20)
ASKED: dict[str, tuple[Query[Any], dict[str, Any], PageParams | None]] = {
    "card": (queries.CARD, {"id": NOBODY}, None),
    "one": (queries.ONE, {"id": NOBODY}, None),
    "below": (queries.BELOW, {"top": NOBODY}, None),
    "colleagues": (queries.COLLEAGUES.by({"state"}), {"state": "active"}, ONE_PAGE),
    "sought": (seeking.SOUGHT, {**SOUGHT, "key": "사람77", "initials": "ㅅㄹ77"}, None),
    "sought in vain": (seeking.SOUGHT, SOUGHT, None),
    "colleagues sought": (
        queries.COLLEAGUES.by({"key", "state"}),
        {**WAYS, "key": "사람77", "state": "active"},
        ONE_PAGE,
    ),
    "lines": (queries.LINES.by(()), {}, ONE_PAGE),
}
SMALL = frozenset({"tenant", "department", "position", "post"})


@pytest.fixture(scope="module")
async def filled(engines: Engines, template: str) -> AsyncIterator[tuple[Settings, list[Scope]]]:
    async with copy_of(engines, template) as name:
        scopes = [Scope(uuid7()) for _ in COUNTS]
        for scope, count in zip(scopes, COUNTS, strict=True):
            told = [
                one.format(tenant=scope.tenant, count=count)
                for one in (TENANT, DEPARTMENTS, PEOPLE)
            ]
            await run_as(engines, SUPERUSER, *told, database=name)
        look = "ANALYZE maru.person, maru.department, maru.post, maru.position"
        await run_as(engines, SUPERUSER, look, database=name)
        yield settings_for(engines, name), scopes[:2]


@pytest.mark.parametrize("name", ASKED)
async def test_is_served_by_an_index(filled: tuple[Settings, list[Scope]], name: str) -> None:
    settings, scopes = filled
    query, args, page = ASKED[name]
    connection = await asyncpg.connect(settings.database_url)
    try:
        for scope in scopes:
            await assert_indexed(connection, scope, query, args, page=page, whole=SMALL)
    finally:
        await connection.close()


async def test_ten_thousand_people(root: httpx.AsyncClient, house: House, company: Company) -> None:
    """The same few statements, and pages of the same size, however many people there are."""

    async def cost(path: str) -> tuple[int, int]:
        assert (await root.get(path)).status_code == 200
        with statements(house) as said:
            answer = await root.get(path)
        return len(said), len(answer.content)

    paths = ("/organization", f"/organization?department={company.makers}", "/admin/people")
    before = {path: await cost(path) for path in paths}
    async with committing(house.database.unit(Scope(company.id), timeout=60)) as unit:
        session = await unit.session()
        await session.execute(
            sa.text(
                "INSERT INTO maru.person (id, username, username_key, name, name_key,"
                " department_id) SELECT gen_random_uuid(), 'x' || n, 'x' || n, '사람' || n,"
                " '사람' || n, :department FROM generate_series(1, 10000) n"
            ),
            {"department": company.makers},
        )
        await house.people.changed(unit)
    for path in paths:
        count, size = await cost(path)
        assert count <= before[path][0] + 1
        assert size < 150_000
    found = data(await root.get("/api/v1/admin/organizations"))
    assert next(one["total"] for one in found if one["depth"] == 0) == 10_002
