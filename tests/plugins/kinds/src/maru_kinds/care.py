"""What operators see."""

from maru_kinds.queries import NOTES, WRITTEN
from maru_kinds.schemas import Count
from maru_kinds.service import write
from maru_sdk import Context
from maru_sdk.operation import Span, command, health_check, metric, statistic


@health_check()
async def reachable(ctx: Context) -> None:
    """The table can be read."""
    await ctx.read(NOTES)


@metric("Notes written so far")
async def notes_written(ctx: Context) -> float:
    """How many notes there are."""
    return len(await ctx.read(NOTES))


@statistic("Notes of the day", adds_to="documents")
async def notes_of_the_day(ctx: Context, ask: Span) -> int:
    """How many notes were written in that time."""
    return len(await ctx.read(WRITTEN, since=ask.since, until=ask.until))


@command("Write some notes")
async def scribble(ctx: Context, ask: Count) -> str:
    """Writes as many as asked."""
    for number in range(ask.count):
        await write(ctx, f"scribble {number}")
    return f"{ask.count} written"
