"""Roles, grants and groups in the admin area."""

from maru.access.permissions import RIGHTS_MANAGE
from maru.admin.groups import SECURITY
from maru.admin.rights.pages import PAGES
from maru.admin.rights.routes import ROUTES
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Rights", "/admin/rights", icon="shield", needs=RIGHTS_MANAGE, order=880, group=SECURITY
        )
    ],
    routes=ROUTES,
    pages=PAGES,
)
