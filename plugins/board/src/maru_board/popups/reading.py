"""Which posts pop up for whom."""

from uuid import UUID

from maru_board import tags
from maru_board.audience import meant_for_reader
from maru_board.permissions import READ
from maru_board.popups import queries
from maru_board.popups.schemas import PopupOut, PopupSeen
from maru_sdk import Context, cached


@cached("5m", tags=(tags.POPUPS, tags.RECENT, tags.WITHDRAWN), audience="tenant")
async def popups_kept(ctx: Context) -> list[PopupOut]:
    """The pop-ups that have not ended."""
    return list(await ctx.read(queries.POPUPS, since=ctx.now))


async def popup_of(ctx: Context, post_id: UUID) -> PopupOut | None:
    """A post's pop-up; None where it has none."""
    found = await ctx.read(queries.POPUP, post_id=post_id)
    return found[0] if found else None


async def popups_for_reader(ctx: Context) -> list[PopupSeen]:
    """What the reader should see now."""
    running = [one for one in await popups_kept(ctx) if one.starts_at <= ctx.now < one.ends_at]
    mine = [one for one in running if ctx.can(READ, on=one) and await meant_for_reader(ctx, one)]
    if not mine:
        return []
    ids = [one.id for one in mine]
    found = await ctx.read(queries.HIDDEN, popups=ids, reader=ctx.me.id, since=ctx.now)
    hidden = {one.popup_id for one in found}
    return [one.seen() for one in mine if one.id not in hidden]
