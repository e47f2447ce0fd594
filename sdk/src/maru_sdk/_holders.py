"""Those who hold roles inside a plugin's statements, so that nobody carries their ids along."""

from typing import Any, Final

import sqlalchemy as sa

HOLDING: Final = """
    WITH RECURSIVE given(kind, id) AS (
        SELECT g.subject_kind, g.subject_id
          FROM maru.role r
          JOIN maru.role_grant g ON g.tenant_id = r.tenant_id AND g.role_id = r.id
           AND g.scope_id IS NULL AND g.resource IS NULL AND coalesce(g.until > now(), true)
         WHERE r.tenant_id = maru.tenant() AND r.key = ANY (:roles)
    ), below(id) AS (
        SELECT given.id FROM given WHERE given.kind = 'department'
        UNION
        SELECT d.id
          FROM below
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.parent_id = below.id
    ), circle(id) AS (
        SELECT given.id FROM given WHERE given.kind = 'group'
        UNION
        SELECT n.inner_id
          FROM circle
          JOIN maru.group_nesting n ON n.tenant_id = maru.tenant() AND n.outer_id = circle.id
    ), holder(id) AS (
        SELECT given.id FROM given WHERE given.kind = 'person'
        UNION
        SELECT p.id
          FROM below
          JOIN maru.person p ON p.tenant_id = maru.tenant() AND p.department_id = below.id
        UNION
        SELECT k.person_id
          FROM below JOIN maru.post k ON k.tenant_id = maru.tenant() AND k.department_id = below.id
        UNION
        SELECT m.person_id
          FROM circle
          JOIN maru.group_member m ON m.tenant_id = maru.tenant() AND m.group_id = circle.id
        UNION
        SELECT d.manager_id
          FROM maru.department d
         WHERE 'manager' = ANY (:roles) AND d.tenant_id = maru.tenant()
           AND d.manager_id IS NOT NULL
    )
    SELECT p.id
      FROM holder
      JOIN maru.person p
        ON p.tenant_id = maru.tenant() AND p.id = holder.id AND p.state = 'active'
    """


def role_holders() -> Any:
    """The ids of the active people who hold one of some roles for the whole tenant, as
    `ctx.access.holds` says and `Recipients(roles=...)` means them: a `select()` for `in_`, which
    finds them while the statement runs.

    The statement's parameter `roles` is the list of the roles' keys:
    `people().c.id.in_(role_holders())`.
    """
    roles = sa.bindparam("roles", type_=sa.ARRAY(sa.Text()))
    holding = sa.text(HOLDING).bindparams(roles).columns(sa.column("id", sa.Uuid()))
    return sa.select(holding.subquery("holding").c.id)
