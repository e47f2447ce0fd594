"""What goes in and out."""

from uuid import UUID

from pydantic import SecretStr

from maru_sdk import Model
from maru_sdk.db import Encrypted


class NoteIn(Model):
    """A note to write."""

    text: str


class NoteOut(Model):
    """A note as it is shown."""

    id: UUID
    text: str


class CodeIn(Model):
    """A code that only its note can open."""

    code: SecretStr


class CodeRow(Model):
    """A note's code as it is stored."""

    id: UUID
    code: Encrypted[str] | None


class CodeOut(Model):
    """A note's code, opened."""

    code: str | None


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
