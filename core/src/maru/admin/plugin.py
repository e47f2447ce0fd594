"""The admin area as a plugin of core."""

from maru.access.permissions import (
    JOBS_MANAGE,
    OPERATION_READ,
    ORGANIZATION_MANAGE,
    PERMISSIONS,
    PLUGINS_MANAGE,
    RIGHTS_MANAGE,
    SETTINGS_MANAGE,
    USERS_MANAGE,
)
from maru.admin import mail, pages, routes
from maru.admin.departments.pages import PAGES as DEPARTMENT_PAGES
from maru.admin.departments.routes import ROUTES as DEPARTMENT_ROUTES
from maru.admin.events.pages import PAGES as EVENT_PAGES
from maru.admin.events.routes import ROUTES as EVENT_ROUTES
from maru.admin.jobs.pages import PAGES as JOB_PAGES
from maru.admin.jobs.routes import ROUTES as JOB_ROUTES
from maru.admin.monitor import monitor_pages, monitor_routes
from maru.admin.people.files import PAGES as FILE_PAGES
from maru.admin.people.files import ROUTES as FILE_ROUTES
from maru.admin.people.lists import ROUTES as LIST_ROUTES
from maru.admin.people.pages import PAGES as PEOPLE_PAGES
from maru.admin.people.routes import ROUTES as PEOPLE_ROUTES
from maru.admin.positions.pages import PAGES as POSITION_PAGES
from maru.admin.positions.routes import ROUTES as POSITION_ROUTES
from maru.admin.rights.pages import PAGES as RIGHTS_PAGES
from maru.admin.rights.routes import ROUTES as RIGHTS_ROUTES
from maru.admin.schedules.pages import PAGES as SCHEDULE_PAGES
from maru.admin.schedules.routes import ROUTES as SCHEDULE_ROUTES
from maru.alerts.points import PointStore
from maru.api.jobs import forget_answers
from maru.organization.importing.applying import apply_list, forget_lists
from maru_sdk import Navigation, Plugin

ORGANIZATION_LINKS = (
    Navigation("People", "/admin/people", icon="users", needs=USERS_MANAGE, order=800),
    Navigation(
        "Departments", "/admin/departments", icon="network", needs=ORGANIZATION_MANAGE, order=810
    ),
    Navigation(
        "Positions", "/admin/positions", icon="badge-check", needs=ORGANIZATION_MANAGE, order=820
    ),
)


def admin_plugin(points: PointStore) -> Plugin:
    """The core plugin `admin`: `/api/v1/admin/…` and `/admin/…`."""
    return Plugin(
        title="Administration",
        icon="settings",
        permissions=PERMISSIONS,
        schedules=[forget_answers, forget_lists],
        jobs=[apply_list],
        navigation=[
            *ORGANIZATION_LINKS,
            Navigation("Plugins", "/admin/plugins", icon="puzzle", needs=PLUGINS_MANAGE, order=900),
            Navigation("Rights", "/admin/rights", icon="shield", needs=RIGHTS_MANAGE, order=905),
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
            Navigation("Mail", "/admin/mail", icon="mail", needs=SETTINGS_MANAGE, order=940),
        ],
        routes=[
            routes.plugins,
            routes.enable,
            routes.disable,
            routes.plugin_settings,
            routes.put_plugin_settings,
            routes.processes,
            *PEOPLE_ROUTES,
            *LIST_ROUTES,
            *FILE_ROUTES,
            *DEPARTMENT_ROUTES,
            *POSITION_ROUTES,
            *RIGHTS_ROUTES,
            *JOB_ROUTES,
            *SCHEDULE_ROUTES,
            *EVENT_ROUTES,
            *monitor_routes(points),
            mail.test_mail,
        ],
        pages=[
            pages.plugins,
            pages.arrived,
            pages.enable,
            pages.disable,
            pages.plugin,
            pages.change_settings,
            *PEOPLE_PAGES,
            *FILE_PAGES,
            *DEPARTMENT_PAGES,
            *POSITION_PAGES,
            *RIGHTS_PAGES,
            *JOB_PAGES,
            *SCHEDULE_PAGES,
            *EVENT_PAGES,
            *monitor_pages(points),
            mail.mail_page,
            mail.try_mail,
        ],
    )
