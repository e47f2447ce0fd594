"""What happens later: a deleted board's posts go in pieces."""

from uuid import UUID

from maru_board import files
from maru_board.boards import service
from maru_sdk import Context, Model, job


class Purge(Model):
    """The deleted board whose posts are to go."""

    board_id: UUID


@job(priority="low", deadline="30m")
async def purge_board(ctx: Context, ask: Purge) -> None:
    """Removes a deleted board part by part, so that no transaction grows with it; a re-run goes on
    where the one before has ended."""
    left = await service.posts_left(ctx, ask.board_id)
    part, more = 0, True
    while more:
        async with ctx.step(f"part:{part}") as fresh:
            more = fresh is None or await files.purge_board(fresh, ask.board_id)
        part += 1
        await ctx.progress(min(part * service.PURGED_AT_ONCE, left), left, ctx.t("Posts removed"))
