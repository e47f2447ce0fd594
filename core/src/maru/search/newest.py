"""Since when the newest things of a company were written: where many have a word, those are looked
at first."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from maru.plugins.context import Call
from maru.search import queries

MANY: Final = 3_000
KNOWN_FOR: Final = 60.0


class Newest:
    """When the newest so many begin, as one process knows it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[UUID, tuple[float, datetime | None]] = {}

    async def since(self, call: Call) -> datetime | None:
        """The moment; None where there are fewer."""
        known = self._known.get(call.tenant.id)
        if known is None or known[0] < self._clock():
            rows = await call.unit.read(queries.NTH, nth=MANY)
            known = self._clock() + KNOWN_FOR, rows[0].at if rows else None
            self._known[call.tenant.id] = known
        return known[1]
