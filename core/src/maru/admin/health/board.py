"""Where the web process puts its health checks, so that a page can run them."""

from collections.abc import Awaitable, Callable
from typing import Any

Report = Callable[[], Awaitable[dict[str, Any]]]


class HealthBoard:
    """What `/health` says; nothing in processes that don't serve it."""

    def __init__(self) -> None:
        self.report: Report | None = None
