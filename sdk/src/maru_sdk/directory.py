"""Departments, and what happens to people and where they stand: core's events, heard with `listen`
like any."""

from typing import ClassVar
from uuid import UUID

from maru_sdk._events import Event
from maru_sdk._model import Model

__all__ = ["Department", "PersonDeactivated", "PersonMoved"]


class Department(Model):
    """A department, as `ctx.people.departments()` gives them; one at the top has no `parent_id`."""

    id: UUID
    name: str
    parent_id: UUID | None = None


class PersonDeactivated(Event):
    """Somebody has left, or was shut out: they are no longer active, and all their sessions have
    ended.

    What waits for them has to go to somebody else. They stay readable, and may come back.
    """

    name: ClassVar[str] = "person.deactivated"

    person_id: UUID

    def key(self) -> str:
        """One lane per person."""
        return str(self.person_id)


class PersonMoved(Event):
    """Somebody's main post is in another department now, or in none.

    Said once for each move, whether an administrator, an import or a directory has made it.
    """

    name: ClassVar[str] = "person.moved"

    person_id: UUID
    department_id: UUID | None
    was: UUID | None

    def key(self) -> str:
        """One lane per person."""
        return str(self.person_id)
