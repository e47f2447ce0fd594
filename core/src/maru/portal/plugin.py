"""The portal as a plugin of core: its routes, its page and core's own portlet."""

from maru.portal.pages import portal_pages
from maru.portal.portlets import organization
from maru.portal.routes import portal_routes
from maru.portal.service import Portal
from maru_sdk import Plugin


def portal_plugin(portal: Portal) -> Plugin:
    """The core plugin `portal`: `/api/v1/portal/…`, `/` and the parts that a page fetches."""
    routes, actions = portal_routes(portal), portal_pages(portal)
    return Plugin(
        title="Portal",
        icon="layout-grid",
        routes=routes,
        pages=actions,
        portlets=[organization],
    )
