"""What operators see."""

from maru_kinds.queries import NOTES
from maru_kinds.schemas import Count
from maru_kinds.service import write
from maru_sdk import Context
from maru_sdk.operation import command, health_check, metric


@health_check()
async def reachable(ctx: Context) -> None:
    """The table can be read."""
    await ctx.read(NOTES)


@metric("Notes written so far")
async def notes_written(ctx: Context) -> float:
    """How many notes there are."""
    return len(await ctx.read(NOTES))


@command("Write some notes")
async def scribble(ctx: Context, ask: Count) -> str:
    """Writes as many as asked."""
    for number in range(ask.count):
        await write(ctx, f"scribble {number}")
    return f"{ask.count} written"
