"""What comes in and goes out of the rights on one board."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from maru_sdk import Model
from maru_sdk.access import Subject
from maru_sdk.forms import DepartmentId, PersonId, choices

MOST = 50
Right = Literal["reader", "commenter", "writer", "moderator"]
_RIGHTS = {
    "reader": "May read",
    "commenter": "May read and comment",
    "writer": "May write",
    "moderator": "Moderates",
}


class GiveForm(Model):
    """Who is to have which right on a board: several at once."""

    right: Right = Field("writer", title="Right", json_schema_extra=choices(_RIGHTS))
    people: Annotated[list[PersonId], Field(max_length=MOST)] = Field(
        default_factory=list, title="People by name"
    )
    departments: Annotated[list[DepartmentId], Field(max_length=MOST)] = Field(
        default_factory=list,
        title="Departments",
        description="With all departments below them.",
    )
    groups: Annotated[list[UUID], Field(max_length=MOST)] = Field(
        default_factory=list, title="Groups"
    )

    def subjects(self) -> list[tuple[Subject, UUID]]:
        """All of them, by kind."""
        found: list[tuple[Subject, UUID]] = [("person", one) for one in self.people]
        found += [("department", one) for one in self.departments]
        found += [("group", one) for one in self.groups]
        return found
