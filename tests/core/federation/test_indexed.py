"""What a sign-in elsewhere asks is served by indexes, for a large tenant and a small."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from tests.engines import SUPERUSER, Engines, copy_of, run_as, settings_for

from maru.db.explain import assert_indexed
from maru.db.scope import Scope
from maru.federation import queries
from maru.settings import Settings
from maru_sdk.db import Query, uuid7

COUNTS = (6_000, 20, 20_000)
TENANT = "INSERT INTO maru.tenant (id, slug, name) VALUES ('{tenant}', 't-{tenant}', 'T')"
PEOPLE = """
INSERT INTO maru.person (tenant_id, id, username, username_key, name, email_key, employee_number)
SELECT '{tenant}', gen_random_uuid(), 'p' || n, 'p' || n, '사람', 'p' || n || '@x', 'E' || n
  FROM generate_series(1, {count}) n"""
KNOWN = """
INSERT INTO maru.external_identity (tenant_id, id, person_id, provider, issuer, subject)
SELECT tenant_id, gen_random_uuid(), id, 'corp', 'https://login', username_key
  FROM maru.person WHERE tenant_id = '{tenant}'"""
SESSIONS = """
INSERT INTO maru.session (tenant_id, id, person_id, last_seen_at, expires_at, method)
SELECT tenant_id, gen_random_uuid(), id, now(), now(), 'oidc:corp'
  FROM maru.person WHERE tenant_id = '{tenant}'"""
ROLE = """
INSERT INTO maru.role (tenant_id, id, key, name) VALUES ('{tenant}', '{tenant}', 'member', 'M')"""
GRANTS = """
INSERT INTO maru.role_grant (tenant_id, id, role_id, subject_kind, subject_id)
SELECT tenant_id, gen_random_uuid(), tenant_id, 'person', id
  FROM maru.person WHERE tenant_id = '{tenant}'"""
ASKED: dict[str, tuple[Query[Any], dict[str, Any]]] = {
    "known": (queries.KNOWN, {"issuer": "https://login", "subject": "p7"}),
    "linked": (queries.LINKED, {"person": uuid7()}),
    "leaving": (queries.LEAVING, {"session": uuid7()}),
    "by username": (queries.BY_CLAIM["username"], {"value": "p7"}),
    "by number": (queries.BY_CLAIM["employee_number"], {"value": "E7"}),
    "by address": (queries.BY_CLAIM["email"], {"value": "p7@x"}),
    "profile": (queries.PROFILE, {"person": uuid7()}),
    "held": (queries.HELD, {"person": uuid7()}),
}
SMALL = frozenset({"role", "sign_in_provider"})


@pytest.fixture(scope="module")
async def filled(engines: Engines, template: str) -> AsyncIterator[tuple[Settings, list[Scope]]]:
    async with copy_of(engines, template) as name:
        scopes = [Scope(uuid7()) for _ in COUNTS]
        for scope, count in zip(scopes, COUNTS, strict=True):
            told = [
                one.format(tenant=scope.tenant, count=count)
                for one in (TENANT, PEOPLE, KNOWN, SESSIONS, ROLE, GRANTS)
            ]
            await run_as(engines, SUPERUSER, *told, database=name)
        look = "ANALYZE maru.person, maru.external_identity, maru.session, maru.role_grant"
        await run_as(engines, SUPERUSER, look, database=name)
        yield settings_for(engines, name), scopes[:2]


@pytest.mark.parametrize("name", ASKED)
async def test_is_served_by_an_index(filled: tuple[Settings, list[Scope]], name: str) -> None:
    settings, scopes = filled
    query, args = ASKED[name]
    connection = await asyncpg.connect(settings.database_url)
    try:
        for scope in scopes:
            await assert_indexed(connection, scope, query, args, whole=SMALL)
    finally:
        await connection.close()
