"""What comes in and goes out: bodies, forms and answers."""

from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal
from unicodedata import category, normalize
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints, field_validator

from maru_sdk import Model
from maru_sdk.db import Resource
from maru_sdk.rich import RichText, html_of

LONGEST: Final = 100_000
LONGEST_SOURCE: Final = 30_000


def _line(text: str) -> str:
    """One line as people meant it: macOS's split syllables joined, odd blanks made one."""
    text = " ".join(normalize("NFC", text).split())
    if any(category(sign) == "Cc" for sign in text):
        raise ValueError("control characters are not allowed")
    return text


def _text(text: str) -> str:
    """Several lines: joined syllables, one kind of line end, no NUL (PostgreSQL keeps none)."""
    if "\0" in text:
        raise ValueError("NUL characters are not allowed")
    return normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").rstrip()


def _words(value: object) -> object:
    """Tags as a form's line sends them: apart by commas, with or without the sign before them."""
    sent = value.split(",") if isinstance(value, str) else value
    if isinstance(sent, list | tuple) and all(isinstance(one, str) for one in sent):
        tags = (tag.strip().lstrip("#").strip() for one in sent for tag in one.split(","))
        return list(dict.fromkeys(tag for tag in tags if tag))
    return value


def absent(value: object) -> object:
    """A form sends an empty field where it means none."""
    return None if value == "" else value


def _moment(value: object) -> object:
    """The same of a time. Behind a validator of ours JSON's times are text, which strict reading
    refuses: they are read here."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and value else absent(value)
    except ValueError:
        return value


# The constraint stands before the validator, so that its fault speaks of characters, not items.
LINE = BeforeValidator(lambda value: _line(value) if isinstance(value, str) else value)
TEXT = BeforeValidator(lambda value: _text(value) if isinstance(value, str) else value)
Title = Annotated[str, StringConstraints(min_length=1, max_length=200), LINE]
Remark = Annotated[str, StringConstraints(min_length=1, max_length=5_000), TEXT]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60), LINE]
Description = Annotated[str, StringConstraints(max_length=300), LINE]
Later = Annotated[AwareDatetime | None, BeforeValidator(_moment)]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=30), LINE]
Tags = Annotated[list[Word], BeforeValidator(_words)]
Source = Annotated[str, StringConstraints(max_length=LONGEST_SOURCE), TEXT]


class BoardIn(Model):
    """A board as it is created or replaced."""

    name: Name = Field(title="Name")
    description: Description = Field("", title="Description")
    group_id: Annotated[UUID | None, BeforeValidator(absent)] = Field(None, title="Group")
    kind: Kind = Field("normal", title="Kind")
    prefixes: list[Word] = Field([], title="Prefixes", description="One a line.", max_length=30)
    needs_prefix: bool = Field(False, title="Every post needs a prefix")
    retention_days: Annotated[int | None, BeforeValidator(absent)] = Field(
        None,
        ge=1,
        le=36_500,
        title="Keep posts for",
        description="Older ones go to the trash by themselves. Leave it empty to keep them.",
        json_schema_extra={"x-unit": "days"},
    )
    position: int = Field(100, ge=0, le=9_999, title="Position")
    is_closed: bool = Field(False, title="Closed")
    is_archived: bool = Field(False, title="Archived")

    @field_validator("prefixes")
    @classmethod
    def _once(cls, prefixes: list[str]) -> list[str]:
        return list(dict.fromkeys(prefixes))


class BoardOut(BoardIn):
    """A board as it is answered."""

    resource: ClassVar[Resource] = Resource("board")

    id: UUID
    view: Literal["list", "gallery"]
    moderators_write: bool
    is_anonymous: bool
    takes_answers: bool
    post_count: int
    created_at: datetime
    updated_at: datetime

    @property
    def takes_posts(self) -> bool:
        """Whether anybody may write here now."""
        return not (self.is_closed or self.is_archived)


class GroupForm(Model):
    """A group of boards as it is made or changed."""

    name: Name = Field(title="Name")
    position: int = Field(100, ge=0, le=9_999, title="Position")


class GroupOut(GroupForm):
    """A group of boards."""

    id: UUID


class Author(Model):
    """Who wrote something."""

    id: UUID
    name: str


class PostText(Model):
    """What people say in a post. Where `markdown` is given, the content is made of it."""

    prefix: Annotated[str, StringConstraints(max_length=30), LINE] = ""
    title: Title
    content: RichText = Field("", max_length=LONGEST)
    markdown: Source = ""
    tags: Tags = Field([], max_length=10)
    is_notice: bool = False
    is_pinned: bool = False
    publish_at: Later = None
    expires_at: Later = None


class PostIn(PostText):
    """A new post. With `publish_at` it appears then, else at once."""

    board_id: UUID


class PostChange(PostText):
    """What replaces a post. `version` and `updated_at`, where given, must be what was read;
    `publish_at` None keeps the time."""

    version: int | None = None
    updated_at: Later = None


class PostHead(Model):
    """What lists and pages show of a post, apart from its counters. `published_at` is in the
    future while it waits for its time, `gone` says why it can't be read any more. An anonymous one
    has no author."""

    resource: ClassVar[Resource] = Resource("board", "board_id")

    id: UUID
    board_id: UUID
    version: int
    prefix: str
    title: str
    author: Author | None
    tags: list[str]
    cover_id: UUID | None
    accepted_id: UUID | None
    is_notice: bool
    is_pinned: bool
    is_published: bool
    published_at: datetime
    expires_at: datetime | None
    gone: Literal["", "expired", "trashed"]
    gone_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Said(Model):
    """What a post says, as it was kept: posts of old are plain text."""

    content: str
    markdown: str
    content_format: Literal["text", "html"]

    @property
    def html(self) -> str:
        """It as rich text."""
        return html_of(self.content) if self.content_format == "text" else self.content


class PostWords(PostHead, Said):
    """What a post says to everybody who may read it."""


class PostLine(PostHead):
    """A post in a list."""

    view_count: int
    like_count: int
    comment_count: int


class PostLines(Model):
    """One page of a board's posts, and the cursors to its neighbours."""

    posts: list[PostLine]
    newer: str | None
    older: str | None
    total: int | None


class PostOut(PostLine):
    """A whole post; `content` is always rich text."""

    content: str = Field(json_schema_extra={"contentMediaType": "text/html"})
    content_format: Literal["html"] = "html"
    markdown: str


class Counted(Model):
    """What changes about a post while it is read, and whether this reader has read it."""

    view_count: int
    like_count: int
    comment_count: int
    seen: bool


class PostShown(PostLine, Said):
    """A post with what its page and its rules need besides."""

    board_name: str
    board_is_closed: bool
    seen: bool
    is_mine: bool = False

    def out(self) -> PostOut:
        """What the API answers."""
        line = {name: getattr(self, name) for name in PostLine.model_fields}
        return PostOut(**line, content=self.html, markdown=self.markdown)


class PostTitle(Model):
    """A post as short lists show it."""

    id: UUID
    title: str
    published_at: datetime


class LatestPost(PostTitle):
    """A post as the list of boards shows it."""

    comment_count: int


class BoardCard(BoardOut):
    """A board with its latest posts."""

    latest: list[LatestPost]


class RecentPost(PostTitle):
    """A post among those of other boards. No comment makes it old: it doesn't count them."""

    board_id: UUID
    board_name: str
    author: Author | None


class MyPost(PostTitle):
    """A post of the reader's, with what others made of it."""

    board_id: UUID
    board_name: str
    is_published: bool
    comment_count: int
    like_count: int


class PostCount(Model):
    """How many posts there are."""

    posts: int


class TemplateForm(Model):
    """What a new post on a board may begin with."""

    name: Name = Field(title="Name")
    title: Annotated[str, StringConstraints(max_length=200), LINE] = Field(
        "", title="Title of the post"
    )
    content: RichText = Field("", title="Content", max_length=LONGEST)


class Template(TemplateForm):
    """The same, as it is kept."""

    id: UUID
