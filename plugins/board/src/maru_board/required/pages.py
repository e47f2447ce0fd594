"""The pages of required reading, and what their forms do."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from maru_board.audience import schema_for
from maru_board.permissions import MODERATE, READ
from maru_board.reading import at
from maru_board.required import service
from maru_board.required.reading import owed, people_asked, progress_of, requirement_of
from maru_board.required.schemas import Asked, Owed, Progress, RequirementIn, RequirementOut
from maru_board.required.telling import remind
from maru_board.schemas import PostShown
from maru_sdk import Context, CursorParams, Model, Redirect, action, page

ON_PAGE = 50
A_WEEK = timedelta(days=7)


class RequirementForm(RequirementIn):
    """The form of required reading: its time is on the reader's clock."""

    due_at: datetime = Field(title="Must be read until")


class Mine(Model):
    """What the reader must read."""

    owed: list[Owed]
    now: datetime


@page("/required", title="Required reading", template="board/required.html", needs=READ)
async def mine(ctx: Context) -> Mine:
    """What the reader must read and hasn't confirmed."""
    return Mine(owed=await owed(ctx), now=ctx.now)


class OfPost(Model):
    """How far a post's required reading is; with nobody asked yet, the form alone."""

    post: PostShown
    requirement: RequirementOut | None
    progress: Progress | None
    late: list[Asked]
    departments: dict[str, str]
    newer: str
    older: str
    export_url: str
    requirement_schema: dict[str, Any]
    start: dict[str, Any]


@page(
    "/posts/{post_id}/required",
    title="Required reading",
    template="board/required_post.html",
    needs=MODERATE,
)
async def of_post(ctx: Context, post_id: UUID, cursor: str | None = None) -> OfPost:
    """Who has read a post that must be read, and who hasn't."""
    post = await service.moderated_post(ctx, post_id)
    found = await requirement_of(ctx, post_id)
    here = f"/board/posts/{post_id}/required"
    shown = OfPost(
        post=post,
        requirement=found,
        progress=None,
        late=[],
        departments={str(one.id): one.name for one in await ctx.people.departments()},
        newer="",
        older="",
        export_url=f"/api/v1{here}/export",
        requirement_schema=await schema_for(ctx, RequirementForm),
        start=_start(ctx, found),
    )
    if found is None:
        return shown
    asked = CursorParams(cursor=cursor, limit=ON_PAGE)
    late = await people_asked(ctx, found, asked, open_only=True)
    around = {"newer": late.pagination["prev"], "older": late.pagination["next"]}
    pages = {name: at(here, cursor) for name, cursor in around.items()}
    progress = await progress_of(ctx, found)
    return shown.model_copy(update={"progress": progress, "late": list(late), **pages})


def _start(ctx: Context, found: RequirementOut | None) -> dict[str, Any]:
    """What the form begins with: what is asked, else a week for everybody."""
    if found is not None:
        return found.model_dump(mode="json", include=set(RequirementIn.model_fields))
    ends = (ctx.now + A_WEEK).astimezone(ctx.zone)
    due = ends.replace(hour=18, minute=0, second=0, microsecond=0)
    return {"due_at": due.isoformat(), "everyone": True, "remind_days": 1}


@action("/posts/{post_id}/required", needs=MODERATE, again=of_post)
async def require(ctx: Context, post_id: UUID, form: RequirementForm) -> Redirect:
    """Has a post be read."""
    await service.require(ctx, post_id, form)
    said = ctx.t("The post is required reading now.")
    return Redirect(to=f"/board/posts/{post_id}/required", message=said)


class Nothing(Model):
    """A form without fields."""


@action("/posts/{post_id}/required/withdraw", needs=MODERATE)
async def withdraw(ctx: Context, post_id: UUID, form: Nothing) -> Redirect:
    """Nobody must read the post any more."""
    await service.withdraw(ctx, post_id)
    said = ctx.t("Nobody must read the post any more.")
    return Redirect(to=f"/board/posts/{post_id}", message=said)


@action("/posts/{post_id}/required/remind", needs=MODERATE)
async def remind_them(ctx: Context, post_id: UUID, form: Nothing) -> Redirect:
    """Reminds those who haven't confirmed."""
    await service.mark_reminded(ctx, post_id)
    people = await remind(ctx, post_id)
    said = ctx.t("{count} people were reminded.", count=people)
    return Redirect(to=f"/board/posts/{post_id}/required", message=said)


@action("/posts/{post_id}/confirm", needs=READ)
async def confirm(ctx: Context, post_id: UUID, form: Nothing) -> Redirect:
    """The reader confirms that they have read the post."""
    await service.confirm(ctx, post_id)
    return Redirect(to=f"/board/posts/{post_id}", message=ctx.t("You confirmed that you read it."))


PAGES = (mine, of_post, require, withdraw, remind_them, confirm)
