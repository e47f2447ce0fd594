"""Layouts in the admin area."""

from maru.access.permissions import LAYOUT_MANAGE
from maru.admin.groups import PORTAL
from maru.admin.layouts.pages import layout_pages
from maru.admin.layouts.routes import ROUTES
from maru.portal.service import Portal
from maru_sdk import Navigation, Part


def layout_part(portal: Portal) -> Part:
    """Its routes and pages; they draw portlets, so they need the portal."""
    link = Navigation(
        "Portal pages",
        "/admin/layouts",
        icon="layout-dashboard",
        needs=LAYOUT_MANAGE,
        order=907,
        group=PORTAL,
    )
    return Part(navigation=[link], routes=ROUTES, pages=layout_pages(portal))
