"""Data keys in the admin area."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.groups import SECURITY
from maru.admin.keys.pages import PAGES
from maru.admin.keys.resealing import reseal
from maru.admin.keys.routes import ROUTES
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Data keys",
            "/admin/data-keys",
            icon="key-round",
            needs=SETTINGS_MANAGE,
            order=896,
            group=SECURITY,
        )
    ],
    routes=ROUTES,
    pages=PAGES,
    jobs=[reseal],
)
