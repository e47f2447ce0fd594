"""The pages of a board's posts, and what their forms do."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field

from maru_board import channels, files, queries
from maru_board.api import AboutPost, Related, related
from maru_board.attention.reading import read_post
from maru_board.attention.service import mark_of
from maru_board.attention.shown import Attention, attention_to
from maru_board.comments.discussion import Comments, comments_on
from maru_board.errors import EditedMeanwhile
from maru_board.files import Attached, attached_to, attachment
from maru_board.following.service import follows
from maru_board.permissions import MODERATE, READ, WRITE
from maru_board.posts import service
from maru_board.reading import at, board_of, lines_of, readable_board
from maru_board.schemas import LONGEST, BoardOut, PostChange, PostIn, PostLine, PostShown, Title
from maru_board.settings import BoardSettings, new_since
from maru_sdk import (
    Context,
    InvalidInput,
    Model,
    PermissionDenied,
    Redirect,
    action,
    page,
)
from maru_sdk.rich import RichText

MARKS = ("is_notice", "is_pinned")


class PostForm(Model):
    """The form of a post."""

    title: Title = Field(title="Title")
    content: RichText = Field("", title="Content", max_length=LONGEST)
    is_notice: bool = Field(False, title="Notice")
    is_pinned: bool = Field(False, title="Pin to the top")
    publish_at: Annotated[datetime | None, BeforeValidator(lambda v: v or None)] = Field(
        None, title="Publish at", description="Leave it empty to publish at once."
    )


class EditForm(PostForm):
    """The form of an existing post, which knows what it was made from."""

    updated_at: str = Field("", json_schema_extra={"x-kind": "hidden"})


def _schema(
    ctx: Context, form: type[PostForm], on: BoardOut, *, waits: bool = True
) -> dict[str, Any]:
    """What `fields_of` draws: marks for moderators alone, a time only while it can be set."""
    schema = form.model_json_schema()
    hidden = () if ctx.can(MODERATE, on=on) else MARKS
    for name in (*hidden, *(() if waits else ("publish_at",))):
        del schema["properties"][name]
    return schema


class OneBoard(Model):
    """One page of a board's posts."""

    board: BoardOut
    posts: list[PostLine]
    waiting: list[PostLine]
    new_since: datetime
    unread: list[UUID]
    follows: bool
    newer: str
    older: str
    total: int | None
    can_write: bool


@page("/{board_id}", title="Board", template="board/board.html", needs=READ)
async def one_board(ctx: Context, board_id: UUID, cursor: str | None = None) -> OneBoard:
    """A board's posts, pinned ones first."""
    board = await readable_board(ctx, board_id)
    settings = await ctx.settings(BoardSettings)
    lines = await lines_of(ctx, board_id, cursor, settings.page_size)
    waiting = [] if cursor else await _waiting(ctx, board_id)
    return OneBoard(
        board=board,
        posts=lines.posts,
        waiting=waiting,
        new_since=await new_since(ctx),
        unread=await _unread(ctx, board_id, lines.posts),
        follows=await follows(ctx, "board", board_id),
        newer=at(f"/board/{board_id}", lines.newer),
        older=at(f"/board/{board_id}", lines.older),
        total=lines.total,
        can_write=_may_write(ctx, board),
    )


def _may_write(ctx: Context, board: BoardOut) -> bool:
    if board.is_closed:
        return False
    return ctx.can(MODERATE if board.kind == "notice" else WRITE, on=board)


async def _unread(ctx: Context, board_id: UUID, posts: list[PostLine]) -> list[UUID]:
    """Which of the posts are new to the reader."""
    mark = await mark_of(ctx, board_id)
    return [one.id for one in posts if mark.is_unread(one.id, one.published_at)]


async def _waiting(ctx: Context, board_id: UUID) -> list[PostLine]:
    found = await ctx.read(queries.WAITING, board_id=board_id, author_id=ctx.me.id)
    return list(found)


class OnePost(Comments):
    """A post with its comments."""

    room: str
    html: str
    related: list[Related]
    may_change: bool
    attached: Attached
    upload_url: str
    attention: Attention


@page("/posts/{post_id}", title="Post", template="board/post.html", needs=READ)
async def one_post(ctx: Context, post_id: UUID, cursor: str | None = None) -> OnePost:
    """One post; a view by somebody who hasn't just seen it is counted."""
    post = await read_post(ctx, post_id)
    comments = await comments_on(ctx, post, cursor)
    return OnePost(
        **dict(comments),
        room=channels.post.room(post_id=post_id),
        html=post.html,
        related=await _related(ctx, post),
        may_change=service.may_change(ctx, post, post.author.id),
        attached=await attached_to(ctx, post),
        upload_url=f"{attachment.upload_url}&on={post_id}",
        attention=await attention_to(ctx, post),
    )


async def _related(ctx: Context, post: PostShown) -> list[Related]:
    ask = AboutPost(post_id=post.id, board_id=post.board_id, title=post.title)
    return [link for answer in await ctx.collect(related, ask) for link in answer.links]


# Writing


class Written(Model):
    """The form of a post; `post` is absent for a new one."""

    board: BoardOut
    post_id: UUID | None
    form_schema: dict[str, Any]
    start: dict[str, Any]


@page("/posts/new", title="New post", template="board/write.html", needs=WRITE)
async def new_post(ctx: Context, board: UUID) -> Written:
    """The form of a new post on `?board=`."""
    found = await readable_board(ctx, board)
    ctx.require(WRITE, on=found)
    return Written(
        board=found,
        post_id=None,
        form_schema=_schema(ctx, PostForm, found),
        start={},
    )


@action("/posts", needs=WRITE, again=new_post)
async def create_post(ctx: Context, board: UUID, form: PostForm) -> Redirect:
    """Publishes a post on `?board=`, or keeps it for its time."""
    post_id = await service.create_post(ctx, PostIn(**form.model_dump(), board_id=board))
    return Redirect(to=f"/board/posts/{post_id}")


@page("/posts/{post_id}/edit", title="Edit post", template="board/write.html", needs=WRITE)
async def edit_post(ctx: Context, post_id: UUID) -> Written:
    """The form of an existing post."""
    post = await service.shown_post(ctx, post_id)
    ctx.require(WRITE, on=post)
    if not service.may_change(ctx, post, post.author.id):
        raise PermissionDenied
    board = await board_of(ctx, post.board_id)
    return Written(
        board=board,
        post_id=post_id,
        form_schema=_schema(ctx, EditForm, board, waits=not post.is_published),
        start=_start(post),
    )


def _start(post: PostShown) -> dict[str, Any]:
    start = post.model_dump(include={"title", *MARKS}) | {"content": post.html}
    start["updated_at"] = post.updated_at.isoformat()
    if not post.is_published:
        start["publish_at"] = post.published_at.isoformat()
    return start


@action("/posts/{post_id}", needs=WRITE, again=edit_post)
async def change_post(ctx: Context, post_id: UUID, form: EditForm) -> Redirect:
    """Saves a changed post."""
    body = form.model_dump()
    post = await service.shown_post(ctx, post_id)
    if not ctx.can(MODERATE, on=post):  # the form didn't show the marks, so they stay
        body |= {name: getattr(post, name) for name in MARKS}
    try:
        await service.change_post(ctx, post_id, PostChange(**body))
    except EditedMeanwhile as error:  # shows the form once more, with the words that were typed
        raise InvalidInput(error.text) from error
    return Redirect(to=f"/board/posts/{post_id}", message=ctx.t("The post was saved."))


@action("/posts/{post_id}/delete", needs=WRITE)
async def delete_post(ctx: Context, post_id: UUID) -> Redirect:
    """Deletes a post."""
    board_id = await files.delete_post(ctx, post_id)
    return Redirect(to=f"/board/{board_id}", message=ctx.t("The post was deleted."))


PAGES = (
    one_board,
    one_post,
    new_post,
    create_post,
    edit_post,
    change_post,
    delete_post,
)
