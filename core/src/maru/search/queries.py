"""Every statement on the index."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk import Model
from maru_sdk.db import Query, TenantModel

BATCH: Final = 20


class FoundRow(Model):
    """A row as the search function gives it, with how many it has ranked and the oldest of them."""

    source: str
    id: UUID
    title: str
    body: str
    url: str
    at: datetime
    author_id: UUID | None
    score: float
    hits: int
    oldest_at: datetime
    oldest_id: UUID


FIND: Final = Query("SELECT f.* FROM maru.search_find(:ask) AS f", FoundRow, params={"ask": dict})


class NamedRow(Model):
    """A row that an engine has named."""

    source: str
    id: UUID
    resource: str | None
    department_id: UUID | None
    author_id: UUID | None
    title: str
    keywords: str
    body: str
    url: str
    at: datetime


OF_IDS: Final = Query(
    """
    SELECT source, id, resource, department_id, author_id, title, keywords, body, url, at
      FROM maru.search_row WHERE id = ANY(:ids)
    """,
    NamedRow,
    params={"ids": list[UUID]},
)


class Moment(Model):
    """When a thing was written."""

    at: datetime


NTH: Final = Query(
    "SELECT at FROM maru.search_row ORDER BY at DESC, id DESC OFFSET :nth LIMIT 1",
    Moment,
    params={"nth": int},
)

WRITE: Final = sa.text(
    """
    INSERT INTO maru.search_row AS was (id, source, resource, department_id, author_id, title,
                                        keywords, body, url, at, grams)
    SELECT r.id, :source, r.resource, r.department_id, r.author_id, r.title, r.keywords, r.body,
           r.url, r.at, r.grams::tsvector
      FROM jsonb_to_recordset(:rows) AS r (id uuid, resource text, department_id uuid,
           author_id uuid, title text, keywords text, body text, url text, at timestamptz,
           grams text)
    ON CONFLICT (tenant_id, id, source) DO UPDATE
       SET resource = excluded.resource, department_id = excluded.department_id,
           author_id = excluded.author_id, title = excluded.title, keywords = excluded.keywords,
           body = excluded.body, url = excluded.url, at = excluded.at, grams = excluded.grams,
           waiting = true, updated_at = now(),
           words = CASE WHEN (was.title, was.keywords, was.body)
                           = (excluded.title, excluded.keywords, excluded.body) THEN was.words END
    """
).bindparams(sa.bindparam("rows", type_=JSONB))

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))

FORGET: Final = sa.text(
    "DELETE FROM maru.search_row WHERE source = :source AND id = ANY(:ids)"
).bindparams(_IDS)

LEAVE: Final = sa.text(
    "DELETE FROM maru.search_row WHERE source = :source AND resource = :resource RETURNING id"
)

# What stands between two ids, or behind the last one, and wasn't given; what came up since then
# may be newer than what was read.
SWEEP: Final = sa.text(
    """
    DELETE FROM maru.search_row
     WHERE source = :source AND id > :after AND id <= :until AND id <> ALL(:ids)
       AND updated_at < :began
    RETURNING id
    """
).bindparams(_IDS, sa.bindparam("after", type_=sa.Uuid), sa.bindparam("until", type_=sa.Uuid))


class WaitingRow(Model):
    """A row whose words nobody has read yet."""

    id: UUID
    source: str
    title: str
    keywords: str
    body: str
    updated_at: datetime


WAITING: Final = Query(
    f"""
    SELECT id, source, title, keywords, body, updated_at FROM maru.search_row
     WHERE waiting LIMIT {BATCH}
    """,  # noqa: S608  # a number of ours
    WaitingRow,
)

# All rows in one statement: for each one PostgreSQL would look at every partition.
READ: Final = sa.text(
    """
    UPDATE maru.search_row AS r SET words = CAST(v.words AS tsvector), waiting = false
      FROM jsonb_to_recordset(:rows) AS v (id uuid, source text, updated_at timestamptz, words text)
     WHERE r.tenant_id = maru.tenant() AND r.id = v.id AND r.source = v.source
       AND r.updated_at = v.updated_at
    """
).bindparams(sa.bindparam("rows", type_=JSONB))


class Named(Model):
    """A word of the company's."""

    name: str


NAMES: Final = Query(
    """
    SELECT name FROM maru.person WHERE state = 'active'
     UNION SELECT name FROM maru.department
    """,
    Named,
)


class Member(Model):
    """A person of a department."""

    id: UUID


MEMBERS: Final = Query(
    "SELECT id FROM maru.person WHERE department_id = ANY(:departments)",
    Member,
    params={"departments": list[UUID]},
)


class DepartmentRow(Model):
    """A department, and the one above it."""

    id: UUID
    name: str
    parent_id: UUID | None


DEPARTMENTS: Final = Query(
    "SELECT id, name, parent_id FROM maru.department ORDER BY rank, name, id", DepartmentRow
)


class Taken(Model):
    """A source that was taken up."""

    source: str


TAKEN: Final = Query(
    "SELECT source FROM maru.search_taken WHERE generation = :generation",
    Taken,
    params={"generation": int},
)

TAKE: Final = sa.text(
    """
    INSERT INTO maru.search_taken (id, source, generation)
    VALUES (gen_random_uuid(), :source, :generation)
        ON CONFLICT (tenant_id, source) DO UPDATE
       SET generation = excluded.generation, updated_at = now()
    """
)


def counted(model: type[TenantModel]) -> Any:
    """How many things of a model there are."""
    return sa.select(sa.func.count()).select_from(model)


class UnderWay(Model):
    """How a job is getting on."""

    state: str
    done: int | None
    total: int | None


UNDER_WAY: Final = Query(
    """
    SELECT state, (progress ->> 'done')::bigint AS done, (progress ->> 'total')::bigint AS total
      FROM maru.job WHERE id = :job
    """,
    UnderWay,
    params={"job": UUID},
)


class Lately(Model):
    """What somebody has sought, the latest first."""

    texts: list[str]


LATELY: Final = Query(
    "SELECT texts FROM maru.search_lately WHERE person_id = :person",
    Lately,
    params={"person": UUID},
)

REMEMBER: Final = sa.text(
    """
    INSERT INTO maru.search_lately AS was (id, person_id, texts)
    VALUES (gen_random_uuid(), :person, ARRAY[:text])
        ON CONFLICT (tenant_id, person_id) DO UPDATE
       SET texts = (excluded.texts || array_remove(was.texts, :text))[1:CAST(:most AS int)],
           updated_at = now()
    """
).bindparams(sa.bindparam("person", type_=sa.Uuid), sa.bindparam("text", type_=sa.Text))

FORGET_LATELY: Final = sa.text(
    "DELETE FROM maru.search_lately WHERE person_id = :person"
).bindparams(sa.bindparam("person", type_=sa.Uuid))
