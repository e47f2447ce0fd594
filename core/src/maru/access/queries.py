"""Every SELECT about roles and who holds them."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.access.models import Role, RolePermission
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col


class Grant(Model):
    """One permission that a person has through one grant: everywhere, in the department
    `scope_id` and those below it, or on one `resource`."""

    role: str
    rank: int
    permission: str | None
    scope_id: UUID | None
    resource: str | None


SUBJECTS: Final = """
    WITH RECURSIVE me AS (
        SELECT p.id, p.department_id FROM maru.person p
         WHERE p.id = :person AND p.state = 'active'
    ), above(id, parent_id) AS (
        SELECT d.id, d.parent_id
          FROM me JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.id = me.department_id
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
    ), held(role_id, kind, id, scope_id, resource) AS (
        SELECT g.role_id, s.kind, s.id, g.scope_id, g.resource
          FROM subject s
          JOIN maru.role_grant g
            ON g.tenant_id = maru.tenant() AND g.subject_kind = s.kind AND g.subject_id = s.id
        UNION ALL
        SELECT r.id, 'manager', d.id, d.id, NULL
          FROM me
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.manager_id = me.id
          JOIN maru.role r ON r.tenant_id = maru.tenant() AND r.key = 'manager'
    )
"""
"""Whose roles a person has: their own, those of their department and the ones above it, those of
their groups and the ones around them; and the role of managers where they manage a department."""

GRANTS: Final = Query(
    SUBJECTS  # noqa: S608  # constants both
    + """
    SELECT r.key AS role, r.rank, rp.permission, h.scope_id, h.resource
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

ROLES: Final = sa.select(col(Role.key), col(Role.id))

PERMISSIONS: Final = sa.select(col(RolePermission.role_id), col(RolePermission.permission))

ROLE: Final = sa.select(col(Role.id)).where(col(Role.key) == bindparam("key"))
