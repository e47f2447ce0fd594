"""Schedules in the admin area."""

from maru.access.permissions import JOBS_MANAGE
from maru.admin.groups import OPERATION
from maru.admin.schedules.pages import PAGES
from maru.admin.schedules.routes import ROUTES
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Schedules",
            "/admin/schedules",
            icon="calendar-clock",
            needs=JOBS_MANAGE,
            order=920,
            group=OPERATION,
        )
    ],
    routes=ROUTES,
    pages=PAGES,
)
