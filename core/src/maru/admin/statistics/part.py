"""Statistics in the admin area."""

from maru.access.permissions import STATISTICS_READ
from maru.admin.groups import OPERATION
from maru.admin.statistics.keeping import keep_statistics
from maru.admin.statistics.pages import PAGES
from maru.admin.statistics.routes import ROUTES
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Statistics",
            "/admin/statistics",
            icon="chart-column",
            needs=STATISTICS_READ,
            order=945,
            group=OPERATION,
        )
    ],
    routes=ROUTES,
    pages=PAGES,
    schedules=[keep_statistics],
)
