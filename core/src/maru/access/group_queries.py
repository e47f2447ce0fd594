"""Every SELECT about groups as admins look at them."""

from typing import Final
from uuid import UUID

from maru_sdk import Model
from maru_sdk.db import Query


class GroupOut(Model):
    """A group. `source` names the sign-in provider that fills it; what admins made has none."""

    id: UUID
    name: str
    description: str
    source: str | None
    people: int
    groups: int


class MemberOut(Model):
    """A person in a group."""

    id: UUID
    name: str
    username: str


class InsideOut(Model):
    """A group within a group."""

    id: UUID
    name: str
    source: str | None


_SHOWN: Final = """
    SELECT g.id, g.name, g.description, g.source,
           (SELECT count(*) FROM maru.group_member m
             WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id) AS people,
           (SELECT count(*) FROM maru.group_nesting n
             WHERE n.tenant_id = g.tenant_id AND n.outer_id = g.id) AS groups
      FROM maru.person_group g
"""

ALL: Final = Query(f"{_SHOWN} ORDER BY g.name_key, g.id LIMIT 2000", GroupOut)
ONE: Final = Query(f"{_SHOWN} WHERE g.id = :id", GroupOut, params={"id": UUID})

MEMBERS: Final = Query(
    """
    SELECT p.id, p.name, p.username
      FROM maru.group_member m
      JOIN maru.person p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
     WHERE m.group_id = :id ORDER BY p.name, p.id LIMIT 2000
    """,
    MemberOut,
    params={"id": UUID},
)

INSIDE: Final = Query(
    """
    SELECT g.id, g.name, g.source
      FROM maru.group_nesting n
      JOIN maru.person_group g ON g.tenant_id = n.tenant_id AND g.id = n.inner_id
     WHERE n.outer_id = :id ORDER BY g.name_key, g.id
    """,
    InsideOut,
    params={"id": UUID},
)


class Around(Model):
    """A group that is, or is around, another."""

    id: UUID


AROUND: Final = Query(
    """
    WITH RECURSIVE circle(id) AS (
        SELECT CAST(:id AS uuid)
        UNION
        SELECT n.outer_id
          FROM circle
          JOIN maru.group_nesting n ON n.tenant_id = maru.tenant() AND n.inner_id = circle.id
    )
    SELECT circle.id FROM circle
    """,
    Around,
    params={"id": UUID},
)
"""The group itself and all that it is in, however deep."""


class Bestowed(Model):
    """A permission that members of a group have by it, and where."""

    role: str
    permission: str | None
    scope_id: UUID | None
    resource: str | None


BESTOWED: Final = Query(
    """
    SELECT r.key AS role, p.permission, g.scope_id, g.resource
      FROM maru.role_grant g
      JOIN maru.role r ON r.tenant_id = g.tenant_id AND r.id = g.role_id
      LEFT JOIN maru.role_permission p ON p.tenant_id = r.tenant_id AND p.role_id = r.id
     WHERE g.subject_kind = 'group' AND g.subject_id = ANY(:ids)
    """,
    Bestowed,
    params={"ids": list[UUID]},
)
