"""`/api/v1/admin/statistics`."""

from datetime import date
from typing import Annotated

from fastapi import Query

from maru.access.permissions import STATISTICS_READ
from maru.admin.statistics import service
from maru.admin.statistics.schemas import PointsOut, StatisticsOut
from maru_sdk import Context, get

From = Annotated[date | None, Query(alias="from")]


@get("/statistics", needs=STATISTICS_READ, no_store="today's numbers are as of now")
async def statistics(ctx: Context, first: From = None, to: date | None = None) -> StatisticsOut:
    """What went on day by day, both days included, in the tenant's zone; the last thirty days
    where nothing is said. Today's numbers are as of now, `storage` as of the last full hour."""
    return await service.statistics(ctx, first, to)


@get("/statistics/points", needs=STATISTICS_READ, no_store="today's numbers are as of now")
async def points(ctx: Context, first: From = None, since: float = 0) -> PointsOut:
    """The same for charts: the days that begin after `since` (Unix time)."""
    return PointsOut(points=await service.points(ctx, first, since))


ROUTES = (statistics, points)
