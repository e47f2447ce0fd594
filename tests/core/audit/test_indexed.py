"""Whatever the trail is searched for is served by an index, for a large tenant and a small."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from tests.engines import SUPERUSER, Engines, copy_of, run_as, settings_for

from maru.admin.audit import queries
from maru.db.explain import assert_indexed
from maru.db.scope import Scope
from maru.settings import Settings
from maru_sdk import CursorParams
from maru_sdk.db import Query, uuid7

COUNTS = (6_000, 20, 20_000)
TENANT = "INSERT INTO maru.tenant (id, slug, name) VALUES ('{tenant}', 't-{tenant}', 'T')"
PEOPLE = """
INSERT INTO maru.person (tenant_id, id, username, username_key, name)
SELECT '{tenant}', CAST(lpad(to_hex(n), 32, '0') AS uuid), 'p' || n, 'p' || n, 'P'
  FROM generate_series(1, 20) n"""
LINES = """
INSERT INTO maru.audit (tenant_id, id, kind, action, target, address, person_id, created_at)
SELECT '{tenant}',
       CAST(left(maru.first_id(now())::text, 13) || right(gen_random_uuid()::text, 23) AS uuid),
       CASE WHEN n % 3 = 0 THEN 'rights' ELSE 'general' END, 'a.' || n % 40, 't:' || n % 500,
       '192.0.2.' || n % 200, CAST(lpad(to_hex(n % 20 + 1), 32, '0') AS uuid),
       now() - n * interval '1 minute'
  FROM generate_series(1, {count}) n"""
NOW = datetime.now(UTC)
GIVEN: dict[str, Any] = {
    "person": uuid7(),
    "action": "a.7",
    "target": "t:7",
    "address": "192.0.2.7",
    "since": NOW - timedelta(hours=1),
    "until": NOW,
}
SOUGHT = [
    ("person",),
    ("action",),
    ("target",),
    ("since", "until"),
    ("address", "since"),
    ("person", "action"),
    ("target", "since", "until"),
]
OTHERS: dict[str, tuple[Query[Any], dict[str, Any]]] = {
    "line": (queries.LINE, {"id": uuid7()}),
    "actions": (queries.ACTIONS, {}),
    "departments": (queries.DEPARTMENTS, {"ids": [uuid7()]}),
    "named": (queries.NAMED, {"key": "p7"}),
}
SMALL = frozenset({"person", "department"})


@pytest.fixture(scope="module")
async def filled(engines: Engines, template: str) -> AsyncIterator[tuple[Settings, list[Scope]]]:
    async with copy_of(engines, template) as name:
        scopes = [Scope(uuid7()) for _ in COUNTS]
        for scope, count in zip(scopes, COUNTS, strict=True):
            told = [one.format(tenant=scope.tenant, count=count) for one in (TENANT, PEOPLE, LINES)]
            await run_as(engines, SUPERUSER, *told, database=name)
        await run_as(engines, SUPERUSER, "ANALYZE maru.audit, maru.person", database=name)
        yield settings_for(engines, name), scopes[:2]


async def checked(
    filled: tuple[Settings, list[Scope]],
    query: Query[Any],
    args: dict[str, Any],
    page: CursorParams | None = None,
) -> None:
    settings, scopes = filled
    connection = await asyncpg.connect(settings.database_url)
    try:
        for scope in scopes:
            await assert_indexed(connection, scope, query, args, page=page, whole=SMALL)
    finally:
        await connection.close()


@pytest.mark.parametrize("names", SOUGHT, ids=",".join)
async def test_a_search(filled: tuple[Settings, list[Scope]], names: tuple[str, ...]) -> None:
    query = queries.listing(frozenset(names))
    args = {name: GIVEN[name] for name in names}
    await checked(filled, query, args, CursorParams(limit=20))


@pytest.mark.parametrize("name", OTHERS)
async def test_another_question(filled: tuple[Settings, list[Scope]], name: str) -> None:
    await checked(filled, *OTHERS[name])


async def test_the_next_part_of_an_export(filled: tuple[Settings, list[Scope]]) -> None:
    query = queries.exporting(frozenset({"action"}))
    await checked(filled, query, {"action": "a.7", "last_at": NOW, "last": uuid7()})
