"""Roles, what they permit, and who holds them where."""

from typing import Literal
from uuid import UUID

from maru_sdk.db import TenantModel, department_id, index, reference, unique


class Role(TenantModel, table=True):
    """A role of a tenant; of several layouts that of the role with the smallest `rank` counts."""

    __table_args__ = (unique("key"),)

    key: str
    name: str
    rank: int = 100
    builtin: bool = False


class RolePermission(TenantModel, table=True):
    __table_args__ = (unique("role_id", "permission"),)

    role_id: UUID = reference(Role)
    permission: str


class RoleGrant(TenantModel, table=True):
    """A role given to a person, a department or a group, perhaps for one department's things."""

    __table_args__ = (
        unique("role_id", "subject_kind", "subject_id", "scope_id", nulls_distinct=False),
        index("subject_kind", "subject_id"),
    )

    role_id: UUID = reference(Role)
    subject_kind: Literal["person", "department", "group"]
    subject_id: UUID
    scope_id: UUID | None = department_id(default=None)
