"""What the pages of jobs, schedules and events ask is served by indexes, for a large tenant and a
small."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest
from tests.engines import SUPERUSER, Engines, copy_of, run_as, settings_for

from maru.admin.jobs import queries as jobs
from maru.admin.keys.queries import RESEALINGS
from maru.admin.statistics.queries import ACTIVE_USERS, KEPT
from maru.admin.statistics.queries import JOBS as JOBS_DONE
from maru.admin.statistics.queries import SIGN_INS as COUNTED
from maru.db.explain import assert_indexed
from maru.db.scope import Scope
from maru.events import desk as events
from maru.jobs import schedule_queries as schedules
from maru.settings import Settings
from maru_sdk.db import Query, uuid7

COUNTS = (6_000, 20, 20_000)
TENANT = "INSERT INTO maru.tenant (id, slug, name) VALUES ('{tenant}', 't-{tenant}', 'T')"
JOBS = """
INSERT INTO maru.job (tenant_id, id, kind, plugin, state, lane_number, finished_at)
SELECT '{tenant}', gen_random_uuid(), 'listener:a.l' || n % 9, 'a',
       CASE WHEN n % 50 = 0 THEN 'dead' ELSE 'done' END, n,
       timestamptz '2026-11-28' - n * interval '1 hour' FROM generate_series(1, {count}) n"""
PERSON = """
INSERT INTO maru.person (tenant_id, id, username, username_key, name)
VALUES ('{tenant}', '{tenant}', 'p', 'p', 'P')"""
SESSIONS = """
INSERT INTO maru.session (tenant_id, id, person_id, last_seen_at, expires_at)
SELECT '{tenant}', gen_random_uuid(), '{tenant}',
       timestamptz '2026-11-28' - n * interval '1 hour', timestamptz '2027-01-01'
  FROM generate_series(1, {count}) n"""
RUNS = """
INSERT INTO maru.schedule_run (tenant_id, id, schedule, run_key)
SELECT '{tenant}', gen_random_uuid(), 'a.s' || n % 5, 'key ' || n
  FROM generate_series(1, {count}) n"""
EVENTS = """
INSERT INTO maru.event (tenant_id, id, name, key)
SELECT '{tenant}', gen_random_uuid(), 'a.e' || n % 9, 'k' || n % 100
  FROM generate_series(1, {count}) n"""
DAYS = """
INSERT INTO maru.statistic_day (tenant_id, id, day, plugin, name, value)
SELECT '{tenant}', gen_random_uuid(), date '2020-01-01' + n / 9, 'p' || n % 9, 'jobs', n
  FROM generate_series(1, {count}) n"""
# Ids of long ago: one that falls into a partition alone is rightly read without an index.
SIGN_INS = """
INSERT INTO maru.audit (tenant_id, id, plugin, action, target, created_at)
SELECT '{tenant}', ('0000' || right(gen_random_uuid()::text, 32))::uuid, 'auth', 'auth.login',
       'person:' || n % 100, timestamptz '2026-11-28' - n * interval '1 hour'
  FROM generate_series(1, {count}) n"""
SPAN = {"since": datetime(2026, 11, 27, tzinfo=UTC), "until": datetime(2026, 11, 28, tzinfo=UTC)}
ASKED: dict[str, tuple[Query[Any], dict[str, Any]]] = {
    "kinds": (jobs.KINDS, {}),
    "open jobs": (jobs.OPEN, {}),
    "event of": (jobs.EVENT_OF, {"job": uuid7()}),
    "latest runs": (schedules.LATEST, {"names": ["a.s1", "a.s2"]}),
    "runs": (schedules.RUNS, {"name": "a.s1", "most": 50}),
    "runs that seal anew": (RESEALINGS, {"kind": "core.reseal"}),
    "kept numbers": (KEPT, {"first": date(2020, 2, 1), "last": date(2020, 2, 7)}),
    "sign-ins": (COUNTED, SPAN),
    "jobs that were done": (JOBS_DONE, SPAN),
    "people who were here": (ACTIVE_USERS, SPAN),
    "event": (events.EVENT, {"number": 77}),
    "heard": (events.HEARD, {"kinds": ["listener:a.l1"], "number": 77}),
}


@pytest.fixture(scope="module")
async def filled(engines: Engines, template: str) -> AsyncIterator[tuple[Settings, list[Scope]]]:
    async with copy_of(engines, template) as name:
        scopes = [Scope(uuid7()) for _ in COUNTS]
        for scope, count in zip(scopes, COUNTS, strict=True):
            filling = (TENANT, PERSON, SESSIONS, JOBS, RUNS, EVENTS, DAYS, SIGN_INS)
            told = [one.format(tenant=scope.tenant, count=count) for one in filling]
            await run_as(engines, SUPERUSER, *told, database=name)
        look = (
            "ANALYZE maru.job, maru.schedule_run, maru.event, maru.statistic_day, maru.audit,"
            " maru.session"
        )
        await run_as(engines, SUPERUSER, look, database=name)
        yield settings_for(engines, name), scopes[:2]


@pytest.mark.parametrize("name", ASKED)
async def test_is_served_by_an_index(filled: tuple[Settings, list[Scope]], name: str) -> None:
    settings, scopes = filled
    query, args = ASKED[name]
    connection = await asyncpg.connect(settings.database_url)
    try:
        for scope in scopes:
            await assert_indexed(connection, scope, query, args)
    finally:
        await connection.close()
