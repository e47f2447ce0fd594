"""What operators see of a plugin: health checks, metrics and commands. Import it where you need
it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from maru_sdk._declarations import Declaration, Handler
from maru_sdk._model import Model

__all__ = [
    "Command",
    "HealthCheck",
    "Metric",
    "Span",
    "Statistic",
    "command",
    "health_check",
    "metric",
    "statistic",
]


@dataclass(frozen=True, eq=False)
class HealthCheck(Declaration):
    """A check that `/health` runs. Made by `health_check`."""


@dataclass(frozen=True, eq=False)
class Metric(Declaration):
    """A gauge that `/metrics` shows as `maru_<key>_<function>`. Made by `metric`."""

    help: str


@dataclass(frozen=True, eq=False)
class Command(Declaration):
    """A command `maru <key> <function>`. Made by `command`."""

    help: str


class Span(Model):
    """A stretch of time: from `since` on, up to but without `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, eq=False)
class Statistic(Declaration):
    """A number a day that admins see. Made by `statistic`."""

    title: str
    adds_to: Literal["posts", "documents"] | None = None


def statistic(
    title: str, *, adds_to: Literal["posts", "documents"] | None = None
) -> Callable[[Handler], Statistic]:
    """A number a day: `async def posts_written(ctx: Context, ask: Span) -> int`.

    Asked for each tenant that has the plugin on, for the span of a day in the tenant's zone:
    hourly for today and yesterday, kept, and at once when an admin looks at today. `adds_to` names
    the sum over all plugins that it is part of: `"posts"` written, `"documents"` processed.
    """
    return lambda function: Statistic(function, title, adds_to)


def health_check() -> Callable[[Handler], HealthCheck]:
    """A health check: `async def reachable(ctx: Context) -> None`, healthy unless it raises or
    takes 5 s.

    Called at each `/health` (not at `/health/live`), with a context of the first tenant that has
    the plugin on.
    """
    return HealthCheck


def metric(description: str) -> Callable[[Handler], Metric]:
    """A gauge: `async def waiting(ctx: Context) -> float`, asked for each tenant at most every 15
    s."""
    return lambda function: Metric(function, description)


def command(description: str) -> Callable[[Handler], Command]:
    """A command: `async def tidy(ctx: Context, ask: Tidy) -> str`, run by `maru <key> <function>
    --tenant SLUG`.

    The fields of `ask` (absent where there is none) are its options. It runs in one transaction;
    what it returns is printed.
    """
    return lambda function: Command(function, description)
