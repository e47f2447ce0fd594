"""Later work."""

from maru_kinds.schemas import Count
from maru_kinds.seen import saw
from maru_kinds.service import write
from maru_sdk import Context, job, schedule


@job(priority="low", tries=2, deadline="10s")
async def write_many(ctx: Context, ask: Count) -> None:
    """Writes many notes."""
    for number in range(ask.count):
        await write(ctx, f"{number}")
    saw("job", ask.count)


@schedule("*/5 * * * *")
async def sweep(ctx: Context) -> None:
    """Sweeps."""
    saw("schedule", ctx.tenant.slug)
