"""What a tenant may use, in the admin area."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.groups import OPERATION
from maru.admin.quotas.pages import PAGES
from maru.admin.quotas.routes import ROUTES
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Quotas",
            "/admin/quotas",
            icon="gauge",
            needs=SETTINGS_MANAGE,
            order=947,
            group=OPERATION,
        )
    ],
    routes=ROUTES,
    pages=PAGES,
)
