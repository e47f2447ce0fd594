"""How a job tells watching browsers how it gets on; whoever can push puts itself here."""

from collections.abc import Mapping
from typing import Any, Final, Protocol
from uuid import UUID


class LiveSink(Protocol):
    """Sends to everyone who watches a room."""

    async def send_now(
        self, tenant_id: UUID, room: str, event: str, data: Mapping[str, Any]
    ) -> object:
        """Send at once, outside any transaction; what can't be sent is lost."""
        ...


class Quiet:
    """Nobody watches."""

    async def send_now(
        self, tenant_id: UUID, room: str, event: str, data: Mapping[str, Any]
    ) -> None:
        """Nothing is sent."""


QUIET: Final = Quiet()


def room_of(job_id: UUID) -> str:
    """The room in which a job is watched."""
    return f"job:{job_id}"
