"""Every SELECT about roles and who holds them."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.access.models import Role, RolePermission
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col


class Grant(Model):
    """One permission that a person has through one grant; `scope_id` is the department it is
    limited to."""

    role: str
    rank: int
    permission: str | None
    scope_id: UUID | None


GRANTS: Final = Query(
    """
    WITH RECURSIVE above(id, parent_id) AS (
        SELECT d.id, d.parent_id
          FROM maru.person p
          JOIN maru.department d ON d.tenant_id = p.tenant_id AND d.id = p.department_id
         WHERE p.id = :person
        UNION
        SELECT d.id, d.parent_id
          FROM above
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.id = above.parent_id
    ), subject(kind, id) AS (
        SELECT 'person', :person
        UNION ALL
        SELECT 'department', above.id FROM above
    )
    SELECT r.key AS role, r.rank, rp.permission, g.scope_id
      FROM subject s
      JOIN maru.role_grant g
        ON g.tenant_id = maru.tenant() AND g.subject_kind = s.kind AND g.subject_id = s.id
      JOIN maru.role r ON r.tenant_id = g.tenant_id AND r.id = g.role_id
      LEFT JOIN maru.role_permission rp
        ON rp.tenant_id = r.tenant_id AND rp.role_id = r.id
     WHERE EXISTS (SELECT 1 FROM maru.person p WHERE p.id = :person AND p.state = 'active')
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
