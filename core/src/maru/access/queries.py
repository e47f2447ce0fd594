"""Every SELECT about roles and who holds them."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.access.models import PrivateResource, Role, RoleGrant, RolePermission
from maru.identity.models import Person
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col, select


class Grant(Model):
    """One permission that a person has through one grant: everywhere, in the department
    `scope_id` and those below it, or on one `resource`. `kind` is whom the role was given to, or
    `manager` where nobody gave it: they manage the department."""

    role: str
    rank: int
    permission: str | None
    scope_id: UUID | None
    resource: str | None
    until: datetime | None = None
    kind: str = "person"


SUBJECTS: Final = """
    WITH RECURSIVE me AS (
        SELECT p.id, p.department_id FROM maru.person p
         WHERE p.id = :person AND p.state = 'active'
    ), desk(id) AS (
        SELECT me.department_id FROM me
        UNION
        SELECT k.department_id
          FROM me JOIN maru.post k ON k.tenant_id = maru.tenant() AND k.person_id = me.id
    ), above(id, parent_id) AS (
        SELECT d.id, d.parent_id
          FROM desk JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.id = desk.id
        UNION
        SELECT d.id, d.parent_id
          FROM above
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.id = above.parent_id
    ), circle(id) AS (
        SELECT m.group_id
          FROM me JOIN maru.group_member m ON m.tenant_id = maru.tenant() AND m.person_id = me.id
        UNION
        SELECT n.outer_id
          FROM circle
          JOIN maru.group_nesting n ON n.tenant_id = maru.tenant() AND n.inner_id = circle.id
    ), subject(kind, id) AS (
        SELECT 'person', me.id FROM me
        UNION ALL
        SELECT 'department', above.id FROM above
        UNION ALL
        SELECT 'group', circle.id FROM circle
    ), held(role_id, kind, id, scope_id, resource, until) AS (
        SELECT g.role_id, s.kind, s.id, g.scope_id, g.resource, g.until
          FROM subject s
         CROSS JOIN LATERAL (
            SELECT role_id, scope_id, resource, until FROM maru.role_grant
             WHERE tenant_id = maru.tenant() AND subject_kind = s.kind AND subject_id = s.id
               AND coalesce(until > now(), true)
            OFFSET 0
         ) g
        UNION ALL
        SELECT r.id, 'manager', d.id, d.id, NULL, NULL
          FROM me
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.manager_id = me.id
          JOIN maru.role r ON r.tenant_id = maru.tenant() AND r.key = 'manager'
    )
"""
"""Whose roles a person has: their own, those of their departments and the ones above, those of
their groups and the ones around them; and the role of managers where they manage a department."""

GRANTS: Final = Query(
    SUBJECTS  # noqa: S608  # constants both
    + """
    SELECT r.key AS role, r.rank, rp.permission, h.scope_id, h.resource, h.kind,
           maru.utc(h.until) AS until
      FROM held h
      JOIN maru.role r ON r.tenant_id = maru.tenant() AND r.id = h.role_id
      LEFT JOIN maru.role_permission rp
        ON rp.tenant_id = r.tenant_id AND rp.role_id = r.id
     ORDER BY r.rank, r.key
    """,
    Grant,
    params={"person": UUID},
)


class Below(Model):
    """A department and the one it belongs to."""

    id: UUID
    parent_id: UUID | None


TREE: Final = Query("SELECT id, parent_id FROM maru.department", Below)


class Named(Model):
    """A resource by its name."""

    resource: str


PRIVATE: Final = Query(select(PrivateResource.resource), Named)
PRIVATE_ONE: Final = sa.select(col(PrivateResource.id)).where(
    col(PrivateResource.resource) == bindparam("resource", type_=sa.Text())
)

ROLES: Final = sa.select(col(Role.key), col(Role.id))

PERMISSIONS: Final = sa.select(col(RolePermission.role_id), col(RolePermission.permission))

ROLE: Final = sa.select(col(Role.id)).where(col(Role.key) == bindparam("key"))

LOCKED: Final = sa.select(col(Role.id)).where(col(Role.key) == "admin").with_for_update()

ADMINISTRATOR: Final = (
    sa.select(col(Person.id))
    .join(RoleGrant, col(RoleGrant.subject_id) == col(Person.id))
    .join(Role, col(Role.id) == col(RoleGrant.role_id))
    .where(
        col(Role.key) == "admin",
        col(RoleGrant.subject_kind) == "person",
        col(RoleGrant.scope_id).is_(None),
        col(RoleGrant.resource).is_(None),
        col(RoleGrant.until).is_(None),
        col(Person.state) == "active",
    )
    .limit(1)
)
"""Somebody who holds the role of administrators everywhere by their own name, without an end."""

_HOLDERS: Final = """
    WITH RECURSIVE given AS (
        SELECT g.subject_kind, g.subject_id
          FROM maru.role r
          JOIN maru.role_grant g ON g.tenant_id = r.tenant_id AND g.role_id = r.id
           AND g.scope_id IS NULL AND g.resource IS NULL
           AND (g.until IS NULL OR g.until > now())
         WHERE r.tenant_id = maru.tenant() AND r.key = 'admin'
    ), below(id) AS (
        SELECT given.subject_id FROM given WHERE given.subject_kind = 'department'
        UNION
        SELECT d.id
          FROM below
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.parent_id = below.id
    ), holder(id) AS (
        SELECT given.subject_id FROM given WHERE given.subject_kind = 'person'
        UNION
        SELECT m.person_id
          FROM given
          JOIN maru.group_member m
            ON m.tenant_id = maru.tenant() AND m.group_id = given.subject_id
         WHERE given.subject_kind = 'group'
        UNION
        SELECT p.id
          FROM below
          JOIN maru.person p ON p.tenant_id = maru.tenant() AND p.department_id = below.id
        UNION
        SELECT k.person_id
          FROM below JOIN maru.post k ON k.tenant_id = maru.tenant() AND k.department_id = below.id
    )
"""


ADMINISTRATORS: Final = sa.text(
    _HOLDERS + "SELECT id FROM holder"  # noqa: S608  # a constant
).columns(id=sa.Uuid())
"""Who is an administrator everywhere: by their own name, a group, or a department in which they
have a post."""

ANY_ADMINISTRATOR: Final = sa.text(
    _HOLDERS  # noqa: S608  # a constant
    + """
    SELECT EXISTS (SELECT FROM holder JOIN maru.person p
                     ON p.tenant_id = maru.tenant() AND p.id = holder.id AND p.state = 'active')
    """
)
"""Whether one of them is active."""


class RoleOut(Model):
    """A role, what it permits, and how often it is given."""

    id: UUID
    key: str
    name: str
    description: str
    rank: int
    builtin: bool
    permissions: list[str]
    grants: int


_PERMITS: Final = """
    coalesce((SELECT json_agg(p.permission ORDER BY p.permission) FROM maru.role_permission p
               WHERE p.tenant_id = r.tenant_id AND p.role_id = r.id), '[]') AS permissions,
    (SELECT count(*) FROM maru.role_grant g
      WHERE g.tenant_id = r.tenant_id AND g.role_id = r.id) AS grants
"""

ROLES_SHOWN: Final = Query(
    f"""
    SELECT r.id, r.key, r.name, r.description, r.rank, r.builtin, {_PERMITS}
      FROM maru.role r ORDER BY r.builtin DESC, r.rank, r.name, r.id
    """,  # noqa: S608  # constants
    RoleOut,
)

ROLE_SHOWN: Final = Query(
    f"""
    SELECT r.id, r.key, r.name, r.description, r.rank, r.builtin, {_PERMITS}
      FROM maru.role r WHERE r.id = :id
    """,  # noqa: S608  # constants
    RoleOut,
    params={"id": UUID},
)


class Held(Model):
    """A role that a person has, through whom and where, and whether it holds one permission."""

    role_id: UUID
    role_key: str
    role_name: str
    kind: Literal["person", "department", "group", "manager"]
    subject_id: UUID
    subject_name: str
    scope_id: UUID | None
    scope_name: str | None
    resource: str | None
    until: datetime | None
    permits: bool


HELD: Final = Query(
    SUBJECTS  # noqa: S608  # constants both
    + """
    SELECT r.id AS role_id, r.key AS role_key, r.name AS role_name, h.kind, h.id AS subject_id,
           coalesce(p.name, d.name, g.name, '') AS subject_name,
           h.scope_id, s.name AS scope_name, h.resource, maru.utc(h.until) AS until,
           EXISTS (SELECT 1 FROM maru.role_permission rp
                    WHERE rp.tenant_id = r.tenant_id AND rp.role_id = r.id
                      AND rp.permission = :permission) AS permits
      FROM held h
      JOIN maru.role r ON r.tenant_id = maru.tenant() AND r.id = h.role_id
      LEFT JOIN maru.person p
        ON h.kind = 'person' AND p.tenant_id = r.tenant_id AND p.id = h.id
      LEFT JOIN maru.department d
        ON h.kind IN ('department', 'manager') AND d.tenant_id = r.tenant_id AND d.id = h.id
      LEFT JOIN maru.person_group g
        ON h.kind = 'group' AND g.tenant_id = r.tenant_id AND g.id = h.id
      LEFT JOIN maru.department s ON s.tenant_id = r.tenant_id AND s.id = h.scope_id
     ORDER BY r.rank, r.key
    """,
    Held,
    params={"person": UUID, "permission": str},
)


class Nested(Model):
    """A group, and the one inside it through which somebody is in it; none where they are a member
    themselves."""

    id: UUID
    name: str
    inner_id: UUID | None
    inner_name: str | None


NESTED: Final = Query(
    """
    WITH RECURSIVE circle(id, inner_id, depth) AS (
        SELECT m.group_id, NULL::uuid, 0 FROM maru.group_member m
         WHERE m.tenant_id = maru.tenant() AND m.person_id = :person
        UNION
        SELECT n.outer_id, circle.id, circle.depth + 1
          FROM circle
          JOIN maru.group_nesting n ON n.tenant_id = maru.tenant() AND n.inner_id = circle.id
         WHERE circle.depth < 50
    )
    SELECT DISTINCT ON (circle.id) circle.id, g.name, circle.inner_id, i.name AS inner_name
      FROM circle
      JOIN maru.person_group g ON g.tenant_id = maru.tenant() AND g.id = circle.id
      LEFT JOIN maru.person_group i ON i.tenant_id = maru.tenant() AND i.id = circle.inner_id
     ORDER BY circle.id, circle.depth
    """,
    Nested,
    params={"person": UUID},
)
"""The shortest way by which a person is in each of their groups."""


class RoleName(Model):
    """A role by its name."""

    id: UUID
    key: str
    name: str


PERMITTING: Final = Query(
    """
    SELECT r.id, r.key, r.name
      FROM maru.role r
      JOIN maru.role_permission p
        ON p.tenant_id = r.tenant_id AND p.role_id = r.id AND p.permission = :permission
     ORDER BY r.rank, r.key
    """,
    RoleName,
    params={"permission": str},
)
"""The roles that hold a permission, whoever has them."""
