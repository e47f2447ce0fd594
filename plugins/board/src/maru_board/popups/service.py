"""The rules of pop-ups: who may have a post pop up, and for how long one stays away."""

from datetime import datetime, timedelta
from uuid import UUID

from maru_board import audience, tags
from maru_board.permissions import MODERATE
from maru_board.popups import queries
from maru_board.popups.errors import EndsTooEarly, PopupNotFound
from maru_board.popups.models import Popup, PopupHidden
from maru_board.popups.reading import popup_of
from maru_board.popups.schemas import PopupIn
from maru_board.posts.service import shown_post
from maru_board.reading import published_post
from maru_board.schemas import PostShown
from maru_sdk import Context
from maru_sdk.db import insert, uuid7


async def moderated_post(ctx: Context, post_id: UUID) -> PostShown:
    """A post of which the reader is a moderator."""
    post = await shown_post(ctx, post_id)
    ctx.require(MODERATE, on=post)
    return post


async def show(ctx: Context, post_id: UUID, body: PopupIn) -> None:
    """Has a post pop up, or changes when and for whom it does; who had it stay away sees it
    again."""
    await moderated_post(ctx, post_id)
    if body.ends_at <= max(body.starts_at, ctx.now):
        raise EndsTooEarly
    await audience.check(ctx, body)
    await _take_away(ctx, post_id)
    ctx.db.add(Popup(post_id=post_id, **(body.model_dump() | body.kept())))
    await ctx.db.flush()
    await ctx.audit("board.popup_set", str(post_id), after=body.model_dump(mode="json"))
    await ctx.cache.drop(tags.POPUPS)


async def take_away(ctx: Context, post_id: UUID) -> None:
    """The post pops up no more; raises PopupNotFound where it didn't."""
    await moderated_post(ctx, post_id)
    if not await _take_away(ctx, post_id):
        raise PopupNotFound
    await ctx.audit("board.popup_removed", str(post_id))
    await ctx.cache.drop(tags.POPUPS)


async def hide_today(ctx: Context, post_id: UUID) -> None:
    """The reader doesn't see the pop-up again before tomorrow begins where they are."""
    await published_post(ctx, post_id)
    popup = await popup_of(ctx, post_id)
    if popup is None:
        raise PopupNotFound
    until = _tomorrow(ctx)
    away = insert(PopupHidden).values(
        id=uuid7(), popup_id=popup.id, person_id=ctx.me.id, until=until
    )
    keys = ["tenant_id", "popup_id", "person_id"]
    await ctx.db.execute(away.on_conflict_do_update(index_elements=keys, set_={"until": until}))


def _tomorrow(ctx: Context) -> datetime:
    day = (ctx.now.astimezone(ctx.zone) + timedelta(days=1)).date()
    return datetime(day.year, day.month, day.day, tzinfo=ctx.zone)


async def _take_away(ctx: Context, post_id: UUID) -> bool:
    found = await ctx.db.scalar(queries.popup_locked(post_id))
    if found is None:
        return False
    await ctx.db.delete(found)
    await ctx.db.flush()
    return True
