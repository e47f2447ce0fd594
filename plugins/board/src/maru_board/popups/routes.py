"""Pop-ups in the JSON API."""

from uuid import UUID

from maru_board.permissions import MODERATE, READ
from maru_board.popups import service
from maru_board.popups.errors import PopupNotFound
from maru_board.popups.reading import popup_of, popups_for_reader
from maru_board.popups.schemas import PopupIn, PopupOut, PopupSeen
from maru_sdk import Context, delete, get, post, put


@get("/popups", needs=READ, no_store="each reader has some of them stay away")
async def popups(ctx: Context) -> list[PopupSeen]:
    """The posts that pop up for the reader now."""
    return await popups_for_reader(ctx)


@put("/posts/{post_id}/popup", needs=MODERATE)
async def show(ctx: Context, post_id: UUID, body: PopupIn) -> PopupOut:
    """Has a post pop up."""
    await service.show(ctx, post_id, body)
    found = await popup_of(ctx, post_id)
    if found is None:
        raise PopupNotFound
    return found


@delete("/posts/{post_id}/popup", needs=MODERATE)
async def take_away(ctx: Context, post_id: UUID) -> None:
    """The post pops up no more."""
    await service.take_away(ctx, post_id)


@post("/posts/{post_id}/popup/hide", needs=READ, status=200)
async def hide(ctx: Context, post_id: UUID) -> None:
    """The reader doesn't see it again today."""
    await service.hide_today(ctx, post_id)


ROUTES = (popups, show, take_away, hide)
