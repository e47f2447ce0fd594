"""Each statement on files is served by an index, for a company with many files and one with few."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from tests.engines import SUPERUSER, Engines, copy_of, run_as, settings_for

from maru.db.database import Database
from maru.db.explain import assert_indexed, scans, sifts
from maru.db.scope import Scope
from maru.files import queries
from maru.settings import Settings
from maru_sdk.db import Query, uuid7

COUNTS = (6_000, 20, 20_000)
NOW = datetime(2026, 11, 29, tzinfo=UTC)
ONE = uuid7()
TENANT = "INSERT INTO maru.tenant (id, slug, name) VALUES ('{tenant}', 't-{tenant}', 'T')"
BLOBS = """
INSERT INTO maru.file_blob (tenant_id, id, sha256, size, media_type, pictures, unused_since)
SELECT '{tenant}', md5('{tenant}' || n)::uuid, 'hash' || n, n, 'image/png',
       CASE WHEN n % 500 = 0 THEN 'due' ELSE 'made' END,
       CASE WHEN n % 400 = 0 THEN now() - interval '3 hours' END
  FROM generate_series(1, {count}) n"""
FILES = """
INSERT INTO maru.file (tenant_id, id, blob_id, kind, on_id, name, ahead_until)
SELECT '{tenant}', gen_random_uuid(), md5('{tenant}' || n)::uuid, 'board.attachment',
       md5('on' || n % 3000)::uuid, '파일 ' || n,
       CASE WHEN n % 300 = 0 THEN now() + interval '7 days' END
  FROM generate_series(1, {count}) n"""
VARIANTS = """
INSERT INTO maru.file_variant (tenant_id, id, blob_id, name, media_type, size)
SELECT '{tenant}', gen_random_uuid(), md5('{tenant}' || n)::uuid, '150', 'image/webp', 9
  FROM generate_series(1, {count}) n"""
UPLOADS = """
INSERT INTO maru.file_upload (tenant_id, id, kind, on_id, name, size, expires_at)
SELECT '{tenant}', gen_random_uuid(), 'board.attachment', gen_random_uuid(), 'a', 9,
       now() + n * interval '1 second'
  FROM generate_series(1, {count}) n"""
READ: dict[str, tuple[Query[Any], dict[str, Any]]] = {
    "of a thing": (queries.OF_THING, {"kind": "board.attachment", "on_id": ONE}),
    "one": (queries.WHOLE, {"id": ONE}),
    "its pictures": (queries.VARIANTS, {"blob_id": ONE, "name": "150"}),
}
TOLD: dict[str, tuple[sa.TextClause, dict[str, Any]]] = {
    "claim": (queries.CLAIM, {"ids": [ONE], "kind": "k", "on_id": ONE, "me": ONE}),
    "end ahead": (queries.END_AHEAD, {"now": NOW}),
    "remove": (queries.REMOVE, {"kind": "k", "on_id": ONE, "id": ONE}),
    "clear": (queries.CLEAR, {"kind": "k", "things": [ONE]}),
    "unused": (queries.UNUSED, {"ids": [ONE]}),
    "collect": (queries.COLLECT, {"before": NOW}),
    "known": (queries.KNOWN_BLOBS, {"ids": [ONE]}),
    "held": (queries.HELD, {"id": ONE}),
    "pictured": (queries.PICTURED, {"id": ONE, "pictures": "made", "note": None}),
    "due": (queries.DUE, {}),
    "blob": (queries.BLOB, {"id": ONE}),
    "judge": (queries.JUDGE, {"id": ONE, "state": "clean", "note": None}),
    "files of": (queries.FILES_OF, {"id": ONE}),
    "upload": (queries.UPLOAD, {"id": ONE}),
    "finish": (
        queries.FINISH_UPLOAD,
        {"id": ONE, "file_id": ONE, "expires_at": NOW},
    ),
    "end": (queries.END_UPLOAD, {"id": ONE}),
    "expired": (queries.EXPIRED, {"now": NOW}),
    "copy": (queries.COPY, {"old": [ONE], "new": [ONE], "on_id": ONE, "me": ONE}),
    "coming": (queries.COMING, {"id": ONE}),
    "alike": (queries.ALIKE, {"id": ONE, "sha256": "hash"}),
    "adopt": (queries.ADOPT, {"id": ONE, "sha256": "hash"}),
    "settle": (queries.SETTLE, {"id": ONE, "sha256": "hash", "state": "clean"}),
    "refuse": (queries.REFUSE, {"id": ONE, "note": "content"}),
    "left coming": (queries.LEFT_COMING, {"before": NOW}),
    "forget": (queries.FORGET_PIECES, {"id": ONE}),
}


@pytest.fixture(scope="module")
async def filled(engines: Engines, template: str) -> AsyncIterator[tuple[Settings, list[Scope]]]:
    async with copy_of(engines, template) as name:
        scopes = [Scope(uuid7()) for _ in COUNTS]
        for scope, count in zip(scopes, COUNTS, strict=True):
            told = [
                one.format(tenant=scope.tenant, count=count)
                for one in (TENANT, BLOBS, FILES, VARIANTS, UPLOADS)
            ]
            await run_as(engines, SUPERUSER, *told, database=name)
        look = "ANALYZE maru.file_blob, maru.file, maru.file_variant, maru.file_upload"
        await run_as(engines, SUPERUSER, look, database=name)
        yield settings_for(engines, name), scopes[:2]


@pytest.mark.parametrize("name", READ)
async def test_a_reading_is_served_by_an_index(
    filled: tuple[Settings, list[Scope]], name: str
) -> None:
    settings, scopes = filled
    query, args = READ[name]
    connection = await asyncpg.connect(settings.database_url)
    try:
        for scope in scopes:
            await assert_indexed(connection, scope, query, args)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", TOLD)
async def test_a_change_is_served_by_an_index(
    filled: tuple[Settings, list[Scope]], name: str
) -> None:
    settings, scopes = filled
    statement, given = TOLD[name]
    async with await Database.open(settings.database_url, pool_size=1) as database:
        for scope in scopes:
            async with database.unit(scope) as unit:
                asked = sa.text(f"EXPLAIN (FORMAT JSON) {statement.text}").bindparams(
                    *statement._bindparams.values()
                )
                (found,) = (await unit.db.execute(asked, given)).one()
            planned = found[0]["Plan"]
            assert [*scans(planned), *sifts(planned)] == []
