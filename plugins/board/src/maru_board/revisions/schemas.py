"""What is answered about a post's earlier texts."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from maru_board.schemas import Author
from maru_sdk import Model


class RevisionLine(Model):
    """A change: what the post said until then, who changed it, and when. Nobody is named where the
    post's author is sealed."""

    id: UUID
    version: int
    title: str
    editor: Author | None
    created_at: datetime


class RevisionOut(RevisionLine):
    """The same with the whole text."""

    content: str


class Piece(Model):
    """A stretch of a line, and whether it is only in this one of the two texts."""

    text: str
    differs: bool = False


class Line(Model):
    """A line of one text or of both."""

    kind: Literal["same", "removed", "added"]
    pieces: list[Piece]
