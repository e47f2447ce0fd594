"""What comes in and goes out of comments."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from maru_board.comments.mentions import Piece
from maru_board.schemas import Author, Remark, absent
from maru_sdk import Model
from maru_sdk.forms import mentions


class CommentIn(Model):
    """A new comment; with `parent_id` an answer to another one of the same post."""

    content: Remark = Field(title="Comment", json_schema_extra=mentions())
    parent_id: Annotated[UUID | None, BeforeValidator(absent)] = Field(
        None, json_schema_extra={"x-kind": "hidden"}
    )


class CommentOut(Model):
    """A comment. A deleted one that was answered stays, empty."""

    id: UUID
    post_id: UUID
    parent_id: UUID | None
    author: Author | None
    content: str
    is_deleted: bool
    created_at: datetime
    updated_at: datetime


class Mentioned(Model):
    """Somebody whom a comment names: `<@person:ID>` stands for them in its content."""

    kind: Literal["person", "department"]
    id: UUID
    name: str


class CommentSaid(CommentOut):
    """A comment with the names of all whom it mentions; who is gone has none."""

    mentions: list[Mentioned]


class CommentShown(CommentOut):
    """A comment as its page shows it: line by line, with names where people are mentioned."""

    lines: list[list[Piece]]


class Discussion(Model):
    """One page of a post's comments, and the cursor to the next."""

    comments: list[CommentShown]
    more: str | None
