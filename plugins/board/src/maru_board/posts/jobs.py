"""What happens later: waiting posts appear at their time."""

from maru_board.posts import service
from maru_sdk import Context, schedule


@schedule("* * * * *")
async def publish_due(ctx: Context) -> None:
    """Publishes the posts whose time has come."""
    published = await service.publish_due(ctx)
    if published:
        ctx.log.info("posts published at their time", posts=published)
