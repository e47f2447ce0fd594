"""What a page asks of the database is served by indexes, for a large tenant and a small."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from tests.engines import SUPERUSER, Engines, copy_of, run_as, settings_for

from maru.db.explain import assert_indexed
from maru.db.scope import Scope
from maru.portal import queries
from maru.settings import Settings
from maru_sdk.db import Query, uuid7

COUNTS = (6_000, 20, 20_000)
FILL = (
    "INSERT INTO maru.tenant (id, slug, name) VALUES ('{tenant}', 't-{tenant}', 'T')",
    """INSERT INTO maru.role (tenant_id, id, key, name, rank)
       SELECT '{tenant}', gen_random_uuid(), 'r' || n, 'r', n FROM generate_series(1, 8) n""",
    """INSERT INTO maru.portal_layout (tenant_id, id, owner_kind, owner_id)
       SELECT '{tenant}', gen_random_uuid(), 'person', gen_random_uuid()
         FROM generate_series(1, {count}) n""",
    """INSERT INTO maru.portal_layout (tenant_id, id, owner_kind, owner_id)
       SELECT tenant_id, gen_random_uuid(), 'role', id FROM maru.role
        WHERE tenant_id = '{tenant}'""",
    """INSERT INTO maru.portal_revision
              (tenant_id, id, owner_kind, owner_id, number, origin)
       SELECT '{tenant}', gen_random_uuid(), 'person', gen_random_uuid(), n, n
         FROM generate_series(1, {count}) n""",
)
WHO = uuid7()
ASKED: dict[str, tuple[Query[Any], dict[str, Any]]] = {
    "layers": (queries.LAYERS, {"roles": ["r3", "r5"], "person": WHO}),
    "own": (queries.OWN, {"kind": "role", "owner": WHO}),
    "history": (queries.HISTORY, {"kind": "person", "owner": WHO}),
}


@pytest.fixture(scope="module")
async def filled(engines: Engines, template: str) -> AsyncIterator[tuple[Settings, list[Scope]]]:
    async with copy_of(engines, template) as name:
        scopes = [Scope(uuid7()) for _ in COUNTS]
        for scope, count in zip(scopes, COUNTS, strict=True):
            told = [one.format(tenant=scope.tenant, count=count) for one in FILL]
            await run_as(engines, SUPERUSER, *told, database=name)
        analyze = "ANALYZE maru.portal_layout, maru.portal_revision, maru.role, maru.person"
        await run_as(engines, SUPERUSER, analyze, database=name)
        yield settings_for(engines, name), scopes[:2]


@pytest.mark.parametrize("name", ASKED)
async def test_is_served_by_an_index(filled: tuple[Settings, list[Scope]], name: str) -> None:
    settings, scopes = filled
    query, args = ASKED[name]
    connection = await asyncpg.connect(settings.database_url)
    try:
        for scope in scopes:
            await assert_indexed(
                connection, scope, query, args, whole=frozenset({"role", "person"})
            )
    finally:
        await connection.close()
