"""What the API does when nobody asks."""

from datetime import timedelta

from maru.api.models import Idempotency
from maru_sdk import Context, schedule
from maru_sdk.db import col, delete

KEPT = timedelta(hours=24)


@schedule("41 * * * *")
async def forget_answers(ctx: Context) -> None:
    """Deletes answers that were kept for repeated requests and are a day old."""
    await ctx.db.execute(delete(Idempotency).where(col(Idempotency.created_at) < ctx.now - KEPT))
