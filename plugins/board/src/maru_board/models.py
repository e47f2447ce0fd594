"""The tables. Counters stand beside what they count, so that lists need no counting."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from maru_sdk.db import (
    Resource,
    TenantModel,
    index,
    person_id,
    reference,
)


class Board(TenantModel, table=True):
    """A board. A deleted one is gone for everybody at once; a job then removes its posts."""

    __table_args__ = (index("position", "id"),)
    resource: ClassVar[Resource] = Resource("board")

    name: str
    description: str = ""
    kind: Literal["normal", "notice"] = "normal"
    position: int = 100
    is_closed: bool = False
    is_deleted: bool = False
    post_count: int = 0


class Post(TenantModel, table=True):
    """A post, readable once `is_published`; until then `published_at` is its time to come."""

    __table_args__ = (
        index("board_id", "is_pinned", "published_at", "id"),
        index("published_at", "id", where="is_published", name="post_recent_idx"),
        index("published_at", "id", where="is_published AND is_notice", name="post_notice_idx"),
        index("published_at", where="NOT is_published", name="post_waiting_idx"),
        index("board_id", "published_at", "id", where="is_published", name="post_dated_idx"),
        index("author_id", "id", name="post_mine_idx"),
    )
    resource: ClassVar[Resource] = Resource("board", "board_id")

    board_id: UUID = reference(Board)
    author_id: UUID = person_id()
    title: str
    content: str = ""
    content_format: Literal["text", "html"] = "html"
    is_notice: bool = False
    is_pinned: bool = False
    is_published: bool = False
    published_at: datetime
    view_count: int = 0
    like_count: int = 0
    comment_count: int = 0
