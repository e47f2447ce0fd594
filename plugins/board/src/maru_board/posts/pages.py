"""The page of a post, and those on which posts are written and changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from maru_board import channels, queries
from maru_board.api import AboutPost, Related, related
from maru_board.attention.reading import read_post
from maru_board.attention.shown import Attention, attention_to
from maru_board.comments import queries as comment_queries
from maru_board.comments.discussion import Comments, comments_on
from maru_board.comments.schemas import CommentOut
from maru_board.drafts.service import draft_of, drop_draft
from maru_board.files import Attached, attach, attached_to, attachment
from maru_board.permissions import READ, UNSEAL, WRITE
from maru_board.posts import service
from maru_board.posts.forms import MARKS, EditForm, PostForm, form_schema, start_of
from maru_board.reading import board_of, readable_board
from maru_board.schemas import BoardOut, PostChange, PostIn, PostShown, Template
from maru_sdk import Context, Model, PermissionDenied, Redirect, action, page


class OnePost(Comments):
    """A post with its comments."""

    room: str
    html: str
    related: list[Related]
    may_change: bool
    may_unseal: bool
    attached: Attached
    upload_url: str
    accepted: CommentOut | None
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
        may_change=service.may_change_post(ctx, post),
        may_unseal=post.author is None and ctx.can(UNSEAL),
        attached=await attached_to(ctx, post),
        upload_url=f"{attachment.upload_url}&on={post_id}",
        accepted=await _accepted(ctx, post),
        attention=await attention_to(ctx, post),
    )


async def _related(ctx: Context, post: PostShown) -> list[Related]:
    ask = AboutPost(post_id=post.id, board_id=post.board_id, title=post.title)
    return [link for answer in await ctx.collect(related, ask) for link in answer.links]


async def _accepted(ctx: Context, post: PostShown) -> CommentOut | None:
    if post.accepted_id is None:
        return None
    found = await ctx.read(comment_queries.COMMENT, post_id=post.id, comment_id=post.accepted_id)
    return found[0] if found and not found[0].is_deleted else None


# Writing


class Written(Model):
    """The form of a post; `post` is absent for a new one."""

    board: BoardOut
    post: PostShown | None = None
    form_schema: dict[str, Any]
    start: dict[str, Any]
    markdown: bool
    templates: list[Template] = Field(default_factory=list)
    drafted_at: datetime | None = None


@page("/posts/new", title="New post", template="board/write.html", needs=WRITE)
async def new_post(
    ctx: Context, board: UUID, mode: str = "", template: UUID | None = None
) -> Written:
    """The form of a new post on `?board=`: as it was left, or as a template of the board's."""
    found = await readable_board(ctx, board)
    ctx.require(WRITE, on=found)
    templates = list(await ctx.read(queries.TEMPLATES, board_id=board))
    chosen = next((one for one in templates if one.id == template), None)
    draft = None if chosen else await draft_of(ctx, board)
    start: dict[str, Any] = {}
    if chosen:
        start = chosen.model_dump(include={"title", "content"})
    elif draft:
        start = draft.model_dump() | {"tags": ", ".join(draft.tags)}
    markdown = mode == "markdown" or (not mode and bool(start.get("markdown")))
    return Written(
        board=found,
        form_schema=form_schema(ctx, PostForm, found, markdown=markdown),
        start=start,
        markdown=markdown,
        templates=templates,
        drafted_at=draft.updated_at if draft else None,
    )


@action("/posts", needs=WRITE, again=new_post)
async def create_post(ctx: Context, board: UUID, form: PostForm, mode: str = "") -> Redirect:
    """Publishes a post on `?board=`, or keeps it for its time; its draft is done with."""
    body = PostIn(**form.model_dump(exclude={"files"}), board_id=board)
    post_id = await service.create_post(ctx, body)
    await attach(ctx, post_id, body.content, form.files)
    await drop_draft(ctx, board)
    return Redirect(to=f"/board/posts/{post_id}")


@page("/posts/{post_id}/edit", title="Edit post", template="board/write.html", needs=WRITE)
async def edit_post(ctx: Context, post_id: UUID, mode: str = "") -> Written:
    """The form of an existing post."""
    post = await service.shown_post(ctx, post_id)
    ctx.require(WRITE, on=post)
    if not service.may_change_post(ctx, post):
        raise PermissionDenied
    board = await board_of(ctx, post.board_id)
    markdown = mode == "markdown" or (not mode and bool(post.markdown))
    waits = not post.is_published and not post.gone
    return Written(
        board=board,
        post=post,
        form_schema=form_schema(ctx, EditForm, board, markdown=markdown, waits=waits),
        start=start_of(post, markdown=markdown),
        markdown=markdown,
    )


@action("/posts/{post_id}", needs=WRITE, again=edit_post)
async def change_post(ctx: Context, post_id: UUID, form: EditForm, mode: str = "") -> Redirect:
    """Saves a changed post. Who comes second is shown both texts, and may save theirs once more."""
    body = form.model_dump(exclude={"files"})
    post = await service.shown_post(ctx, post_id)
    board = await board_of(ctx, post.board_id)
    shown = form_schema(ctx, EditForm, board, markdown=bool(form.markdown))["properties"]
    unseen = (*MARKS, "prefix")  # what the form didn't show stays as it is
    body |= {name: getattr(post, name) for name in unseen if name not in shown}
    await service.change_post(ctx, post_id, PostChange(**body))
    await attach(ctx, post_id, form.content, form.files)
    return Redirect(to=f"/board/posts/{post_id}", message=ctx.t("The post was saved."))


PAGES = (one_post, new_post, create_post, edit_post, change_post)
