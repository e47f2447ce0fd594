"""Every SELECT about grants as admins look at them: who has what, where."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.access.models import PersonGroup, Role, RoleGrant
from maru.identity.models import Department, Person
from maru_sdk import Model
from maru_sdk.db import Query, asc, bindparam, col, desc

SubjectKind = Literal["person", "department", "group"]


class GrantOut(Model):
    """A role that somebody holds. `scope_id` is the department that it is limited to, `resource`
    the one thing; without either it holds everywhere. From `until` on it is worth nothing."""

    id: UUID
    role_id: UUID
    role_key: str
    role_name: str
    subject_kind: SubjectKind
    subject_id: UUID
    subject_name: str
    scope_id: UUID | None
    scope_name: str | None
    resource: str | None
    until: datetime | None
    created_at: datetime


_role: Any = Role.__table__  # type: ignore[attr-defined]
_grant: Any = RoleGrant.__table__  # type: ignore[attr-defined]
_department: Any = Department.__table__  # type: ignore[attr-defined]
_person: Any = Person.__table__  # type: ignore[attr-defined]
_group: Any = PersonGroup.__table__  # type: ignore[attr-defined]
_scope: Any = _department.alias("scope")


def _name(table: Any, kind: str) -> Any:
    """What a subject of one kind is called; looked up for that kind alone."""
    named = sa.select(table.c.name).where(
        table.c.tenant_id == _grant.c.tenant_id, table.c.id == _grant.c.subject_id
    )
    return (_grant.c.subject_kind == kind, named.scalar_subquery())


_SUBJECT_NAME: Final = sa.func.coalesce(
    sa.case(_name(_person, "person"), _name(_department, "department"), _name(_group, "group")),
    "",
)
_SHOWN: Final = (
    sa.select(
        _grant.c.id,
        _grant.c.role_id,
        _role.c.key.label("role_key"),
        _role.c.name.label("role_name"),
        _grant.c.subject_kind,
        _grant.c.subject_id,
        _SUBJECT_NAME.label("subject_name"),
        _grant.c.scope_id,
        _scope.c.name.label("scope_name"),
        _grant.c.resource,
        _grant.c.until,
        _grant.c.created_at,
    )
    .select_from(_grant)
    .join(_role, (_role.c.tenant_id == _grant.c.tenant_id) & (_role.c.id == _grant.c.role_id))
    .outerjoin(
        _scope, (_scope.c.tenant_id == _grant.c.tenant_id) & (_scope.c.id == _grant.c.scope_id)
    )
)


def _listed(*conditions: Any) -> Query[GrantOut]:
    """Grants, the newest first."""
    return Query(
        _SHOWN.where(*conditions),
        GrantOut,
        order=[desc(RoleGrant.created_at), asc(RoleGrant.id)],
        count=sa.select(_grant.c.id).where(*conditions),
    )


_ID: Final = sa.Uuid()
_TEXT: Final = sa.Text()
_BY_ROLE: Final = _grant.c.role_id == bindparam("role", type_=_ID)
_BY_SUBJECT: Final = sa.and_(
    _grant.c.subject_kind == bindparam("kind", type_=_TEXT),
    _grant.c.subject_id == bindparam("subject", type_=_ID),
)
_BY_RESOURCE: Final = _grant.c.resource == bindparam("resource", type_=_TEXT)

ALL: Final = _listed()
OF_ROLE: Final = _listed(_BY_ROLE)
OF_SUBJECT: Final = _listed(_BY_SUBJECT)
ON_RESOURCE: Final = _listed(_BY_RESOURCE)
ONE: Final = Query(_SHOWN.where(_grant.c.id == bindparam("id", type_=_ID)), GrantOut)
SAME: Final = Query(
    _SHOWN.where(
        _BY_ROLE,
        _BY_SUBJECT,
        _grant.c.scope_id.is_not_distinct_from(bindparam("scope_id", type_=_ID)),
        _grant.c.resource.is_not_distinct_from(bindparam("resource", type_=_TEXT)),
    ),
    GrantOut,
)

THERE: Final[Mapping[str, Any]] = {
    "person": sa.select(col(Person.id)).where(col(Person.id) == bindparam("id")),
    "department": sa.select(col(Department.id)).where(col(Department.id) == bindparam("id")),
    "group": sa.select(col(PersonGroup.id)).where(col(PersonGroup.id) == bindparam("id")),
}
