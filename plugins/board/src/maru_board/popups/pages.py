"""The form of a pop-up, and the button that has it stay away."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from maru_board.audience import schema_for
from maru_board.permissions import MODERATE, READ
from maru_board.popups import service
from maru_board.popups.reading import popup_of
from maru_board.popups.schemas import PopupIn, PopupOut
from maru_board.schemas import PostShown
from maru_sdk import Context, Model, Redirect, action, page

A_WEEK = timedelta(days=7)


class PopupForm(PopupIn):
    """The form of a pop-up: its times are on the reader's clock."""

    starts_at: datetime = Field(title="Shown from")
    ends_at: datetime = Field(title="Shown until")


class OnePopup(Model):
    """When and for whom a post pops up."""

    post: PostShown
    popup: PopupOut | None
    popup_schema: dict[str, Any]
    start: dict[str, Any]


@page("/posts/{post_id}/popup", title="Pop-up", template="board/popup.html", needs=MODERATE)
async def one_popup(ctx: Context, post_id: UUID) -> OnePopup:
    """The form of a post's pop-up."""
    post = await service.moderated_post(ctx, post_id)
    found = await popup_of(ctx, post_id)
    return OnePopup(
        post=post,
        popup=found,
        popup_schema=await schema_for(ctx, PopupForm),
        start=_start(ctx, found),
    )


def _start(ctx: Context, found: PopupOut | None) -> dict[str, Any]:
    """What the form begins with: what is set, else a week from now on for everybody."""
    if found is not None:
        return found.model_dump(mode="json", include=set(PopupIn.model_fields))
    now = ctx.now.astimezone(ctx.zone).replace(second=0, microsecond=0)
    ends = (now + A_WEEK).replace(hour=18, minute=0)
    return {"starts_at": now.isoformat(), "ends_at": ends.isoformat(), "everyone": True}


@action("/posts/{post_id}/popup", needs=MODERATE, again=one_popup)
async def show(ctx: Context, post_id: UUID, form: PopupForm) -> Redirect:
    """Has a post pop up."""
    await service.show(ctx, post_id, form)
    said = ctx.t("The post pops up on portal pages.")
    return Redirect(to=f"/board/posts/{post_id}", message=said)


class Nothing(Model):
    """A form without fields."""


@action("/posts/{post_id}/popup/remove", needs=MODERATE)
async def take_away(ctx: Context, post_id: UUID, form: Nothing) -> Redirect:
    """The post pops up no more."""
    await service.take_away(ctx, post_id)
    return Redirect(to=f"/board/posts/{post_id}", message=ctx.t("The post pops up no more."))


@action("/posts/{post_id}/popup/hide", needs=READ)
async def hide(ctx: Context, post_id: UUID, form: Nothing) -> Redirect:
    """The reader doesn't see it again today."""
    await service.hide_today(ctx, post_id)
    return Redirect(to="/")


PAGES = (one_popup, show, take_away, hide)
