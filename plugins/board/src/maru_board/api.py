"""What other plugins may rely on: the events that board publishes and the point that they fill."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from maru_sdk import Context, Event, Model, extension_point


class PostEvent(Event):
    """What all events about a post say; those of one post arrive in order."""

    post_id: UUID
    board_id: UUID

    def key(self) -> str:
        return str(self.post_id)


class PostPublished(PostEvent):
    """A post can be read from now on. Published once for each post, at its time. `author_id` is
    absent where the author is sealed."""

    author_id: UUID | None
    title: str
    is_notice: bool


class PostChanged(PostEvent):
    """A published post was changed, by its author or a moderator."""


class PostDeleted(PostEvent):
    """A post and its comments can't be read any more: it lies in the trash, or its time is over.
    Not published for posts that leave with their board."""


class PostRestored(PostEvent):
    """A post that was gone can be read again."""


class PostMoved(PostEvent):
    """A post stands on another board now; `from_id` is the one that it stood on."""

    from_id: UUID


class NoticesChanged(PostEvent):
    """A notice came, was changed or is no more, or a post ceased to be one. Published along with
    what happened to the post, for who shows notices alone: most posts are none."""


class CommentWritten(PostEvent):
    """Somebody commented on a post. `parent_id` is the comment that this one answers; `told` are
    those who were notified of it for a reason of their own. `author_id` is absent where the author
    is sealed."""

    comment_id: UUID
    author_id: UUID | None
    parent_id: UUID | None = None
    told: list[UUID] = Field(default_factory=list)


class ReadingRequired(PostEvent):
    """A post must be read until a time from now on, or until another one than before."""

    due_at: datetime


class ReadingConfirmed(PostEvent):
    """Somebody confirmed that they have read a post that they must read; once for each of them."""

    person_id: UUID


class BoardDeleted(Event):
    """A board and all its posts are gone."""

    board_id: UUID

    def key(self) -> str:
        return str(self.board_id)


class AboutPost(Model):
    """The post whose page is being shown."""

    post_id: UUID
    board_id: UUID
    title: str


class Related(Model):
    """A link beneath a post. `url` is a path on this site."""

    title: str
    url: str


class RelatedLinks(Model):
    """What one plugin knows about a post."""

    links: list[Related]


@extension_point("collect", deadline="300ms")
async def related(ctx: Context, ask: AboutPost) -> RelatedLinks:
    """Links to what belongs to a post, shown beneath it.

    Called once each time a post's page is shown, as its reader, who may read the post. Offer only
    what this reader may open. No links are an empty list; late or failing answers are left out.
    """
    raise NotImplementedError  # a point has no answer of its own


class AskKinds(Model):
    """Whoever makes or changes a board wants to know what it may be."""


class BoardKind(Model):
    """A kind of board. `key` begins with the plugin's key (`acme_ideas.idea`) and is never renamed;
    `title` is in the asker's language. The rest is what board itself does for such boards: it is
    kept with a board when the board is saved, so that reading asks nobody."""

    key: str
    title: str
    view: Literal["list", "gallery"] = "list"
    moderators_write: bool = False
    is_anonymous: bool = False
    takes_answers: bool = False


class BoardKinds(Model):
    """What kinds one plugin brings."""

    kinds: list[BoardKind]


@extension_point("collect", deadline="1s")
async def board_kinds(ctx: Context, ask: AskKinds) -> BoardKinds:
    """Kinds of boards.

    Called when somebody makes or changes a board, never when one is read. A board whose kind
    isn't answered any more stays what it is. Board's own kinds are always there, and nobody else
    brings one of their keys.
    """
    raise NotImplementedError  # a point has no answer of its own
