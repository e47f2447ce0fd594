"""What goes by itself: posts whose time is over, old posts, and what has lain in the trash."""

from maru_board.trash import service
from maru_sdk import Context, schedule


@schedule("* * * * *")
async def expire_due(ctx: Context) -> None:
    """Takes away the posts whose time is over."""
    expired = await service.expire_due(ctx)
    if expired:
        ctx.log.info("posts expired at their time", posts=expired)


@schedule("*/10 * * * *")
async def empty_trash(ctx: Context) -> None:
    """Removes what has lain in the trash long enough, and puts there what boards keep no longer."""
    purged, retired = await service.purge_trash(ctx), await service.retire_old(ctx)
    if purged or retired:
        ctx.log.info("the trash was seen to", purged=purged, retired=retired)
