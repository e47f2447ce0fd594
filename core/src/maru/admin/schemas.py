"""What the admin area shows."""

from typing import Literal

from maru_sdk import Model


class PluginOut(Model):
    """One plugin as a tenant's admin sees it; `generation` counts how often it was switched."""

    key: str
    name: str
    icon: str
    summary: str
    distribution: str
    version: str
    state: Literal["enabled", "disabled", "set_aside"]
    reason: str | None
    needs: list[str]
    needed_by: list[str]
    generation: int


class PluginsView(Model):
    """The page of all plugins."""

    plugins: list[PluginOut]
