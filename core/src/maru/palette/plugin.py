"""Search and the palette as a plugin of core."""

from maru.palette.pages import PAGES
from maru_sdk import Plugin


def palette_plugin() -> Plugin:
    """The core plugin `search`: `/search` and what the palette shows."""
    return Plugin(title="Search", icon="search", pages=[*PAGES])
