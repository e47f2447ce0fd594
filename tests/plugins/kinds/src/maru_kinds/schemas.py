"""What goes in and out."""

from uuid import UUID

from maru_sdk import Model


class NoteIn(Model):
    """A note to write."""

    text: str


class NoteOut(Model):
    """A note as it is shown."""

    id: UUID
    text: str


class Notes(Model):
    """Some notes."""

    notes: list[str]
    limit: int = 5


class Shown(Model):
    """What the portlet of notes may be set to."""

    limit: int = 5


class Count(Model):
    """How many notes to write."""

    count: int = 1


class Told(Model):
    """What a function whose answers are kept could see."""

    notes: list[str]
    who: str | None = None
    may_read: bool = False
    may_write: bool = False
