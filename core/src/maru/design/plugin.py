"""The design system as a plugin of core: one page for those who run plugins and write them."""

from maru.access.permissions import PLUGINS_MANAGE
from maru.design.pages import HERE, PAGES, ROUTES
from maru_sdk import Navigation, Plugin


def design_plugin() -> Plugin:
    """The core plugin `design`."""
    link = Navigation(
        "Design system", HERE, icon="palette", needs=PLUGINS_MANAGE, order=990, group="Operation"
    )
    return Plugin(
        title="Design system",
        icon="palette",
        navigation=[link],
        pages=[*PAGES],
        routes=[*ROUTES],
    )
