"""What the API of people, departments and positions takes and gives."""

import unicodedata
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from maru.identity.people_queries import DepartmentRef, UserOut
from maru_sdk import Model

State = Literal["active", "inactive"]


def _one_line(text: str) -> str:
    said = unicodedata.normalize("NFC", " ".join(text.split()))
    if not said:
        raise ValueError("nothing but spaces")
    return said


def _short(longest: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=longest)


Name = Annotated[str, _short(200), AfterValidator(_one_line)]
Username = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.+-]+$")]
Number = Annotated[str, _short(50), AfterValidator(_one_line)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9+() -]{3,30}$")]


class PositionRef(Model):
    """A position as people name it."""

    id: UUID
    name: str


class PostOut(Model):
    """A further post of a person."""

    department: DepartmentRef
    position: PositionRef | None


class PostIn(Model):
    """A further post to be held."""

    department_id: UUID
    position_id: UUID | None = None


class PersonCard(UserOut):
    """A colleague with all the posts that they hold beside the main one."""

    posts: list[PostOut]


class PersonOut(PersonCard):
    """A person as administrators see them; `source` names the directory that they come from."""

    position_id: UUID | None
    state: State
    locale: str | None
    timezone: str | None
    source: str | None
    last_sign_in_at: datetime | None
    created_at: datetime


class PersonLine(UserOut):
    """One line of the administrators' list."""

    state: State
    last_sign_in_at: datetime | None


class PersonIn(Model):
    """A new person. Nobody can sign in as them before they have got a password."""

    username: Username
    name: Name
    employee_number: Number | None = None
    email: Email | None = None
    phone: Phone | None = None
    department_id: UUID | None = None
    position_id: UUID | None = None
    posts: list[PostIn] = Field(default_factory=list, max_length=20)


class PersonChange(Model):
    """What is changed of a person; a field that is left out stays as it is. `state` brings back
    who has left, or deactivates."""

    username: Username = ""
    name: Name = ""
    employee_number: Number | None = None
    email: Email | None = None
    phone: Phone | None = None
    department_id: UUID | None = None
    position_id: UUID | None = None
    posts: list[PostIn] = Field(default_factory=list, max_length=20)
    state: State = "active"


class DepartmentOut(Model):
    """A department: `people` counts the active ones in itself, `total` those below it too."""

    id: UUID
    name: str
    parent_id: UUID | None
    manager_id: UUID | None
    manager_name: str | None
    rank: int
    people: int
    total: int
    depth: int


class DepartmentIn(Model):
    """A new department, at the top unless `parent_id` is given, the last beside its siblings."""

    name: Name
    parent_id: UUID | None = None
    manager_id: UUID | None = None


class DepartmentChange(Model):
    """What is changed of a department; a field that is left out stays. `rank` is its place among
    its siblings, counted from 0."""

    name: Name = ""
    parent_id: UUID | None = None
    manager_id: UUID | None = None
    rank: int = Field(0, ge=0, le=100_000)


class PositionOut(Model):
    """A position; `people` counts who holds it, in whichever post."""

    id: UUID
    name: str
    rank: int
    people: int


class PositionIn(Model):
    """A new position, the lowest of all unless `rank` is given."""

    name: Name
    rank: Annotated[int, Field(ge=0, le=100_000)] | None = None


class PositionChange(Model):
    """What is changed of a position; a field that is left out stays."""

    name: Name = ""
    rank: int = Field(0, ge=0, le=100_000)
