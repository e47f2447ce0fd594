"""The tables of who has read what."""

from datetime import datetime
from uuid import UUID

from maru_board.models import Board, Post
from maru_sdk.db import Field, TenantModel, person_id, reference, unique


class PostView(TenantModel, table=True):
    """That a person has read a notice, or a post that they must read, and whether they confirmed
    it. Other posts keep no row for each reader: see `ReadMark`."""

    __table_args__ = (unique("post_id", "person_id"),)

    post_id: UUID = reference(Post, index=False)
    person_id: UUID = person_id(index=False)
    confirmed_at: datetime | None = None


class ViewBatch(TenantModel, table=True):
    """The id of a batch of views that was added to the posts: it isn't added again."""


class ReadMark(TenantModel, table=True):
    """What of a board is new to a person: what came after `since`, but for `posts`, which they have
    read (each with when it was published). There are never more than a few hundred of those."""

    __table_args__ = (unique("person_id", "board_id"),)

    person_id: UUID = person_id(index=False)
    board_id: UUID = reference(Board)
    since: datetime
    posts: dict[str, str] = Field(default_factory=dict)
