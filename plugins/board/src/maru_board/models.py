"""The tables. Counters stand beside what they count, so that lists need no counting."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from maru_sdk.db import (
    Encrypted,
    Field,
    Resource,
    TenantModel,
    index,
    person_id,
    reference,
    unique,
)


class BoardGroup(TenantModel, table=True):
    """Boards that stand together in the list."""

    name: str
    position: int = 100


class Board(TenantModel, table=True):
    """A board. A deleted one is gone for everybody at once; a job then removes its posts.

    What its kind says about it stands in the row: no reader waits for the plugin that knows the
    kind, and a board stays what it is where that plugin is off.
    """

    __table_args__ = (index("position", "id"),)
    resource: ClassVar[Resource] = Resource("board")

    name: str
    description: str = ""
    group_id: UUID | None = reference(BoardGroup, default=None, on_delete="set null")
    kind: str = "normal"
    view: Literal["list", "gallery"] = "list"
    moderators_write: bool = False
    is_anonymous: bool = False
    takes_answers: bool = False
    prefixes: list[str] = Field(default_factory=list)
    needs_prefix: bool = False
    retention_days: int | None = None
    position: int = 100
    is_closed: bool = False
    is_archived: bool = False
    is_deleted: bool = False
    post_count: int = 0


def _listed(name: str, *by: str) -> Any:
    """What a filtered list of a board is read by."""
    return index("board_id", *by, "published_at", "id", where="is_published", name=name)


class Post(TenantModel, table=True):
    """A post, readable while `is_published`. Before, `published_at` is its time to come; after,
    `gone` says why it is no more. An anonymous one has no author here: see `SealedAuthor`."""

    __table_args__ = (
        index("board_id", "is_pinned", "published_at", "id"),
        index("published_at", "id", where="is_published", name="post_recent_idx"),
        index("published_at", "id", where="is_published AND is_notice", name="post_notice_idx"),
        index("published_at", where="NOT is_published AND gone = ''", name="post_due_idx"),
        index("gone_at", where="gone = 'trashed'", name="post_trashed_idx"),
        index("board_id", "id", where="gone = 'trashed'", name="post_trash_idx"),
        index("expires_at", where="is_published AND expires_at IS NOT NULL", name="post_ends_idx"),
        index("author_id", "id", name="post_mine_idx"),
        _listed("post_prefix_idx", "prefix"),
        _listed("post_writer_idx", "author_id"),
        _listed("post_dated_idx"),
    )
    resource: ClassVar[Resource] = Resource("board", "board_id")

    board_id: UUID = reference(Board)
    author_id: UUID | None = person_id(default=None)
    version: int = 1
    prefix: str = ""
    title: str
    content: str = ""
    markdown: str = ""
    content_format: Literal["text", "html"] = "html"
    is_notice: bool = False
    is_pinned: bool = False
    is_published: bool = False
    published_at: datetime
    expires_at: datetime | None = None
    gone: Literal["", "expired", "trashed"] = ""
    gone_at: datetime | None = None
    tags: list[str] = Field(default_factory=list)
    cover_id: UUID | None = None
    accepted_id: UUID | None = None
    view_count: int = 0
    like_count: int = 0
    comment_count: int = 0


class PostTag(TenantModel, table=True):
    """A word that a post is found under, with all that its board's list under this word is made
    from."""

    __table_args__ = (unique("post_id", "tag"), index("board_id", "tag", "published_at", "post_id"))

    post_id: UUID = reference(Post, index=False)
    board_id: UUID = reference(Board, index=False)
    tag: str
    published_at: datetime


class SealedAuthor(TenantModel, table=True):
    """Who wrote an anonymous post, for two questions alone: whether it is the asker, and the
    audited unsealing."""

    __table_args__ = (unique("on_id"),)

    on_id: UUID
    author: Encrypted[str]


class Revision(TenantModel, table=True):
    """A post as it was before a change. `editor_id` is who replaced it; nobody is named where the
    author is sealed."""

    __table_args__ = (unique("post_id", "version"),)

    post_id: UUID = reference(Post, index=False)
    version: int
    editor_id: UUID | None = person_id(default=None, index=False)
    title: str
    content: str


class Draft(TenantModel, table=True):
    """What somebody has begun to write on a board: one each, saved while they write."""

    __table_args__ = (unique("person_id", "board_id"),)

    person_id: UUID = person_id(index=False)
    board_id: UUID = reference(Board)
    prefix: str = ""
    title: str = ""
    content: str = ""
    markdown: str = ""
    tags: list[str] = Field(default_factory=list)


class PostTemplate(TenantModel, table=True):
    """What a new post on a board may begin with."""

    board_id: UUID = reference(Board)
    name: str
    title: str = ""
    content: str = ""
