"""What operators see of a plugin: health checks, metrics and commands. Import it where you need
it."""

from collections.abc import Callable
from dataclasses import dataclass

from maru_sdk._declarations import Declaration, Handler

__all__ = ["Command", "HealthCheck", "Metric", "command", "health_check", "metric"]


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
