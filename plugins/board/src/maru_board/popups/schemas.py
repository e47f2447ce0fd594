"""What comes in and goes out of pop-ups."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from maru_board.audience import ForWhom
from maru_sdk import Model
from maru_sdk.db import Resource


class PopupIn(ForWhom):
    """From when to when a post pops up, and for whom."""

    starts_at: AwareDatetime = Field(title="Shown from")
    ends_at: AwareDatetime = Field(title="Shown until")


class PopupSeen(Model):
    """A post that pops up, as its readers learn of it: not for whom else it does."""

    resource: ClassVar[Resource] = Resource("board", "board_id")

    id: UUID
    post_id: UUID
    board_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    everyone: bool


class PopupOut(PopupSeen):
    """The same for moderators, with those for whom it pops up."""

    departments: list[UUID]
    roles: list[str]
    people: list[UUID]

    def seen(self) -> PopupSeen:
        """What readers learn of it."""
        return PopupSeen(**{name: getattr(self, name) for name in PopupSeen.model_fields})


class Hidden(Model):
    """A pop-up that somebody doesn't want to see now."""

    popup_id: UUID
