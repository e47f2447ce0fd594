"""Limits of files in the admin area."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.files.pages import PAGES
from maru.admin.files.routes import ROUTES
from maru.admin.groups import PORTAL
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Files",
            "/admin/files",
            icon="paperclip",
            needs=SETTINGS_MANAGE,
            order=909,
            group=PORTAL,
        )
    ],
    routes=ROUTES,
    pages=PAGES,
)
