"""Every SELECT about people and departments, as colleagues and the directory see them."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.identity.models import Department, Person, Position
from maru.tenancy.models import Tenant
from maru_sdk import Model
from maru_sdk.db import Query, bindparam

_person = Person.__table__  # type: ignore[attr-defined]
_department = Department.__table__  # type: ignore[attr-defined]
_position = Position.__table__  # type: ignore[attr-defined]
_tenant = Tenant.__table__  # type: ignore[attr-defined]
WORKING: Final = _person.outerjoin(
    _department,
    (_department.c.tenant_id == _person.c.tenant_id)
    & (_department.c.id == _person.c.department_id),
).outerjoin(
    _position,
    (_position.c.tenant_id == _person.c.tenant_id) & (_position.c.id == _person.c.position_id),
)
_here: Final = WORKING.join(_tenant, _tenant.c.id == _person.c.tenant_id)


class PersonRow(Model):
    """A person as the directory keeps one; language and zone are the tenant's unless set."""

    id: UUID
    username: str
    employee_number: str | None
    name: str
    email: str | None
    phone: str | None
    department_id: UUID | None
    department_name: str | None
    position: str | None
    photo_url: str | None
    locale: str
    timezone: str
    theme: str | None
    start_page: str | None
    state: str


_ROW: Final = (
    _person.c.id,
    _person.c.username,
    _person.c.employee_number,
    _person.c.name,
    _person.c.email,
    _person.c.phone,
    _person.c.department_id,
    _department.c.name.label("department_name"),
    _position.c.name.label("position"),
    _person.c.photo_url,
    sa.func.coalesce(_person.c.locale, _tenant.c.locale).label("locale"),
    sa.func.coalesce(_person.c.timezone, _tenant.c.timezone).label("timezone"),
    _person.c.theme,
    _person.c.start_page,
    _person.c.state,
)

PERSON: Final = Query(
    sa.select(*_ROW).select_from(_here).where(_person.c.id == bindparam("id", type_=sa.Uuid())),
    PersonRow,
)

SOME_PEOPLE: Final = Query(
    sa.select(*_ROW)
    .select_from(_here)
    .where(_person.c.state == "active")
    .order_by(_person.c.username_key)
    .limit(bindparam("count", type_=sa.Integer())),
    PersonRow,
)

PEOPLE: Final = Query(
    sa.select(*_ROW).select_from(_here).order_by(_person.c.name, _person.c.id), PersonRow
)

PEOPLE_BY_ID: Final = Query(
    sa.select(*_ROW)
    .select_from(_here)
    .where(_person.c.id == sa.any_(bindparam("ids", type_=sa.ARRAY(sa.Uuid())))),
    PersonRow,
)


class DepartmentRef(Model):
    """A department as people name it."""

    id: UUID
    name: str


class UserOut(Model):
    """A person as colleagues see one."""

    id: UUID
    username: str
    employee_number: str | None
    name: str
    email: str | None
    phone: str | None
    department: DepartmentRef | None
    position: str | None
    photo_url: str | None


SEEN: Final = (
    _person.c.id,
    _person.c.username,
    _person.c.employee_number,
    _person.c.name,
    _person.c.email,
    _person.c.phone,
    sa.case(
        (
            _department.c.id.is_not(None),
            sa.func.json_build_object(
                sa.text("'id'"), _department.c.id, sa.text("'name'"), _department.c.name
            ),
        )
    ).label("department"),
    _position.c.name.label("position"),
    _person.c.photo_url,
)

USER: Final = Query(
    sa.select(*SEEN).select_from(WORKING).where(_person.c.id == bindparam("id", type_=sa.Uuid())),
    UserOut,
)


class DepartmentRow(Model):
    """A department with the number of active people in itself, not below it."""

    id: UUID
    name: str
    parent_id: UUID | None
    manager_id: UUID | None
    manager_name: str | None
    rank: int
    people: int


DEPARTMENTS: Final = Query(
    """
    SELECT d.id, d.name, d.parent_id, d.manager_id, m.name AS manager_name, d.rank,
           coalesce(c.people, 0) AS people
      FROM maru.department d
      LEFT JOIN maru.person m ON m.tenant_id = d.tenant_id AND m.id = d.manager_id
      LEFT JOIN (SELECT tenant_id, department_id, count(*) AS people FROM maru.person
                  WHERE state = 'active' GROUP BY tenant_id, department_id) c
        ON c.tenant_id = d.tenant_id AND c.department_id = d.id
     ORDER BY d.rank, d.name, d.id
    """,
    DepartmentRow,
)

WHO_HAS: Final = Query(
    sa.select(*_ROW)
    .select_from(_here)
    .where(
        _person.c.email_key == bindparam("key", type_=sa.Text()),
        _person.c.state == "active",
        # Who signs in elsewhere must not come by a password that nobody gave them.
        _person.c.password_hash.is_not(None),
    )
    .order_by(_person.c.id)
    .limit(bindparam("most", type_=sa.Integer())),
    PersonRow,
)
