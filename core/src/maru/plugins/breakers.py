"""Breakers: a plugin that keeps failing in a tenant is left in peace for a while, there alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

FAILURES = 3
REST = 30.0
BLOCKS_WITHIN = 600.0


@dataclass(slots=True)
class _Trouble:
    failures: int = 0
    since: float = 0.0


class Breaker:
    """The breaker of one plugin in one tenant."""

    __slots__ = ("_breakers", "_slot")

    def __init__(self, breakers: "Breakers", slot: tuple[str, UUID]) -> None:
        self._breakers, self._slot = breakers, slot

    @property
    def open(self) -> bool:
        """Whether to leave the plugin alone. After the rest one caller is told False and tries."""
        return self._breakers.is_open(self._slot)

    def failed(self) -> None:
        """A call of it failed or was late; the third in a row opens the breaker."""
        self._breakers.failed(self._slot)

    def succeeded(self) -> None:
        """A call of it went well; the breaker is closed again."""
        self._breakers.succeeded(self._slot)


class Breakers:
    """The breakers of one process, by plugin (`board`) or portlet (`board.recent_posts`); only
    those in trouble are remembered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._troubles: dict[tuple[str, UUID], _Trouble] = {}
        self._blocks: dict[str, _Trouble] = {}

    def of(self, key: str, tenant_id: UUID) -> Breaker:
        """The breaker of a plugin in a tenant."""
        return Breaker(self, (key, tenant_id))

    def is_open(self, slot: tuple[str, UUID]) -> bool:
        if self._blocks and self._blocked(slot[0].partition(".")[0]):
            return True
        trouble = self._troubles.get(slot)
        if trouble is None or trouble.failures < FAILURES:
            return False
        now = self._clock()
        if now - trouble.since < REST:
            return True
        trouble.since = now
        return False

    def failed(self, slot: tuple[str, UUID]) -> None:
        trouble = self._troubles.setdefault(slot, _Trouble())
        trouble.failures += 1
        trouble.since = self._clock()

    def succeeded(self, slot: tuple[str, UUID]) -> None:
        self._troubles.pop(slot, None)

    def blocked(self, key: str) -> None:
        """A plugin kept the process's loop from turning, which hurts every tenant: the third time
        opens its breakers in all of them, and after the rest each further time does."""
        trouble = self._blocks.setdefault(key, _Trouble())
        if self._clock() - trouble.since > BLOCKS_WITHIN:
            trouble.failures = 0
        trouble.failures += 1
        trouble.since = self._clock()

    def _blocked(self, key: str) -> bool:
        trouble = self._blocks.get(key)
        if trouble is None or trouble.failures < FAILURES:
            return False
        if self._clock() - trouble.since < REST:
            return True
        trouble.failures = FAILURES - 1
        return False

    def forget(self, key: str, tenant_id: UUID) -> None:
        """Closes the breakers of a plugin and its portlets, as after switching it on."""
        for name, tenant in tuple(self._troubles):
            if tenant == tenant_id and name.partition(".")[0] == key:
                del self._troubles[name, tenant]
        self._blocks.pop(key, None)
