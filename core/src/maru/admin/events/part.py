"""Events in the admin area."""

from maru.access.permissions import JOBS_MANAGE
from maru.admin.events.pages import PAGES
from maru.admin.events.routes import ROUTES
from maru.admin.groups import OPERATION
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Events", "/admin/events", icon="radio", needs=JOBS_MANAGE, order=930, group=OPERATION
        )
    ],
    routes=ROUTES,
    pages=PAGES,
)
