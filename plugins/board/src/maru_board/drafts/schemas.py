"""A draft as it comes in and goes out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from maru_board.schemas import LINE, LONGEST, Source, Tags
from maru_sdk import Model
from maru_sdk.rich import RichText


class DraftIn(Model):
    """A draft, in which everything may still be missing."""

    prefix: Annotated[str, StringConstraints(max_length=30), LINE] = ""
    title: Annotated[str, StringConstraints(max_length=200), LINE] = ""
    content: RichText = Field("", max_length=LONGEST)
    markdown: Source = ""
    tags: Tags = Field([], max_length=10)


class DraftOut(DraftIn):
    """A draft as it was saved."""

    id: UUID
    updated_at: datetime
