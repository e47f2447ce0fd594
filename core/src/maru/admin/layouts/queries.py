"""Whom the layer of a role reaches, and what layers there are."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from maru.portal.queries import SAYS_SOMETHING
from maru_sdk import Model
from maru_sdk.db import Query


class Reached(Model):
    """How many active people see a layer, and how many of them have a layer of their own."""

    people: int
    arranged: int


_ARRANGED: Final = """
    SELECT count(*) AS people,
           count(l.id) FILTER (WHERE l.differences <> '{}') AS arranged
"""

EVERYBODY: Final = Query(
    _ARRANGED
    + """
      FROM maru.person p
      LEFT JOIN maru.portal_layout l
        ON l.tenant_id = p.tenant_id AND l.owner_kind = 'person' AND l.owner_id = p.id
     WHERE p.tenant_id = maru.tenant() AND p.state = 'active'
    """,
    Reached,
)
"""Whom a change of the tenant's layer reaches."""

_HELD: Final = f"""
    WITH RECURSIVE shown(id, rank, key) AS (
        SELECT r.id, r.rank, r.key
          FROM maru.role r
          JOIN maru.role this ON this.tenant_id = r.tenant_id AND this.id = :role
         WHERE r.tenant_id = maru.tenant()
           AND (r.id = this.id OR (r.rank, r.key) < (this.rank, this.key) AND EXISTS (
                SELECT FROM maru.portal_layout l
                 WHERE l.tenant_id = r.tenant_id AND l.owner_kind = 'role' AND l.owner_id = r.id
                   AND {SAYS_SOMETHING}))
    ), given AS (
        SELECT shown.id AS role_id, g.subject_kind, g.subject_id
          FROM shown
          JOIN maru.role_grant g ON g.tenant_id = maru.tenant() AND g.role_id = shown.id
           AND coalesce(g.until > now(), true)
    ), below(role_id, id) AS (
        SELECT given.role_id, given.subject_id FROM given WHERE given.subject_kind = 'department'
        UNION
        SELECT below.role_id, d.id
          FROM below
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.parent_id = below.id
    ), inside(role_id, id) AS (
        SELECT given.role_id, given.subject_id FROM given WHERE given.subject_kind = 'group'
        UNION
        SELECT inside.role_id, n.inner_id
          FROM inside
          JOIN maru.group_nesting n ON n.tenant_id = maru.tenant() AND n.outer_id = inside.id
    ), holder(role_id, id) AS (
        SELECT given.role_id, given.subject_id FROM given WHERE given.subject_kind = 'person'
        UNION
        SELECT inside.role_id, m.person_id
          FROM inside
          JOIN maru.group_member m ON m.tenant_id = maru.tenant() AND m.group_id = inside.id
        UNION
        SELECT below.role_id, p.id
          FROM below
          JOIN maru.person p ON p.tenant_id = maru.tenant() AND p.department_id = below.id
        UNION
        SELECT below.role_id, k.person_id
          FROM below JOIN maru.post k ON k.tenant_id = maru.tenant() AND k.department_id = below.id
        UNION
        SELECT shown.id, d.manager_id
          FROM shown
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.manager_id IS NOT NULL
         WHERE shown.key = 'manager'
    ), reached AS (
        SELECT holder.id FROM holder WHERE holder.role_id = :role
        EXCEPT
        SELECT holder.id FROM holder WHERE holder.role_id <> :role
    )
"""  # noqa: S608  # no value is written into it

HOLDERS: Final = Query(
    _HELD
    + _ARRANGED
    + """
      FROM reached
      JOIN maru.person p
        ON p.tenant_id = maru.tenant() AND p.id = reached.id AND p.state = 'active'
      LEFT JOIN maru.portal_layout l
        ON l.tenant_id = p.tenant_id AND l.owner_kind = 'person' AND l.owner_id = p.id
    """,
    Reached,
    params={"role": UUID},
)
"""Whom a change of a role's layer reaches: who has the role, and none above it that has a layer."""


class LayerState(Model):
    """One layer of the tenant or of a role, whatever became of it."""

    owner_id: UUID
    is_published: bool
    differences: Any
    draft: Any


LAYERS: Final = Query(
    f"""
    SELECT l.owner_id, {SAYS_SOMETHING} AS is_published, l.differences, l.draft
      FROM maru.portal_layout l
     WHERE l.tenant_id = maru.tenant() AND l.owner_kind IN ('tenant', 'role')
    """,  # noqa: S608  # no value is written into it
    LayerState,
)


class Orphan(Model):
    """A portlet type that layers name, and how many do."""

    portlet_type: str
    layers: int


NAMED: Final = Query(
    """
    SELECT box ->> 'portlet_type' AS portlet_type, count(DISTINCT l.id) AS layers
      FROM maru.portal_layout l
      CROSS JOIN jsonb_array_elements(
             CASE jsonb_typeof(l.differences -> 'added')
             WHEN 'array' THEN l.differences -> 'added' ELSE '[]' END) AS box
     WHERE l.tenant_id = maru.tenant() AND jsonb_typeof(box -> 'portlet_type') = 'string'
     GROUP BY 1
     ORDER BY 1
    """,
    Orphan,
)
"""What layers have added, by type."""


class ChangedId(Model):
    """One of these placements that layers have changed, and how many have."""

    id: UUID
    layers: int


CHANGED: Final = Query(
    """
    SELECT one.id::uuid AS id, count(*) AS layers
      FROM maru.portal_layout l
      CROSS JOIN jsonb_object_keys(
             CASE jsonb_typeof(l.differences -> 'changed')
             WHEN 'object' THEN l.differences -> 'changed' ELSE '{}' END) AS one(id)
     WHERE l.tenant_id = maru.tenant() AND one.id = ANY(CAST(:ids AS text[]))
     GROUP BY 1
    """,
    ChangedId,
    params={"ids": list[str]},
)

_ids: Final = sa.bindparam("ids", type_=ARRAY(sa.Text()))
_types: Final = sa.bindparam("types", type_=ARRAY(sa.Text()))


def _names(column: str) -> str:
    """Whether a layer's column names one of these placements or types; one that is damaged is
    left alone."""
    return f"""(
        CASE WHEN jsonb_typeof(coalesce({column} -> 'changed', '{{}}')) <> 'object'
               OR jsonb_typeof(coalesce({column} -> 'added', '[]')) <> 'array' THEN false
             WHEN {column} -> 'changed' ?| :ids THEN true
             ELSE EXISTS (
                 SELECT FROM jsonb_array_elements({column} -> 'added') AS box
                  WHERE box ->> 'portlet_type' = ANY(:types)) END)"""


def _cleared(column: str) -> str:
    """The column without them; what isn't there isn't made."""
    return f"""
        CASE WHEN {_names(column)} THEN jsonb_set(jsonb_set({column},
            '{{changed}}', coalesce({column} -> 'changed', '{{}}') - :ids, false),
            '{{added}}', (
                SELECT coalesce(jsonb_agg(box ORDER BY place), '[]')
                  FROM jsonb_array_elements(coalesce({column} -> 'added', '[]'))
                       WITH ORDINALITY AS one(box, place)
                 WHERE (box ->> 'portlet_type' = ANY(:types)) IS NOT TRUE), false)
        ELSE {column} END"""  # noqa: S608  # no value is written into it


CLEAR: Final = sa.text(
    f"""
    WITH cleared AS (
        UPDATE maru.portal_layout l
           SET differences = {_cleared("l.differences")}, draft = {_cleared("l.draft")},
               version = l.version + 1, origin = l.version + 1
         WHERE l.tenant_id = maru.tenant()
           AND ({_names("l.differences")} OR {_names("l.draft")})
     RETURNING l.owner_kind, l.owner_id, l.version, l.differences)
    INSERT INTO maru.portal_revision
           (id, owner_kind, owner_id, number, origin, differences, made_by)
    SELECT gen_random_uuid(), owner_kind, owner_id, version, version, differences, :by
      FROM cleared
    """  # noqa: S608  # no value is written into it
).bindparams(_ids, _types, sa.bindparam("by", type_=sa.Uuid()))
"""Takes portlets out of every layer and draft: each goes on from a version of its own, so that its
owner can go back."""


class Stored(Model):
    """A layer as it is stored, with its owner's name where that is a person."""

    id: UUID
    kind: str
    owner_id: UUID
    name: str | None
    differences: Any
    draft: Any


AFTER: Final = Query(
    """
    SELECT l.id, l.owner_kind AS kind, l.owner_id, p.name, l.differences, l.draft
      FROM maru.portal_layout l
      LEFT JOIN maru.person p
        ON p.tenant_id = l.tenant_id AND l.owner_kind = 'person' AND p.id = l.owner_id
     WHERE l.tenant_id = maru.tenant() AND l.id > :after
     ORDER BY l.id LIMIT 200
    """,
    Stored,
    params={"after": UUID},
)
"""Layers by their ids, some at a time: all of a large tenant are more than one answer bears."""
