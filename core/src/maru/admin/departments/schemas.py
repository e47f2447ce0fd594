"""What the pages of departments show and are told."""

from uuid import UUID

from maru.organization.schemas import DepartmentOut, Name
from maru_sdk import Model


class DepartmentsView(Model):
    """The tree, and the form of a new department."""

    departments: list[DepartmentOut]


class NewDepartment(Model):
    """The fields of a new department."""

    name: Name
    parent_id: UUID | None = None


class DepartmentForm(NewDepartment):
    """The fields of a department; `manager` is a user name."""

    manager: str = ""


class Candidate(Model):
    """Somebody who may lead a department."""

    username: str
    name: str


class DepartmentView(Model):
    """One department: its form, and where it can be moved."""

    department: DepartmentOut
    manager: str
    departments: list[DepartmentOut]
    candidates: list[Candidate]
    first: bool
    last: bool
