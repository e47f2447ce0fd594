"""`/admin/health` and `/api/v1/admin/health`."""

from datetime import datetime
from typing import Literal

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.health.board import HealthBoard
from maru_sdk import Context, Model, get, page
from maru_sdk.declarations import PageDeclaration, Route


class CheckOut(Model):
    """One check: whether it went well, how long it took, and what was wrong."""

    name: str
    status: Literal["healthy", "unhealthy"]
    latency_ms: float
    error: str = ""


class HealthOut(Model):
    """The checks of the process that answers."""

    status: Literal["healthy", "unhealthy"]
    version: str
    timestamp: datetime
    duration: float
    checks: list[CheckOut]


def health_routes(board: HealthBoard) -> list[Route]:
    """`GET /api/v1/admin/health`."""

    @get("/health", needs=SETTINGS_MANAGE, no_store="it runs the checks now")
    async def health(ctx: Context) -> HealthOut:
        """What `/health` says, as a list."""
        return await _asked(board)

    return [health]


def health_pages(board: HealthBoard) -> list[PageDeclaration]:
    """`/admin/health`."""

    @page("/health", title="Health", needs=SETTINGS_MANAGE, template="maru/admin/health.html")
    async def health(ctx: Context) -> HealthOut:
        return await _asked(board)

    return [health]


async def _asked(board: HealthBoard) -> HealthOut:
    assert board.report is not None, "only a web process serves pages"
    found = await board.report()
    checks = [CheckOut(name=name, **one) for name, one in found["checks"].items()]
    checks.sort(key=lambda one: (one.status == "healthy", one.name))
    told = {name: found[name] for name in ("status", "version", "timestamp", "duration")}
    return HealthOut(**told, checks=checks)
