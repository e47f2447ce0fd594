"""Whom a layer of a role reaches is said before it is published: exactly those who then see it."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from tests.core.access.test_indexed import FEW, companies
from tests.core.identity.company import Company, Process, found_company
from tests.core.identity.conftest import process, settings

from maru.admin.layouts.queries import AFTER, CHANGED, EVERYBODY, HOLDERS, LAYERS, NAMED
from maru.db.explain import assert_indexed
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.settings import Settings
from maru_sdk.db import Query, uuid7

__all__ = ["companies", "process", "settings"]

SMALL = """
INSERT INTO maru.department (id, name, parent_id)
SELECT gen_random_uuid(), 'd' || n, :top FROM generate_series(1, 5) n;
INSERT INTO maru.person (id, username, username_key, name, department_id, state)
SELECT gen_random_uuid(), 'p' || s.n, 'p' || s.n, 'P', d.id,
       CASE WHEN s.n % 9 = 0 THEN 'inactive' ELSE 'active' END
  FROM generate_series(1, 40) AS s(n)
  JOIN (SELECT id, row_number() OVER () AS n FROM maru.department) d ON d.n = s.n % 8 + 1;
INSERT INTO maru.post (id, person_id, department_id)
SELECT gen_random_uuid(), p.id, d.id
  FROM (SELECT id, row_number() OVER () AS n FROM maru.person) p
  JOIN (SELECT id, row_number() OVER () AS n FROM maru.department) d ON d.n = p.n % 13
 WHERE NOT EXISTS (SELECT FROM maru.person q WHERE q.id = p.id AND q.department_id = d.id);
UPDATE maru.department SET manager_id = (SELECT max(id::text)::uuid FROM maru.person)
 WHERE id = :top;
INSERT INTO maru.person_group (id, name, name_key)
SELECT gen_random_uuid(), 'g' || n, 'g' || n FROM generate_series(1, 4) n;
INSERT INTO maru.group_member (id, group_id, person_id)
SELECT gen_random_uuid(), g.id, p.id
  FROM (SELECT id, row_number() OVER () AS n FROM maru.person) p
  JOIN (SELECT id, row_number() OVER () AS n FROM maru.person_group) g ON g.n = p.n % 7;
INSERT INTO maru.group_nesting (id, outer_id, inner_id)
SELECT gen_random_uuid(), a.id, b.id FROM maru.person_group a, maru.person_group b
 WHERE (a.name, b.name) IN (('g1', 'g2'), ('g2', 'g3'));
INSERT INTO maru.role (id, key, name, rank)
SELECT gen_random_uuid(), 'r' || n, 'r', n % 3 + 10 FROM generate_series(1, 6) n
"""
GRANT = """
INSERT INTO maru.role_grant (id, role_id, subject_kind, subject_id, until)
VALUES (gen_random_uuid(), :role, :kind, :subject, now() + CAST(:until AS interval))
"""
LAYER = """
INSERT INTO maru.portal_layout (id, owner_kind, owner_id, differences)
VALUES (gen_random_uuid(), 'role', :role, '{"removed": []}')
"""
ASKED: dict[str, tuple[Query[Any], dict[str, Any]]] = {
    "everybody": (EVERYBODY, {}),
    "holders": (HOLDERS, {"role": uuid7()}),
    "layers": (LAYERS, {}),
    "named": (NAMED, {}),
    "changed": (CHANGED, {"ids": ["a"]}),
    "after": (AFTER, {"after": UUID(int=0)}),
}


async def rows(unit: Unit, sql: str) -> list[UUID]:
    return list((await unit.db.execute(sa.text(sql))).scalars())


async def fill(process: Process, company: Company, seed: int) -> None:
    """A company in which roles are given in every way, to some for a time that is over."""
    chance = random.Random(seed)
    async with committing(process.database.unit(Scope(company.id))) as unit:
        for statement in SMALL.split(";"):
            given = {"top": company.top} if ":top" in statement else {}
            await unit.db.execute(sa.text(statement), given)
        tables = {"person": "person", "department": "department", "group": "person_group"}
        roles = await rows(unit, "SELECT id FROM maru.role ORDER BY key")
        for kind, table in tables.items():
            subjects = await rows(unit, f"SELECT id FROM maru.{table} ORDER BY id")
            for role in roles:
                for subject in chance.sample(subjects, 2):
                    until = chance.choice([None, timedelta(1), timedelta(-1)])
                    asked = {"role": role, "kind": kind, "subject": subject, "until": until}
                    await unit.db.execute(sa.text(GRANT), asked)
        for role in chance.sample(roles, 4):
            await unit.db.execute(sa.text(LAYER), {"role": role})
        await process.rights.changed(unit)


@pytest.mark.parametrize("seed", range(3))
async def test_is_who_then_sees_it(settings: Settings, process: Process, seed: int) -> None:
    company = await found_company(settings, process)
    await fill(process, company, seed)
    async with process.database.unit(Scope(company.id)) as unit:
        found = await unit.db.execute(sa.text("SELECT id, key, rank FROM maru.role"))
        roles = sorted((rank, key, id_) for id_, key, rank in found)
        layered = set(await rows(unit, "SELECT owner_id FROM maru.portal_layout"))
        people = await rows(unit, "SELECT id FROM maru.person WHERE state = 'active'")
        held = [set((await process.rights.granted(company.id, one)).roles) for one in people]
        for at, (_, key, id_) in enumerate(roles):
            above = {name for _, name, one in roles[:at] if one in layered}
            wanted = sum(key in theirs and not theirs & above for theirs in held)
            told = (await unit.read(HOLDERS, role=id_))[0]
            assert told.people == wanted, key


@pytest.mark.parametrize("name", ASKED)
async def test_is_served_by_an_index(
    settings: Settings, companies: list[Company], name: str
) -> None:
    query, args = ASKED[name]
    # A role may be everybody's: then all people are what is asked for.
    whole = FEW | {"post"} | ({"person"} if name in {"everybody", "holders"} else frozenset())
    connection = await asyncpg.connect(settings.database_url)
    try:
        for company in companies:
            await assert_indexed(connection, Scope(company.id), query, args, whole=whole)
    finally:
        await connection.close()
