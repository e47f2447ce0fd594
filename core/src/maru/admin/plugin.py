"""The admin area as a plugin of core."""

from maru.access.permissions import (
    JOBS_MANAGE,
    OPERATION_READ,
    PERMISSIONS,
    PLUGINS_MANAGE,
    SETTINGS_MANAGE,
    SIGN_IN_MANAGE,
)
from maru.admin import mail, pages, routes
from maru.admin.events.pages import PAGES as EVENT_PAGES
from maru.admin.events.routes import ROUTES as EVENT_ROUTES
from maru.admin.factors.pages import PAGES as FACTOR_PAGES
from maru.admin.factors.routes import factor_routes
from maru.admin.jobs.pages import PAGES as JOB_PAGES
from maru.admin.jobs.routes import ROUTES as JOB_ROUTES
from maru.admin.monitor import monitor_pages, monitor_routes
from maru.admin.schedules.pages import PAGES as SCHEDULE_PAGES
from maru.admin.schedules.routes import ROUTES as SCHEDULE_ROUTES
from maru.admin.sign_in.pages import sign_in_pages
from maru.admin.sign_in.routes import sign_in_routes
from maru.alerts.points import PointStore
from maru.api.jobs import forget_answers
from maru.federation.single import SingleSignOn
from maru.identity.factors.factors import Factors
from maru_sdk import Navigation, Plugin


def admin_plugin(points: PointStore, single: SingleSignOn, factors: Factors) -> Plugin:
    """The core plugin `admin`: `/api/v1/admin/…` and `/admin/…`."""
    return Plugin(
        title="Administration",
        icon="settings",
        permissions=PERMISSIONS,
        schedules=[forget_answers],
        navigation=[
            Navigation("Plugins", "/admin/plugins", icon="puzzle", needs=PLUGINS_MANAGE, order=900),
            Navigation("Jobs", "/admin/jobs", icon="list-checks", needs=JOBS_MANAGE, order=910),
            Navigation(
                "Schedules",
                "/admin/schedules",
                icon="calendar-clock",
                needs=JOBS_MANAGE,
                order=920,
            ),
            Navigation("Events", "/admin/events", icon="radio", needs=JOBS_MANAGE, order=930),
            Navigation(
                "Monitoring", "/admin/monitor", icon="activity", needs=OPERATION_READ, order=950
            ),
            Navigation("Sign-in", "/admin/sign-in", icon="log-in", needs=SIGN_IN_MANAGE, order=890),
            Navigation(
                "Two-step sign-in",
                "/admin/second-factor",
                icon="shield-check",
                needs=SIGN_IN_MANAGE,
                order=892,
            ),
            Navigation("Mail", "/admin/mail", icon="mail", needs=SETTINGS_MANAGE, order=940),
        ],
        routes=[
            routes.plugins,
            routes.enable,
            routes.disable,
            routes.plugin_settings,
            routes.put_plugin_settings,
            routes.processes,
            *JOB_ROUTES,
            *SCHEDULE_ROUTES,
            *EVENT_ROUTES,
            *factor_routes(factors),
            *monitor_routes(points),
            mail.test_mail,
            *sign_in_routes(single),
        ],
        pages=[
            pages.plugins,
            pages.arrived,
            pages.enable,
            pages.disable,
            pages.plugin,
            pages.change_settings,
            *JOB_PAGES,
            *SCHEDULE_PAGES,
            *EVENT_PAGES,
            *FACTOR_PAGES,
            *monitor_pages(points),
            mail.mail_page,
            mail.try_mail,
            *sign_in_pages(single),
        ],
    )
