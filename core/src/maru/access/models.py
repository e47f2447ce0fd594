"""Roles, what they permit, who holds them where, and the groups that may hold them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa

from maru_sdk.db import TenantModel, department_id, index, person_id, reference, unique


class Role(TenantModel, table=True):
    """A role of a tenant; of several layouts that of the role with the smallest `rank` counts."""

    __table_args__ = (unique("key"),)

    key: str
    name: str
    description: str = ""
    rank: int = 100
    builtin: bool = False


class RolePermission(TenantModel, table=True):
    __table_args__ = (unique("role_id", "permission"),)

    role_id: UUID = reference(Role)
    permission: str


class RoleGrant(TenantModel, table=True):
    """A role given to a person, a department or a group: everywhere, for the things of a
    department and those below it (`scope_id`), or for one `resource` (`board:17`); from `until` on
    it is worth nothing."""

    __table_args__ = (
        unique(
            *("role_id", "subject_kind", "subject_id", "scope_id", "resource"),
            name="role_grant_whole_key",
            nulls_distinct=False,
        ),
        index("subject_kind", "subject_id"),
        index("resource"),
        sa.CheckConstraint("scope_id IS NULL OR resource IS NULL", name="place"),
    )

    role_id: UUID = reference(Role)
    subject_kind: Literal["person", "department", "group"]
    subject_id: UUID
    scope_id: UUID | None = department_id(default=None)
    resource: str | None = None
    until: datetime | None = None


class PrivateResource(TenantModel, table=True):
    """A thing that is open to those alone who were given a role for it by name; what they hold
    everywhere or for a department doesn't reach it."""

    __table_args__ = (unique("resource"),)

    resource: str


class PersonGroup(TenantModel, table=True):
    """People who belong together apart from departments. `source` names the sign-in provider that
    says who is in it; what admins made has none."""

    __table_args__ = (
        unique("source", "name_key", nulls_distinct=False),
        index("name_key", "id"),
    )

    name: str
    name_key: str
    description: str = ""
    source: str | None = None


class GroupMember(TenantModel, table=True):
    __table_args__ = (unique("group_id", "person_id"),)

    group_id: UUID = reference(PersonGroup)
    person_id: UUID = person_id()


class GroupNesting(TenantModel, table=True):
    """Who is in the inner group is in the outer one too."""

    __table_args__ = (
        unique("outer_id", "inner_id"),
        sa.CheckConstraint("outer_id <> inner_id", name="another"),
    )

    outer_id: UUID = reference(PersonGroup)
    inner_id: UUID = reference(PersonGroup)
