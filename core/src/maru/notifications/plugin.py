"""Notifications as a plugin of core: `/api/v1/notifications`, and the job that tells many."""

from maru.notifications.jobs import tell_many
from maru.notifications.routes import ROUTES
from maru_sdk import Plugin


def notifications_plugin() -> Plugin:
    """The core plugin `notifications`, which is on in every tenant."""
    return Plugin(title="Notifications", icon="bell", routes=ROUTES, jobs=[tell_many])
