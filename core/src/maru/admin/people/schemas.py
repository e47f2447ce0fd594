"""What the pages of people show and are told."""

from typing import Any, Literal
from uuid import UUID

from maru.admin.people.lists import FaultOut, PersonDone
from maru.organization.importing.applying import Applied
from maru.organization.schemas import (
    Email,
    Name,
    Number,
    PersonLine,
    PersonOut,
    Phone,
    PositionOut,
    Username,
)
from maru.web.submitted import Upload
from maru_sdk import Model


class DepartmentChoice(Model):
    """A department to choose; `depth` says how far it is indented."""

    id: UUID
    name: str
    depth: int


class Choices(Model):
    """What can be chosen for a person."""

    departments: list[DepartmentChoice]
    positions: list[PositionOut]


class PeopleView(Choices):
    """The list of people, as far as it is narrowed."""

    people: list[PersonLine]
    total: int
    page: int
    pages: int
    url: str
    asked: dict[str, Any]
    q: str
    department: str
    position: str
    state: str


class PersonForm(Model):
    """The fields of a person's form; one that is left empty is none."""

    username: Username
    name: Name
    employee_number: Number | None = None
    email: Email | None = None
    phone: Phone | None = None
    department_id: UUID | None = None
    position_id: UUID | None = None


class NewPersonView(Choices):
    """The form of a new person."""


class PersonView(Choices):
    """A person's form and what else can be done with them."""

    person: PersonOut
    is_me: bool


class PostForm(Model):
    """A further post."""

    department_id: UUID
    position_id: UUID | None = None


class PostGone(Model):
    """The department in which somebody no longer holds a post."""

    department_id: UUID


class UploadForm(Model):
    """A list of people."""

    file: Upload


class UploadView(Model):
    """The page on which a list is uploaded."""

    columns: list[list[str]]
    megabytes: int
    rows: int


class ListView(Model):
    """A list, before and while and after it is applied."""

    id: UUID
    file_name: str
    new: int
    changed: int
    unchanged: int
    faults: int
    ignored: list[str]
    first_new: list[PersonDone]
    first_changed: list[PersonDone]
    first_faults: list[FaultOut]
    digest: str
    shown: int
    job_id: UUID | None
    job_state: str
    job_error: str
    done: int
    total: int
    applied: Applied | None
    step: Literal["look", "faults", "nothing", "running", "failed", "applied"]


class ConfirmForm(Model):
    """What was looked at."""

    digest: str
