"""Notifications as a plugin of core: the API, the pages and the bell, mails, and the job that tells
many."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.groups import PORTAL
from maru.notifications.company_channels import COMPANY_CHANNELS
from maru.notifications.deliver_job import deliver_jobs
from maru.notifications.hook_pages import HOOK_ADMIN_PAGES, HOOK_PAGES
from maru.notifications.isolated_job import tell_for_isolated
from maru.notifications.jobs import tell_many
from maru.notifications.leave_pages import leave_pages, leave_route
from maru.notifications.mail_jobs import mail_job, mail_schedules
from maru.notifications.mailing import Mailing
from maru.notifications.pages import PAGES
from maru.notifications.routes import ROUTES
from maru.notifications.settings_pages import ADMIN, ADMIN_PAGES, OWN_PAGES
from maru_sdk import Navigation, Plugin


def notifications_plugin(mailing: Mailing) -> Plugin:
    """The core plugin `notifications`, which is on in every tenant."""
    link = Navigation(
        "Notifications", ADMIN, icon="bell", needs=SETTINGS_MANAGE, order=910, group=PORTAL
    )
    return Plugin(
        title="Notifications",
        icon="bell",
        navigation=[link],
        routes=[*ROUTES, leave_route(mailing.leaving)],
        pages=[*PAGES, *OWN_PAGES, *HOOK_PAGES, *leave_pages(mailing.leaving)],
        admin_pages=[*ADMIN_PAGES, *HOOK_ADMIN_PAGES],
        jobs=[tell_many, tell_for_isolated, mail_job(mailing), *deliver_jobs(mailing.homes)],
        schedules=mail_schedules(mailing),
        notification_channels=COMPANY_CHANNELS,
    )
