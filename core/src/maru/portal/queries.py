"""What the portal reads."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from maru.identity.models import Department, Person
from maru.portal.models import Layout
from maru_sdk import Model
from maru_sdk.db import Query


class LayerRow(Model):
    """One layer of a layout as it is stored."""

    differences: dict[str, Any]


class DepartmentRow(Model):
    """A department with the number of people in it alone."""

    id: UUID
    parent_id: UUID | None
    name: str
    people: int


LAYER = Query(
    select(Layout.differences).where(
        Layout.owner_kind == bindparam("owner_kind"), Layout.owner_id == bindparam("owner_id")
    ),
    row=LayerRow,
)

DEPARTMENTS = Query(
    select(
        Department.id,
        Department.parent_id,
        Department.name,
        func.count(Person.id).label("people"),
    )
    .outerjoin(
        Person,
        (Person.tenant_id == Department.tenant_id)
        & (Person.department_id == Department.id)
        & (Person.state == "active"),
    )
    .group_by(Department.tenant_id, Department.id)
    .order_by(Department.name),
    row=DepartmentRow,
)
