"""What the reader follows, and the buttons that follow."""

from pydantic import Field

from maru_board.following import service
from maru_board.following.queries import MINE
from maru_board.following.schemas import SubscriptionIn, SubscriptionOut
from maru_board.permissions import READ
from maru_board.reading import at
from maru_sdk import Context, CursorParams, Model, Redirect, action, page

ON_PAGE = 50


class Following(Model):
    """What the reader follows."""

    following: list[SubscriptionOut]
    newer: str
    older: str


@page("/following", title="What I follow", template="board/following.html", needs=READ)
async def following(ctx: Context, cursor: str | None = None) -> Following:
    """What the reader follows, the latest first."""
    asked = CursorParams(cursor=cursor, limit=ON_PAGE)
    found = await ctx.page(MINE, asked, reader=ctx.me.id)
    around = found.pagination
    return Following(
        following=list(found),
        newer=at("/board/following", around["prev"]),
        older=at("/board/following", around["next"]),
    )


class FollowForm(SubscriptionIn):
    """What is followed from now on, or no more."""

    on: bool
    back: str = Field("/board/following", pattern=r"^/board(/[\w-]+)*$", max_length=200)


@action("/following", needs=READ)
async def follow(ctx: Context, form: FollowForm) -> Redirect:
    """Follows something, or no more."""
    if form.on:
        await service.follow(ctx, SubscriptionIn(kind=form.kind, target_id=form.target_id))
        return Redirect(to=form.back, message=ctx.t("You follow it now."))
    await service.unfollow(ctx, form.kind, form.target_id)
    return Redirect(to=form.back, message=ctx.t("You don't follow it any more."))


PAGES = (following, follow)
