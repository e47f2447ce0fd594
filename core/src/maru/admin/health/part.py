"""Health checks in the admin area."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.groups import OPERATION
from maru.admin.health.board import HealthBoard
from maru.admin.health.pages import health_pages, health_routes
from maru_sdk import Navigation, Part


def health_part(board: HealthBoard) -> Part:
    """What the board of this process shows."""
    link = Navigation(
        "Health",
        "/admin/health",
        icon="heart-pulse",
        needs=SETTINGS_MANAGE,
        order=946,
        group=OPERATION,
    )
    return Part(navigation=[link], routes=health_routes(board), pages=health_pages(board))
