"""What takes the processor, as `ctx.compute` runs it: plain functions, model in and model out."""

import os

from maru_kinds.schemas import Count
from maru_sdk import Conflict, Model


class Where(Model):
    """Which process computed, and whether it knows a secret."""

    pid: int
    secrets: list[str]


def doubled(ask: Count) -> Count:
    """Twice as many."""
    return Count(count=2 * ask.count)


def where(ask: Count) -> Where:
    """Where this runs."""
    return Where(pid=os.getpid(), secrets=[name for name in os.environ if "MARU" in name])


def refused(ask: Count) -> None:
    """Refuses."""
    raise Conflict("{count} are too many", count=ask.count)


async def later(ask: Count) -> Count:
    """Can't be computed: it is async."""
    return ask


def loose(ask: int) -> int:
    """Can't be computed: it takes no model."""
    return ask
