"""Notifications as a plugin of core: the API, the pages and the bell, and the job that tells
many."""

from maru.notifications.jobs import tell_many
from maru.notifications.pages import PAGES
from maru.notifications.routes import ROUTES
from maru_sdk import Plugin


def notifications_plugin() -> Plugin:
    """The core plugin `notifications`, which is on in every tenant."""
    return Plugin(title="Notifications", icon="bell", routes=ROUTES, pages=PAGES, jobs=[tell_many])
