"""Whatever is sought is served by an index, for a large company and a small, and no company's
search reaches another's rows."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from tests.engines import SUPERUSER, Engines, copy_of, run_as

from maru.db.explain import scans
from maru.db.scope import Scope
from maru.search.finding import RANKED
from maru.search.morphemes import Noun, Understood
from maru.search.questions import question
from maru_sdk.db import uuid7

COUNTS = (6_000, 20, 20_000)
TENANT = "INSERT INTO maru.tenant (id, slug, name) VALUES ('{tenant}', 't-{tenant}', 'T')"
ROWS = """
INSERT INTO maru.search_row (tenant_id, id, source, resource, author_id, title, url, at, waiting,
                             words, grams)
SELECT '{tenant}', gen_random_uuid(), 'board.posts', 'board:' || n % 7,
       CAST(lpad(to_hex(n % 50), 32, '0') AS uuid), 'T', '/', now() - n * interval '1 minute',
       n % 500 = 0, to_tsvector('simple', 'often word' || n % 900),
       to_tsvector('simple', 'of ft te en g' || n % 900)
  FROM generate_series(1, {count}) n"""
SEEN: dict[str, Any] = {
    "sources": ["board.posts"],
    "wide": ["board.posts"],
    "within": [],
    "named": [],
    "shut": ["board.posts|board:3"],
}
ASK: dict[str, Any] = {
    **SEEN,
    "until": "2100-01-01T00:00:00Z",
    "most": RANKED,
    "skip": 0,
    "limit": 21,
    "every": True,
}
LIMITED: dict[str, Any] = {
    "author": str(uuid7()),
    "since": "2020-01-01T00:00:00Z",
    "before": ["2099-01-01T00:00:00Z", str(uuid7())],
    "departments": [str(uuid7())],
    "members": [str(uuid7())],
}


@pytest.fixture(scope="module")
async def filled(engines: Engines, template: str) -> AsyncIterator[tuple[str, list[Scope]]]:
    """A database with companies of different size."""
    async with copy_of(engines, template) as name:
        scopes = [Scope(one) for one in await neighbours(engines, name)]
        for scope, count in zip(scopes, COUNTS, strict=True):
            told = [one.format(tenant=scope.tenant, count=count) for one in (TENANT, ROWS)]
            await run_as(engines, SUPERUSER, *told, database=name)
        await run_as(engines, SUPERUSER, "ANALYZE maru.search_row", database=name)
        yield name, scopes


async def neighbours(engines: Engines, name: str) -> list[UUID]:
    """Ids of companies that share a partition: a table of their own is scanned, rightly."""
    sharing = "SELECT satisfies_hash_partition('maru.search_row'::regclass, 16, 0, $1::uuid)"
    found: list[UUID] = []
    connection = await asyncpg.connect(engines.postgres(SUPERUSER, name))
    try:
        while len(found) < len(COUNTS):
            one = uuid7()
            found += [one] if await connection.fetchval(sharing, one) else []
    finally:
        await connection.close()
    return found


def asked(*words: str, **more: Any) -> str:
    """What the search function is asked, as JSON."""
    nouns = [Noun(word=word) for word in words]
    told = question(" ".join(words), Understood(nouns=nouns)).told()
    return orjson.dumps(ASK | told | more).decode()


async def planned(engines: Engines, name: str, scope: Scope, ask: str) -> dict[str, Any]:
    """The plan of what the function runs, as the role that it runs as."""
    connection = await asyncpg.connect(engines.postgres(SUPERUSER, name))
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE maru_search")
            await connection.execute(scope.sql())
            sql = await connection.fetchval("SELECT maru.search_sql($1)", ask)
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}")
    finally:
        await connection.close()
    return dict(orjson.loads(plan)[0]["Plan"])


@pytest.mark.parametrize("more", [{}, {"every": False}, LIMITED], ids=["every", "some", "limited"])
@pytest.mark.parametrize("words", [("word7",), ("often",), ("often", "word7"), ("nowhere",)])
async def test_a_search(
    engines: Engines, filled: tuple[str, list[Scope]], words: tuple[str, ...], more: dict[str, Any]
) -> None:
    name, scopes = filled
    for scope in scopes:
        plan = await planned(engines, name, scope, asked(*words, **more))
        assert list(scans(plan)) == []


async def test_rows_of_the_own_company_alone(
    engines: Engines, filled: tuple[str, list[Scope]]
) -> None:
    name, scopes = filled
    connection = await asyncpg.connect(engines.postgres("maru_app", name))
    find = "SELECT count(*) FROM maru.search_find($1)"
    try:
        assert await connection.fetchval(find, asked("often")) == 0
        for scope, count in zip(scopes, COUNTS, strict=True):
            async with connection.transaction():
                await connection.execute(scope.sql())
                ask = asked("often", limit=1_000)
                rows = await connection.fetch("SELECT * FROM maru.search_find($1)", ask)
                assert len(rows) == min(RANKED, count - count // 7 - (count % 7 >= 3))
                own = await connection.fetchval(
                    "SELECT count(*) FROM maru.search_row"
                    " WHERE id = ANY (string_to_array($1, ',')::uuid[])",
                    ",".join(str(row["id"]) for row in rows),
                )
                assert own == len(rows)
    finally:
        await connection.close()


async def test_private_things_are_named_to_be_seen(
    engines: Engines, filled: tuple[str, list[Scope]]
) -> None:
    name, scopes = filled
    connection = await asyncpg.connect(engines.postgres("maru_app", name))
    try:
        async with connection.transaction():
            await connection.execute(scopes[1].sql())

            async def count(**seen: Any) -> int:
                ask = asked("often", limit=100, **seen)
                found = await connection.fetchval("SELECT count(*) FROM maru.search_find($1)", ask)
                return int(found)

            assert await count() == 17
            assert await count(named=["board.posts|board:3"]) == 20
            assert await count(wide=[], shut=[], named=["board.posts|board:3"]) == 3
            assert await count(wide=[], shut=[]) == 0
            assert await count(sources=[]) == 0
            assert await count(wide=[], within=[f"board.posts|{uuid7()}"]) == 0
    finally:
        await connection.close()
