"""Keeps the numbers of each day. It looks hourly, because who was here is only known while they
are: a session tells of its last visit alone."""

from datetime import timedelta

from maru.admin.service import call_of
from maru.admin.statistics.counting import active, counted, stored, today
from maru.admin.statistics.queries import FORGET, keep
from maru_sdk import Context, schedule

YEARS = timedelta(days=5 * 366)


@schedule("57 * * * *", deadline="10m")
async def keep_statistics(ctx: Context) -> None:
    """Keeps the numbers of today and yesterday."""
    now = today(ctx)
    days = (now - timedelta(days=1), now)
    people = [number for day in days for number in await active(ctx, day)]
    others = [number for day in days for number in await counted(ctx, day)]
    size = await stored(ctx)
    db = call_of(ctx).unit.db
    await db.execute(keep(people, at_least=True))
    await db.execute(keep(others + size))
    await db.execute(FORGET, {"before": now - YEARS})
