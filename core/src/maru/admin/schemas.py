"""What the admin area shows."""

from typing import Any, Literal

from pydantic import Field

from maru_sdk import Model


class PluginOut(Model):
    """One plugin as a tenant's admin sees it; `generation` counts how often it was switched.

    `isolation` tells whether its code runs in our own processes or in one of its own; it is empty
    where it doesn't run.
    """

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
    has_settings: bool
    isolation: Literal["trusted", "isolated", ""] = "trusted"


class ProcessOut(Model):
    """One process; `is_current` tells whether it runs the newest generation that any runs, and
    `seconds` how long ago it said so."""

    process: str
    service: str
    generation: int
    is_current: bool
    seconds: float


class PluginsView(Model):
    """The page of all plugins, and the processes that must know of a switch."""

    plugins: list[PluginOut]
    processes: list[ProcessOut]


class ProcessesView(Model):
    """The line that says whether all processes know the latest switch."""

    processes: list[ProcessOut]


class AdminLink(Model):
    """A page that a plugin adds to the admin area."""

    title: str
    url: str


class PluginView(Model):
    """The page of one plugin that is on; `form_schema` is absent where nothing can be set."""

    plugin: PluginOut
    pages: list[AdminLink]
    form_schema: dict[str, Any] | None = None
    start: dict[str, Any] = Field(default_factory=dict)
