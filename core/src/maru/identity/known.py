"""What a process knows of a tenant's people until a signal says otherwise.

A value that was being loaded while the signal came is handed to who asked and not kept: it may be
the old one.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar
from uuid import UUID

V = TypeVar("V")
Spot = tuple[UUID, UUID]

_CAPACITY: Final = 50_000


class Known(Generic[V]):
    """Values by tenant and person, each loaded once however many ask."""

    def __init__(
        self, load: Callable[[UUID, UUID], Awaitable[V | None]], capacity: int = _CAPACITY
    ) -> None:
        self._load = load
        self._capacity = capacity
        self._kept: dict[UUID, dict[UUID, V]] = {}
        self._count = 0
        self._loading: dict[Spot, asyncio.Task[V | None]] = {}
        self._changes: Counter[UUID | None] = Counter()

    def peek(self, tenant_id: UUID, key: UUID) -> V | None:
        """The value if it is known here, without waiting."""
        kept = self._kept.get(tenant_id)
        return None if kept is None else kept.get(key)

    async def get(self, tenant_id: UUID, key: UUID) -> V | None:
        """The value, loaded where it isn't known; None (never kept) where there is none."""
        found = self.peek(tenant_id, key)
        if found is not None:
            return found
        task = self._loading.get((tenant_id, key))
        if task is None:
            task = asyncio.create_task(self._loaded(tenant_id, key, self.changes(tenant_id)))
            self._loading[tenant_id, key] = task
        return await asyncio.shield(task)

    def changes(self, tenant_id: UUID) -> int:
        """How often something of this tenant was forgotten: taken before a load, for `keep`."""
        return self._changes[tenant_id] + self._changes[None]

    def keep(self, tenant_id: UUID, values: dict[UUID, V], changes: int) -> None:
        """Keeps values that were loaded together, unless something changed since `changes`."""
        if changes != self.changes(tenant_id):
            return
        if self._count + len(values) > self._capacity:
            self._kept.clear()
            self._count = 0
        kept = self._kept.setdefault(tenant_id, {})
        before = len(kept)
        kept.update(values)
        self._count += len(kept) - before

    def forget(self, tenant_id: UUID | None = None, key: UUID | None = None) -> None:
        """Forgets one value, a tenant's, or all."""
        self._changes[tenant_id] += 1
        for spot in [one for one in self._loading if tenant_id in (None, one[0])]:
            del self._loading[spot]
        if tenant_id is None:
            self._kept.clear()
            self._count = 0
        elif key is None:
            self._count -= len(self._kept.pop(tenant_id, {}))
        elif self._kept.get(tenant_id, {}).pop(key, None) is not None:
            self._count -= 1

    async def _loaded(self, tenant_id: UUID, key: UUID, changes: int) -> V | None:
        try:
            found = await self._load(tenant_id, key)
        finally:
            if self._loading.get((tenant_id, key)) is asyncio.current_task():
                del self._loading[tenant_id, key]
        if found is not None:
            self.keep(tenant_id, {key: found}, changes)
        return found


def as_id(key: str) -> UUID | None:
    """A signal's key as an id; `*` and anything else stand for all."""
    try:
        return UUID(key)
    except ValueError:
        return None
