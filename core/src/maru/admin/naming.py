"""What people call a job, a schedule or a listener: the first sentence of its docstring, in their
language where the plugin's catalogue has it."""

import inspect
from typing import Final, Literal

from maru.admin.service import call_of
from maru.jobs.catalog import LISTENER, SCHEDULE
from maru_sdk import Context
from maru_sdk.declarations import Handler

CHANGES: Final = "an admin waits for what changes from second to second"
"""Why nothing that is shown of jobs, schedules and events is kept."""

SHORT: Final = 120
Sort = Literal["job", "schedule", "listener"]


def about(ctx: Context, plugin: str, function: Handler | None) -> str:
    """What the plugin's author says that it does; empty where nothing is said, or it is gone.

    What the SDK declares in a plugin's name, as search sources do their listeners, is in core's
    catalogue, where a plugin that says nothing better finds it.
    """
    said = "" if function is None else inspect.getdoc(function) or ""
    words = said.partition("\n\n")[0].replace("\n", " ")
    own = call_of(ctx).ctx(plugin).t(words) if words else ""
    return (ctx.t(words) if words and own == words else own).removesuffix(".")


def sort_of(kind: str) -> tuple[Sort, str]:
    """What a kind of job is, and its name without the mark of that."""
    if kind.startswith(LISTENER):
        return "listener", kind.removeprefix(LISTENER)
    if kind.startswith(SCHEDULE):
        return "schedule", kind.removeprefix(SCHEDULE)
    return "job", kind


def in_a_line(error: str | None) -> str:
    """What went wrong, short enough for a list."""
    said = " ".join((error or "").split())
    return said if len(said) <= SHORT else said[:SHORT].rstrip() + "…"
