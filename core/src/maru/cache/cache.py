"""The cache that the rest of Maru uses: two levels, one computation at a time, dropped by tag."""

import asyncio
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from maru.cache.memory import Memory
from maru.cache.shared import Found, SharedCache
from maru.cache.slot import EVERYTHING, Slot, Tag
from maru.db.unit import Unit
from maru.redis import Redises
from maru.signals import Signals

MEGABYTES = 1 << 20
OWED_AT_MOST = 1_000
OWN_REMEMBERED = 1_000
SEPARATOR = "\x1f"

T = TypeVar("T")
Make = Callable[[], Awaitable[bytes]]


class Flight:
    """One computation under way; `old` once a tag of it was dropped meanwhile."""

    __slots__ = ("old", "seconds", "tags", "task")

    task: asyncio.Task[bytes]

    def __init__(self, tags: tuple[Tag, ...], seconds: float) -> None:
        self.tags = tags
        self.seconds = seconds
        self.old = False


class Cache:
    """Values by `Slot`, kept for a time, dropped by tag in every process."""

    def __init__(
        self,
        redises: Redises,
        signals: Signals,
        *,
        namespace: str = "maru",
        limit: int = 64 * MEGABYTES,
    ) -> None:
        self.hits: Counter[str] = Counter()
        self.misses: Counter[str] = Counter()
        self.memory = Memory(limit)
        self._link = redises.cache
        self._shared = SharedCache(redises.cache, namespace)
        self._signals = signals
        self._flights: dict[Slot, Flight] = {}
        self._by_tag: defaultdict[Tag, set[Slot]] = defaultdict(set)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._own: OrderedDict[str, None] = OrderedDict()
        self._owed: dict[str, tuple[UUID | None, tuple[str, ...]]] = {}
        redises.cache.on_return(self._begin_paying)
        signals.on("tag", self._heard)
        signals.on_gap(self._forget)

    def peek(self, slot: Slot) -> bytes | None:
        """The value if this process has it; costs no await."""
        value = self.memory.get(slot)
        if value is not None:
            self.hits[slot.plugin] += 1
        return value

    async def get_or(
        self,
        slot: Slot,
        ttl: timedelta,
        make: Make,
        tags: Sequence[str] = (),
        shared: bool = False,
    ) -> bytes:
        """The kept value, else what `make` answers, computed once in this process at a time.

        `make` reads from the primary. It goes on when its caller is cancelled, and its exception
        is everyone's who waits for it. With `shared` other processes find the value in Redis.
        """
        value = self.peek(slot)
        if value is not None:
            return value
        flight = self._flights.get(slot)
        if flight is None:
            flight = self._take_off(slot, Flight(slot.tags(tuple(tags)), ttl.total_seconds()))
            flight.task = self._start(self._fly(slot, flight, make, shared))
        return await asyncio.shield(flight.task)

    async def drop(self, unit: Unit, tenant_id: UUID | None, tags: Sequence[str]) -> None:
        """After the unit's commit, no process serves a value with one of these tags any more.

        This process forgets before the answer leaves, the others within the signals' two seconds.
        """
        if not tags:
            return
        key = SEPARATOR.join([uuid4().hex, *dict.fromkeys(tags)])
        await self._signals.send(unit, "tag", key, tenant_id)
        unit.on_commit(lambda: self._dropped(tenant_id, key, own=True))

    async def drop_now(self, tenant_id: UUID | None, tags: Sequence[str] = (EVERYTHING,)) -> None:
        """Forget in this process and in Redis, for callers that heard of a change by signal."""
        await self._dropped(tenant_id, SEPARATOR.join([uuid4().hex, *tags]))

    async def close(self) -> None:
        """End what is under way."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take_off(self, slot: Slot, flight: Flight) -> Flight:
        self._flights[slot] = flight
        for tag in flight.tags:
            self._by_tag[tag].add(slot)
        return flight

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # everyone who waited for it may have left

    async def _fly(self, slot: Slot, flight: Flight, make: Make, shared: bool) -> bytes:
        try:
            found = await self._look(slot, flight) if shared else None
            if found is not None and found.value is not None:
                self.hits[slot.plugin] += 1
                self._land(slot, flight, found.value, found.seconds)
                return found.value
            self.misses[slot.plugin] += 1
            value = await make()
            self._land(slot, flight, value, flight.seconds)
            if found is not None and not flight.old:
                self._start(self._shared.store(slot, value, flight.seconds, found))
            return value
        finally:
            self._forget_flight(slot, flight)

    async def _look(self, slot: Slot, flight: Flight) -> Found | None:
        if self._owed and self._link.up:
            await self._pay_all()
        return None if self._owed else await self._shared.look(slot, flight.tags)

    def _land(self, slot: Slot, flight: Flight, value: bytes, seconds: float) -> None:
        if not flight.old:
            self.memory.put(slot, value, seconds, flight.tags)

    def _forget_flight(self, slot: Slot, flight: Flight) -> None:
        if self._flights.get(slot) is not flight:
            return
        del self._flights[slot]
        for tag in flight.tags:
            slots = self._by_tag[tag]
            slots.discard(slot)
            if not slots:
                del self._by_tag[tag]

    async def _heard(self, tenant_id: UUID | None, key: str) -> None:
        """Obey a signal; this process's own were obeyed at the commit."""
        if self._own.pop(key, key) is not None:
            await self._dropped(tenant_id, key)

    async def _dropped(self, tenant_id: UUID | None, key: str, *, own: bool = False) -> None:
        """Redis first: else a reader between the two could bring the old value back from there."""
        once, *names = key.split(SEPARATOR)
        if own:
            self._own[key] = None
            while len(self._own) > OWN_REMEMBERED:
                self._own.popitem(last=False)
        if not await self._pay(tenant_id, tuple(names), once):
            self._owe(once, tenant_id, tuple(names))
        self._drop_here(tuple((tenant_id, name) for name in names))

    def _drop_here(self, tags: tuple[Tag, ...]) -> None:
        for tag in tags:
            for slot in tuple(self._by_tag.get(tag, ())):
                flight = self._flights[slot]
                flight.old = True
                self._forget_flight(slot, flight)  # who comes now must not get its answer
        self.memory.drop(tags)

    def _forget(self) -> None:
        for slot, flight in tuple(self._flights.items()):
            flight.old = True
            self._forget_flight(slot, flight)
        self.memory.clear()

    async def _pay(self, tenant_id: UUID | None, names: tuple[str, ...], once: str) -> bool:
        tags = tuple((tenant_id, name) for name in names)
        return await self._shared.drop(tenant_id, tags, once)

    def _owe(self, once: str, tenant_id: UUID | None, names: tuple[str, ...]) -> None:
        """Remember a drop that Redis hasn't heard of; until it has, this process leaves it out."""
        self._owed[once] = (tenant_id, names)
        if len(self._owed) > OWED_AT_MOST:
            tenants = {tenant for tenant, _ in self._owed.values()}
            self._owed = {uuid4().hex: (tenant, (EVERYTHING,)) for tenant in tenants}

    def _begin_paying(self) -> None:
        if self._owed:
            self._start(self._pay_all())

    async def _pay_all(self) -> None:
        for once, (tenant_id, names) in tuple(self._owed.items()):
            if not await self._pay(tenant_id, names, once):
                return
            self._owed.pop(once, None)
