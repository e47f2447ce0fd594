"""What comes in and goes out of required reading."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from maru_board.audience import ForWhom
from maru_sdk import Model
from maru_sdk.db import Resource


class RequirementIn(ForWhom):
    """Until when a post must be read, and by whom."""

    due_at: AwareDatetime = Field(title="Must be read until")
    remind_days: int = Field(
        1,
        ge=0,
        le=14,
        title="Remind days before",
        description="Who hasn't confirmed by then is reminded once; 0 reminds nobody.",
    )


class RequirementSeen(Model):
    """Until when a post must be read, as its readers learn of it: not by whom else."""

    post_id: UUID
    due_at: datetime
    everyone: bool
    remind_days: int
    reminded_at: datetime | None


class RequirementOut(RequirementSeen):
    """The same for moderators, with those who must."""

    departments: list[UUID]
    roles: list[str]
    people: list[UUID]

    def seen(self) -> RequirementSeen:
        """What readers learn of it."""
        return RequirementSeen(
            **{name: getattr(self, name) for name in RequirementSeen.model_fields}
        )


class Owed(Model):
    """A post that the reader must read and hasn't confirmed."""

    resource: ClassVar[Resource] = Resource("board", "board_id")

    post_id: UUID
    board_id: UUID
    board_name: str
    title: str
    due_at: datetime
    everyone: bool


class OwedByMany(Owed):
    """The same with all who must read it, to find the reader among them."""

    departments: list[UUID]
    roles: list[str]
    people: list[UUID]

    def seen(self) -> Owed:
        """What readers learn of it."""
        return Owed(**{name: getattr(self, name) for name in Owed.model_fields})


class Asked(Model):
    """Somebody who must read a post, and how far they are."""

    id: UUID
    name: str
    department_id: UUID | None
    read_at: datetime | None
    confirmed_at: datetime | None


class DepartmentCount(Model):
    """How many of a department must read a post, have opened and have confirmed it."""

    department_id: UUID | None
    people: int
    opened: int
    confirmed: int


class Standing(DepartmentCount):
    """The same with the department's name, as the page shows it."""

    name: str


class Progress(Model):
    """How far a post's required reading is."""

    people: int
    opened: int
    confirmed: int
    departments: list[Standing]


class Confirmed(Model):
    """Since when the reader has confirmed a post; absent while they haven't."""

    confirmed_at: datetime | None
