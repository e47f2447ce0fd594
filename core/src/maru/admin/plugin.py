"""The admin area as a plugin of core."""

from maru.access.permissions import PERMISSIONS, PLUGINS_MANAGE, SETTINGS_MANAGE
from maru.admin import mail, pages, routes
from maru.api.jobs import forget_answers
from maru_sdk import Navigation, Plugin


def admin_plugin() -> Plugin:
    """The core plugin `admin`: `/api/v1/admin/…` and `/admin/…`."""
    return Plugin(
        title="Administration",
        icon="settings",
        permissions=PERMISSIONS,
        schedules=[forget_answers],
        navigation=[
            Navigation("Plugins", "/admin/plugins", icon="puzzle", needs=PLUGINS_MANAGE, order=900),
            Navigation("Mail", "/admin/mail", icon="mail", needs=SETTINGS_MANAGE, order=940),
        ],
        routes=[
            routes.plugins,
            routes.enable,
            routes.disable,
            routes.plugin_settings,
            routes.put_plugin_settings,
            routes.processes,
            mail.test_mail,
        ],
        pages=[
            pages.plugins,
            pages.arrived,
            pages.enable,
            pages.disable,
            pages.plugin,
            pages.change_settings,
            mail.mail_page,
            mail.try_mail,
        ],
    )
