"""Jobs in the admin area."""

from maru.access.permissions import JOBS_MANAGE
from maru.admin.groups import OPERATION
from maru.admin.jobs.pages import PAGES
from maru.admin.jobs.routes import ROUTES
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Jobs", "/admin/jobs", icon="list-checks", needs=JOBS_MANAGE, order=910, group=OPERATION
        )
    ],
    routes=ROUTES,
    pages=PAGES,
)
