"""The admin area as a plugin of core."""

from maru.access.permissions import (
    OPERATION_READ,
    PERMISSIONS,
    PLUGINS_MANAGE,
    SETTINGS_MANAGE,
)
from maru.account.parts import AccountParts
from maru.admin import mail, pages, routes
from maru.admin.addresses.part import PART as ADDRESSES
from maru.admin.audit.part import PART as AUDIT
from maru.admin.events.part import PART as EVENTS
from maru.admin.factors.part import factor_part
from maru.admin.files.part import PART as FILES
from maru.admin.groups import OPERATION, PORTAL
from maru.admin.health.board import HealthBoard
from maru.admin.health.part import health_part
from maru.admin.jobs.part import PART as JOBS
from maru.admin.keys.part import PART as KEYS
from maru.admin.layouts.part import layout_part
from maru.admin.monitor import monitor_pages, monitor_routes
from maru.admin.passwords.part import password_part
from maru.admin.people.part import PART as PEOPLE
from maru.admin.quotas.part import PART as QUOTAS
from maru.admin.rights.part import PART as RIGHTS
from maru.admin.schedules.part import PART as SCHEDULES
from maru.admin.sign_in.part import sign_in_part
from maru.admin.statistics.part import PART as STATISTICS
from maru.alerts.points import PointStore
from maru.api.jobs import forget_answers
from maru.portal.service import Portal
from maru_sdk import Navigation, Part, Plugin

PLUGINS = Part(
    navigation=[
        Navigation(
            "Plugins",
            "/admin/plugins",
            icon="puzzle",
            needs=PLUGINS_MANAGE,
            order=900,
            group=PORTAL,
        )
    ],
    routes=[
        routes.plugins,
        routes.enable,
        routes.disable,
        routes.plugin_settings,
        routes.put_plugin_settings,
        routes.processes,
    ],
    pages=[
        pages.plugins,
        pages.arrived,
        pages.enable,
        pages.disable,
        pages.plugin,
        pages.change_settings,
    ],
)
MAIL = Part(
    navigation=[
        Navigation(
            "Mail", "/admin/mail", icon="mail", needs=SETTINGS_MANAGE, order=908, group=PORTAL
        )
    ],
    routes=[mail.test_mail],
    pages=[mail.mail_page, mail.try_mail],
)


def admin_plugin(
    account: AccountParts, points: PointStore, board: HealthBoard, portal: Portal
) -> Plugin:
    """The core plugin `admin`: `/api/v1/admin/…` and `/admin/…`."""
    return Plugin(
        title="Administration",
        icon="settings",
        permissions=PERMISSIONS,
        schedules=[forget_answers],
        parts=[
            PEOPLE,
            password_part(account),
            sign_in_part(account),
            factor_part(account),
            PLUGINS,
            RIGHTS,
            layout_part(portal),
            JOBS,
            SCHEDULES,
            EVENTS,
            AUDIT,
            MAIL,
            STATISTICS,
            QUOTAS,
            FILES,
            health_part(board),
            _monitor(points),
            ADDRESSES,
            KEYS,
        ],
    )


def _monitor(points: PointStore) -> Part:
    link = Navigation(
        "Monitoring",
        "/admin/monitor",
        icon="activity",
        needs=OPERATION_READ,
        order=950,
        group=OPERATION,
    )
    return Part(navigation=[link], routes=monitor_routes(points), pages=monitor_pages(points))
