"""What is done with a post besides writing: it is moved, copied, answered, and its seal opened."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from maru_board.permissions import READ, UNSEAL, WRITE
from maru_board.posts.answers import accept_answer
from maru_board.posts.moving import copy_post, move_post
from maru_board.posts.seal import unsealed
from maru_board.posts.service import may_change_post, shown_post
from maru_board.reading import cards, readable_post
from maru_board.schemas import LINE, Author, PostOut, PostShown
from maru_sdk import Context, Model, Redirect, action, page, post


class Destination(Model):
    """The board that a post goes to."""

    board_id: UUID


class Choice(Model):
    """A board to choose."""

    id: UUID
    name: str


class Move(Model):
    """A post, and the boards that it may go to."""

    post: PostShown
    boards: list[Choice]
    may_move: bool


@page("/posts/{post_id}/move", title="Move or copy", needs=WRITE)
async def move(ctx: Context, post_id: UUID) -> Move:
    """Asks where a post is to go."""
    shown = await shown_post(ctx, post_id)
    found = [one for one in await cards(ctx) if one.takes_posts and ctx.can(WRITE, on=one)]
    choices = [Choice(id=one.id, name=one.name) for one in found if one.id != shown.board_id]
    return Move(post=shown, boards=choices, may_move=may_change_post(ctx, shown))


@action("/posts/{post_id}/move", needs=WRITE)
async def move_away(ctx: Context, post_id: UUID, form: Destination) -> Redirect:
    """Moves a post."""
    await move_post(ctx, post_id, form.board_id)
    return Redirect(to=f"/board/posts/{post_id}", message=ctx.t("The post was moved."))


@action("/posts/{post_id}/copy", needs=WRITE)
async def copy_there(ctx: Context, post_id: UUID, form: Destination) -> Redirect:
    """Copies a post."""
    copied = await copy_post(ctx, post_id, form.board_id)
    return Redirect(to=f"/board/posts/{copied}", message=ctx.t("The post was copied."))


class Accepted(Model):
    """The comment that answers; absent to take the mark away."""

    comment_id: UUID | None = None


@action("/posts/{post_id}/accept", needs=WRITE)
async def accept(ctx: Context, post_id: UUID, form: Accepted) -> Redirect:
    """Marks a comment as the answer, or none."""
    await accept_answer(ctx, post_id, form.comment_id)
    return Redirect(to=f"/board/posts/{post_id}#comments")


class UnsealForm(Model):
    """Why the name is wanted."""

    reason: Annotated[str, StringConstraints(min_length=5, max_length=500), LINE] = Field(
        title="Reason", description="It is kept in the audit trail with your name."
    )


class Unseal(Model):
    """An anonymous post whose author somebody means to learn."""

    post: PostShown
    form_schema: dict[str, object]


@page("/posts/{post_id}/unseal", title="See the author", needs=UNSEAL)
async def unseal(ctx: Context, post_id: UUID) -> Unseal:
    """Asks for the reason."""
    shown = await readable_post(ctx, post_id)
    return Unseal(post=shown, form_schema=UnsealForm.model_json_schema())


@action("/posts/{post_id}/unseal", needs=UNSEAL, again=unseal)
async def unseal_now(ctx: Context, post_id: UUID, form: UnsealForm) -> Redirect:
    """Tells who wrote an anonymous post, once, and has the audit trail know of it."""
    await readable_post(ctx, post_id)
    author = await unsealed(ctx, post_id, form.reason)
    said = ctx.t("{name} wrote this post. That you looked is in the audit trail.", name=author.name)
    return Redirect(to=f"/board/posts/{post_id}", message=said)


@post("/posts/{post_id}/move", needs=WRITE)
async def move_by_api(ctx: Context, post_id: UUID, body: Destination) -> PostOut:
    """Moves a post with its comments and files to another board."""
    await move_post(ctx, post_id, body.board_id)
    return (await shown_post(ctx, post_id)).out()


@post("/posts/{post_id}/copy", needs=WRITE)
async def copy_by_api(ctx: Context, post_id: UUID, body: Destination) -> PostOut:
    """Writes a post again on another board, without comments and attachments."""
    return (await shown_post(ctx, await copy_post(ctx, post_id, body.board_id))).out()


@post("/posts/{post_id}/accept", needs=WRITE)
async def accept_by_api(ctx: Context, post_id: UUID, body: Accepted) -> PostOut:
    """Marks the comment that answers a question; null takes the mark away."""
    await accept_answer(ctx, post_id, body.comment_id)
    return (await shown_post(ctx, post_id)).out()


@post("/posts/{post_id}/unseal", needs=UNSEAL)
async def unseal_by_api(ctx: Context, post_id: UUID, body: UnsealForm) -> Author:
    """Who wrote an anonymous post; the audit trail knows that it was asked, by whom and why."""
    await readable_post(ctx, post_id)
    return await unsealed(ctx, post_id, body.reason)


class Paper(Model):
    """A post as it is printed."""

    post: PostShown
    html: str


@page("/posts/{post_id}/print", title="Print", needs=READ)
async def print_post(ctx: Context, post_id: UUID) -> Paper:
    """A post alone, for paper."""
    shown = await readable_post(ctx, post_id)
    return Paper(post=shown, html=shown.html)


PAGES = (move, move_away, copy_there, accept, unseal, unseal_now, print_post)
ROUTES = (move_by_api, copy_by_api, accept_by_api, unseal_by_api)
