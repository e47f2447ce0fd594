"""Allowed and blocked addresses in the admin area."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.addresses.pages import PAGES
from maru.admin.addresses.routes import ROUTES
from maru.admin.groups import SECURITY
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Addresses",
            "/admin/addresses",
            icon="shield-ban",
            needs=SETTINGS_MANAGE,
            order=894,
            group=SECURITY,
        )
    ],
    routes=ROUTES,
    pages=PAGES,
)
