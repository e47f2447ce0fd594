"""`/admin/statistics`."""

from datetime import timedelta
from typing import Final

from maru.access.permissions import STATISTICS_READ
from maru.admin.statistics import service
from maru.admin.statistics.counting import today
from maru.admin.statistics.schemas import Choice, StatisticsView
from maru_sdk import Context, page

OFFERED: Final = (7, 30, 90, 365)


@page(
    "/statistics",
    title="Statistics",
    needs=STATISTICS_READ,
    template="maru/admin/statistics.html",
)
async def statistics(ctx: Context, days: int = service.USUAL) -> StatisticsView:
    """Charts and sums of the last days."""
    days = days if days in OFFERED else service.USUAL
    first = today(ctx) - timedelta(days=days - 1)
    found = await service.statistics(ctx, first, None)
    return StatisticsView(
        found=found,
        url=f"/api/v1/admin/statistics/points?from={first}",
        choices=[Choice(days=one, chosen=one == days) for one in OFFERED],
    )


PAGES = (statistics,)
