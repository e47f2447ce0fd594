"""Whom the layer of a role reaches, and what layers there are."""

from typing import Final
from uuid import UUID

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

_HELD: Final = """
    WITH RECURSIVE shown(id, rank, key) AS (
        SELECT r.id, r.rank, r.key
          FROM maru.role r
          JOIN maru.role this ON this.tenant_id = r.tenant_id AND this.id = :role
         WHERE r.tenant_id = maru.tenant()
           AND (r.id = this.id OR (r.rank, r.key) < (this.rank, this.key) AND EXISTS (
                SELECT FROM maru.portal_layout l
                 WHERE l.tenant_id = r.tenant_id AND l.owner_kind = 'role' AND l.owner_id = r.id
                   AND l.differences - 'met' <> '{}'))
    ), given AS (
        SELECT shown.id AS role_id, g.subject_kind, g.subject_id
          FROM shown
          JOIN maru.role_grant g ON g.tenant_id = maru.tenant() AND g.role_id = shown.id
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
"""

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
    """One layer of the tenant or of a role."""

    owner_id: UUID
    is_published: bool
    is_draft: bool


LAYERS: Final = Query(
    """
    SELECT l.owner_id, l.differences - 'met' <> '{}' AS is_published,
           l.draft IS NOT NULL AS is_draft
      FROM maru.portal_layout l
     WHERE l.tenant_id = maru.tenant() AND l.owner_kind IN ('tenant', 'role')
    """,
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
      CROSS JOIN jsonb_array_elements(coalesce(l.differences -> 'added', '[]')) AS box
     WHERE l.tenant_id = maru.tenant()
     GROUP BY 1
     ORDER BY 1
    """,
    Orphan,
)
"""What layers have added, by type."""


class ChangedId(Model):
    """A placement of the start that layers have changed, and how many have."""

    id: UUID
    layers: int


CHANGED: Final = Query(
    """
    SELECT one.id::uuid AS id, count(*) AS layers
      FROM maru.portal_layout l
      CROSS JOIN jsonb_object_keys(coalesce(l.differences -> 'changed', '{}')) AS one(id)
     WHERE l.tenant_id = maru.tenant()
     GROUP BY 1
    """,
    ChangedId,
)
