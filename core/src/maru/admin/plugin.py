"""The admin area as a plugin of core."""

from maru.access.permissions import OPERATION_READ, PERMISSIONS, PLUGINS_MANAGE
from maru.admin import pages, routes
from maru.admin.monitor import monitor_pages, monitor_routes
from maru.alerts.points import PointStore
from maru.api.jobs import forget_answers
from maru_sdk import Navigation, Plugin


def admin_plugin(points: PointStore) -> Plugin:
    """The core plugin `admin`: `/api/v1/admin/…` and `/admin/…`."""
    return Plugin(
        title="Administration",
        icon="settings",
        permissions=PERMISSIONS,
        schedules=[forget_answers],
        navigation=[
            Navigation("Plugins", "/admin/plugins", icon="puzzle", needs=PLUGINS_MANAGE, order=900),
            Navigation(
                "Monitoring", "/admin/monitor", icon="activity", needs=OPERATION_READ, order=950
            ),
        ],
        routes=[
            routes.plugins,
            routes.enable,
            routes.disable,
            routes.plugin_settings,
            routes.put_plugin_settings,
            routes.processes,
            *monitor_routes(points),
        ],
        pages=[
            pages.plugins,
            pages.arrived,
            pages.enable,
            pages.disable,
            pages.plugin,
            pages.change_settings,
            *monitor_pages(points),
        ],
    )
