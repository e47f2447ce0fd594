"""Once a minute the views that gathered are added to the posts."""

from maru_board.attention import service
from maru_sdk import Context, schedule


@schedule("* * * * *")
async def add_views(ctx: Context) -> None:
    """Adds the views of the last minute to the posts."""
    added = await service.flush_views(ctx)
    if added:
        ctx.log.info("views added", views=added)
