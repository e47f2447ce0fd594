"""What is asked of search, and what it answers."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from maru.identity.people_queries import UserOut
from maru.search.excerpts import Part
from maru_sdk import Model


class Author(Model):
    """Who wrote what was found."""

    id: UUID
    name: str


class Hit(Model):
    """A thing that was found. `title_parts` and `excerpt` are plain text in parts, of which those
    that were sought are marked."""

    source: str
    id: UUID
    title: str
    title_parts: list[Part]
    excerpt: list[Part]
    url: str
    at: datetime
    author: Author | None


class SourceOut(Model):
    """A source that the reader may look into."""

    name: str
    title: str
    icon: str


class Suggestion(Model):
    """A person, in the words of a list that is typed into."""

    id: UUID
    name: str
    department: str | None
    position: str | None
    employee_number: str | None

    @classmethod
    def of(cls, person: UserOut) -> Self:
        """A person as colleagues see one."""
        return cls(
            id=person.id,
            name=person.name,
            department=person.department.name if person.department else None,
            position=person.position,
            employee_number=person.employee_number,
        )


class Asked(Model):
    """A search: what for, and what it is narrowed to."""

    q: str
    source: str | None = None
    author: UUID | None = None
    department: UUID | None = None
    since: date | None = None
    until: date | None = None
    cursor: str | None = None
    limit: int = 20
