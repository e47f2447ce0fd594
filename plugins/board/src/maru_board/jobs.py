"""What happens later: a deleted board's posts go in pieces, waiting posts appear at their time."""

from uuid import UUID

from maru_board import service
from maru_sdk import Context, Model, job, schedule


class Purge(Model):
    """The deleted board whose posts are to go."""

    board_id: UUID


@job(priority="low")
async def purge_board(ctx: Context, ask: Purge) -> None:
    """Removes a part and asks for the next one, so that no transaction grows with the board."""
    if await service.purge_board(ctx, ask.board_id):
        await ctx.jobs.enqueue(purge_board, ask)


@schedule("* * * * *")
async def publish_due(ctx: Context) -> None:
    """Publishes the posts whose time has come."""
    published = await service.publish_due(ctx)
    if published:
        ctx.log.info("posts published at their time", posts=published)
