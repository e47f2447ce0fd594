"""How much an isolated plugin may have done at once in a tenant, through one process of ours."""

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

CAPACITY: Final = 1_000
PER_SECOND: Final = 20.0
_MOST: Final = 10_000


class Pace:
    """A bucket of tokens for each tenant; a full one needs no place."""

    def __init__(
        self,
        capacity: float = CAPACITY,
        per_second: float = PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capacity, self._per_second, self._clock = capacity, per_second, clock
        self._left: dict[UUID, tuple[float, float]] = {}

    def take(self, tenant_id: UUID) -> float:
        """Take one: 0, or the seconds after which there is one again."""
        now = self._clock()
        left, at = self._left.pop(tenant_id, (self._capacity, now))
        left = min(self._capacity, left + (now - at) * self._per_second)
        wait = max(0.0, (1 - left) / self._per_second)
        self._left[tenant_id] = (left if wait else left - 1, now)
        if len(self._left) > _MOST:
            del self._left[next(iter(self._left))]  # whoever has asked for nothing the longest
        return wait
