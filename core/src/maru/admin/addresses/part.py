"""Allowed and blocked addresses in the admin area."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.addresses.pages import PAGES
from maru.admin.addresses.routes import ROUTES
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Addresses", "/admin/addresses", icon="shield-ban", needs=SETTINGS_MANAGE, order=955
        )
    ],
    routes=ROUTES,
    pages=PAGES,
)
