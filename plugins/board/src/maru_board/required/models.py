"""The table of what must be read."""

from datetime import datetime
from uuid import UUID

from maru_board.models import Post
from maru_sdk.db import Field, TenantModel, index, reference, unique


class Requirement(TenantModel, table=True):
    """That a post must be read until `due_at`, by everybody or by some departments with all below
    them. Who has confirmed it stands in `PostView`."""

    __table_args__ = (unique("post_id"), index("due_at", "id"))

    post_id: UUID = reference(Post, index=False)
    due_at: datetime
    everyone: bool = True
    departments: list[str] = Field(default_factory=list)
    roles: list[str] = Field(default_factory=list)
    people: list[str] = Field(default_factory=list)
    remind_days: int = 1
    reminded_at: datetime | None = None
