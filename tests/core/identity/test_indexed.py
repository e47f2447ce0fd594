"""The statements of sign-in and rights are served by indexes, for a large tenant and a small."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from tests.core.identity.company import Company, Process, found_company

from maru.access.queries import GRANTS
from maru.db.explain import assert_indexed
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity import people_queries, queries
from maru.settings import Settings
from maru_sdk.db import Query

PEOPLE = """
INSERT INTO maru.person (id, username, username_key, name, department_id)
SELECT gen_random_uuid(), 'p' || n, 'p' || n, '사람' || n, :department
  FROM generate_series(1, :count) n
"""
SIGN_INS = """
INSERT INTO maru.audit (id, plugin, action, target, address, created_at)
SELECT CAST(left(maru.first_id(now())::text, 13) || right(gen_random_uuid()::text, 23) AS uuid),
       'auth', 'auth.login', 'person:' || n % 1000, '192.0.2.' || n % 200,
       now() - n * interval '1 minute'
  FROM generate_series(1, :count) n
"""
GIVEN = """
INSERT INTO maru.role_grant (id, role_id, subject_kind, subject_id)
SELECT gen_random_uuid(), (SELECT id FROM maru.role WHERE key = 'member'), 'person', p.id
  FROM maru.person p
"""
SIGNED_IN = """
INSERT INTO maru.session (id, person_id, last_seen_at, expires_at, ended_at)
SELECT gen_random_uuid(), p.id, now(), now() + interval '30 days',
       CASE WHEN n > 1 THEN now() END
  FROM maru.person p, generate_series(1, 3) n
"""
TICKETS = """
INSERT INTO maru.password_ticket (id, person_id, purpose, token_hash, sent_to, expires_at)
SELECT gen_random_uuid(), p.id, 'reset', p.id::text || n, 'x', now() + interval '1 hour'
  FROM maru.person p, generate_series(1, 2) n
"""
TOKENS = """
INSERT INTO maru.personal_token (id, person_id, name, token_hash, hint, scopes, expires_at)
SELECT gen_random_uuid(), p.id, 'x', p.id::text || n, 'x', 'all', now() + interval '90 days'
  FROM maru.person p, generate_series(1, 2) n
"""
SINCE = datetime.now(UTC)
NOBODY = UUID(int=7)
ASKED: dict[str, tuple[Query[Any], dict[str, Any]]] = {
    "credentials": (queries.CREDENTIALS, {"key": "p7"}),
    "credentials of": (queries.CREDENTIALS_OF, {"id": NOBODY}),
    "person": (people_queries.PERSON, {"id": NOBODY}),
    "user": (people_queries.USER, {"id": NOBODY}),
    "people by id": (people_queries.PEOPLE_BY_ID, {"ids": [NOBODY]}),
    "attempts": (
        queries.ATTEMPTS,
        {"target": "person:7", "address": "192.0.2.7", "since": SINCE},
    ),
    "guesses": (queries.GUESSES, {"target": "person:7", "since": SINCE}),
    "standing": (queries.STANDING, {"id": NOBODY}),
    "who has an address": (people_queries.WHO_HAS, {"key": "p7@example.test", "most": 5}),
    "sessions of": (queries.SESSIONS_OF, {"person": NOBODY, "now": SINCE, "since": SINCE}),
    "ticket": (queries.TICKET, {"hash": "x", "now": SINCE}),
    "resets": (queries.RESETS, {"person": NOBODY, "since": SINCE}),
    "personal token": (queries.PERSONAL, {"hash": "x"}),
    "personal tokens of": (queries.PERSONAL_OF, {"person": NOBODY}),
    "grants": (GRANTS, {"person": NOBODY}),
}
SMALL = frozenset({"tenant", "department", "role", "role_permission"})


@pytest.fixture(scope="module")
async def scopes(settings: Settings, process: Process) -> list[Scope]:
    """A large tenant, a small one, and one whose rows are in the way of both."""
    found = []
    for count in (8_000, 20, 30_000):
        company = await found_company(settings, process)
        await fill(process, company, count)
        found.append(Scope(company.id))
    owner = await asyncpg.connect(settings.database_owner_url)
    try:
        await owner.execute(
            "ANALYZE maru.person, maru.audit, maru.role_grant, maru.session,"
            " maru.password_ticket, maru.personal_token"
        )
    finally:
        await owner.close()
    return found[:2]


async def fill(process: Process, company: Company, count: int) -> None:
    async with committing(process.database.unit(Scope(company.id), timeout=60)) as unit:
        session = await unit.session()
        department = {"count": count, "department": company.sales}
        await session.execute(sa.text(PEOPLE), department)
        await session.execute(sa.text(SIGN_INS), {"count": count})
        for rows in (GIVEN, SIGNED_IN, TICKETS, TOKENS):
            await session.execute(sa.text(rows))


@pytest.mark.parametrize("name", ASKED)
async def test_is_served_by_an_index(settings: Settings, scopes: list[Scope], name: str) -> None:
    query, args = ASKED[name]
    connection = await asyncpg.connect(settings.database_url)
    try:
        for scope in scopes:
            await assert_indexed(connection, scope, query, args, whole=SMALL)
    finally:
        await connection.close()
