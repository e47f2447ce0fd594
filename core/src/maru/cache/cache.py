"""The cache that the rest of Maru uses: two levels, one computation at a time, dropped by tag."""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from maru.cache import afresh
from maru.cache.absent import Absent
from maru.cache.afresh import Afresh
from maru.cache.drops import Drop, Drops, drop_of, new_drop
from maru.cache.flights import Flight, Flights
from maru.cache.memory import Memory
from maru.cache.shared import Found, Made, SharedCache
from maru.cache.slot import EVERYTHING, Again, Make, Slot, ordinary
from maru.db.unit import Unit
from maru.redis import Redises
from maru.signals import Signals

log = logging.getLogger(__name__)

MEGABYTES = 1 << 20
ABSENT_SECONDS = 10.0
ALONE_SECONDS = 60.0
AHEAD = 0.1
AHEAD_OF_WORK = 4.0
OTHERS_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 0.004, 0.1
RECALLED_SECONDS, RECALLED_AT_MOST = 600.0, 1_000
TRUSTED_SECONDS = 300.0
PATTERNS = 1_000
OTHERS = "others"

T = TypeVar("T")


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
        self.hits: Counter[tuple[str, str]] = Counter()
        self.misses: Counter[tuple[str, str]] = Counter()
        self.refreshed: Counter[tuple[str, str]] = Counter()
        self.memory = Memory(limit)
        self._link = redises.cache
        self._shared = SharedCache(redises.cache, namespace)
        self._drops = Drops(self._shared)
        self._signals = signals
        self._flights = Flights()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._afresh = Afresh(self._make_afresh)
        self._promised: WeakKeyDictionary[Unit, list[Drop]] = WeakKeyDictionary()
        self._trusted = 0.0
        redises.cache.on_return(self._begin_paying)
        redises.cache.on_replaced(self._distrust)
        signals.on("tag", self._heard)
        signals.on_gap(self._forget)
        signals.on_start(self._recall)

    def peek(self, slot: Slot) -> bytes | None:
        """The value if this process has it and needn't make it anew soon; costs no await."""
        value = self.memory.get(slot)
        if value is not None:
            _count(self.hits, slot)
        return value

    async def get_or(
        self,
        slot: Slot,
        ttl: timedelta,
        make: Make,
        tags: Sequence[str] = (),
        shared: bool = False,
        again: Make | None = None,
    ) -> bytes:
        """The kept value, else what `make` answers, computed once at a time.

        `make` reads from the primary. It goes on when its caller is cancelled, and its exception
        is everyone's who waits for it. With `shared` other processes find the value in Redis and
        wait a while for the one that makes it; without, it stays here and at most a minute. One
        that is asked for shortly before its end is made anew meanwhile, and one that is often
        asked for is made by `again`, which holds nothing of who asks, as soon as it was dropped.
        """
        afterwards = None if again is None else Again(again, ttl, tuple(tags))
        kept = self.memory.take(slot)
        if kept is not None:
            _count(self.hits, slot)
            if kept[1] is not None:
                renewing = self._flight(slot, ttl, make, tuple(tags), shared)
                renewing.again = afterwards
                self._refresh(renewing, kept[1])
            return kept[0]
        flight = self._flights.get(slot)
        if flight is None:
            flight = self._flight(slot, ttl, make, tuple(tags), shared)
            flight.again = afterwards
            self._flights.add(flight)
            flight.task = self._start(self._fly(flight))
        else:
            _count(self.hits, slot)
        value = await asyncio.shield(flight.task)
        assert value is not None
        return value

    async def drop(self, unit: Unit, tenant_id: UUID | None, tags: Sequence[str]) -> None:
        """After the unit's commit, no process serves a value with one of these tags any more.

        This process forgets before the answer leaves, the others as soon as they hear of it.
        """
        names = tuple(tag for tag in tags if not self._has_promised(unit, tag))
        if not names:
            return
        drop = new_drop(tenant_id, names)
        await self._signals.send(unit, "tag", drop.key, tenant_id)
        promised = self._promised.get(unit)
        if promised is None:
            promised = self._promised[unit] = []
            unit.on_commit(partial(self._keep_promise, promised))
        promised.append(drop)

    def dropped_in(self, unit: Unit, tags: Sequence[str]) -> bool:
        """Whether this unit has dropped one of these tags, so that what is kept is old to it."""
        return any(self._has_promised(unit, tag) for tag in (*tags, EVERYTHING))

    async def drop_now(self, tenant_id: UUID | None, tags: Sequence[str] = (EVERYTHING,)) -> None:
        """Forget in this process and in Redis, for callers that heard of a change by signal."""
        await self._obey([new_drop(tenant_id, tuple(tags))])

    async def close(self) -> None:
        """End what is under way."""
        self._afresh.stop()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._shared.close()

    # Making

    def _flight(
        self, slot: Slot, ttl: timedelta, make: Make, tags: tuple[str, ...], shared: bool
    ) -> Flight:
        seconds = ttl.total_seconds()
        kept = seconds if shared else min(seconds, ALONE_SECONDS)
        return Flight(slot, tags, kept, make, shared=shared)

    def _refresh(self, flight: Flight, left: float) -> None:
        """Makes a kept value anew beside those who use it; another process's newer one will do."""
        flight.fresher = left + flight.seconds * AHEAD / 2
        self._flights.add(flight)
        flight.task = self._start(self._anew(flight))

    def _make_afresh(self, slot: Slot, again: Again) -> asyncio.Task[bytes | None] | None:
        """Makes a dropped value that nobody asks for yet, unless somebody has come before."""
        if slot in self.memory or self._flights.get(slot) is not None:
            return None
        flight = self._flight(slot, again.ttl, again.make, again.names, shared=True)
        flight.again, flight.unasked = again, True
        self._flights.add(flight)
        flight.task = self._start(self._anew(flight))
        return flight.task

    async def _anew(self, flight: Flight) -> bytes | None:
        try:
            async with asyncio.timeout(afresh.LONGEST if flight.unasked else None):
                return await self._fly(flight)
        except Exception:  # whoever needs the value meets the fault again
            log.warning("%s could not be made anew", flight.slot.name, exc_info=True)
            if flight.unasked:
                raise  # somebody may have joined
            return None

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # everyone who waited for it may have left

    async def _fly(self, flight: Flight) -> bytes | None:
        try:
            found = await self._look(flight) if flight.shared else None
            if found is not None and found.value is not None:
                if flight.asked_for:
                    _count(self.hits, flight.slot)
                self._land(flight, found.value, found.seconds, found.took)
                return found.value
            if found is not None and found.busy and flight.fresher:
                return None
            return await self._make(flight, found)
        finally:
            self._flights.remove(flight)

    async def _make(self, flight: Flight, found: Found | None) -> bytes:
        _count(self.misses if flight.asked_for else self.refreshed, flight.slot)
        began = time.perf_counter()
        try:
            value = await flight.make()
        except BaseException:
            self._leave(flight, found)
            raise
        took = time.perf_counter() - began
        seconds = min(flight.seconds, ABSENT_SECONDS) if type(value) is Absent else flight.seconds
        made = Made(value, flight.begun, took, seconds - took)
        self._land(flight, value, made.seconds, took)
        if found is not None and self._may_store(flight, made):
            self._start(self._shared.store(flight.slot, flight.tags, flight.holder, found, made))
        else:
            self._leave(flight, found)
        return value

    def _may_store(self, flight: Flight, made: Made) -> bool:
        return not flight.old and made.seconds > 0 and flight.begun > self._trusted

    def _leave(self, flight: Flight, found: Found | None) -> None:
        if found is not None and not found.busy:
            self._start(self._shared.leave(flight.slot, flight.tags, flight.holder, found))

    async def _look(self, flight: Flight) -> Found | None:
        """What Redis has; while another process makes the value, wait a while for it."""
        if self._drops.owed and self._link.up:
            await self._drops.pay()
        if self._drops.owed:
            return None
        found = await self._ask(flight)
        pause, until = FIRST_PAUSE, time.monotonic() + OTHERS_SECONDS
        while found is not None and found.busy and not flight.fresher and not flight.old:
            if time.monotonic() > until:
                break
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311
            pause = min(pause * 2, LONGEST_PAUSE)
            found = await self._ask(flight)
        return found

    async def _ask(self, flight: Flight) -> Found | None:
        flight.begun = time.time()
        found = await self._shared.look(
            flight.slot, flight.tags, flight.holder, fresher=flight.fresher
        )
        if found is not None and found.value is not None and found.begun <= self._trusted:
            return Found(found.generations)  # Redis came back with what it held long ago
        return found

    def _land(self, flight: Flight, value: bytes, seconds: float, took: float) -> None:
        if not flight.old:
            ahead = max(flight.seconds * AHEAD, took * AHEAD_OF_WORK)
            ahead = min(ahead, flight.seconds / 2) * random.uniform(0.5, 1)  # noqa: S311
            self.memory.put(flight.slot, value, seconds, flight.tags, ahead, flight.again)

    # Dropping

    async def _heard(self, tenant_id: UUID | None, key: str) -> None:
        """Obey a signal; this process's own were obeyed at the commit."""
        drop = drop_of(tenant_id, key)
        if not self._drops.is_own(drop):
            await self._obey([drop])

    def _has_promised(self, unit: Unit, tag: str) -> bool:
        return any(tag in drop.names for drop in self._promised.get(unit, ()))

    async def _keep_promise(self, promised: Sequence[Drop]) -> None:
        """All that a unit has dropped, together: what is made anew must not be made of the rest."""
        for drop in promised:
            self._drops.note_own(drop)
        await self._obey(promised)

    async def _obey(self, drops: Sequence[Drop]) -> None:
        """Redis first: else a reader between the two could bring the old value back from there."""
        await asyncio.gather(*map(self._drops.tell, drops))
        tags = [tag for drop in drops for tag in drop.tags]
        self._flights.drop(tags)
        dropped = self.memory.drop(tags)
        if all(ordinary(name) for drop in drops for name in drop.names):
            self._afresh.want(dropped)

    def _forget(self) -> None:
        self._flights.drop_all()
        self.memory.clear()

    def _distrust(self) -> None:
        """Another Redis answers, or the same started anew: what it holds may be from before a
        drop that it has forgotten."""
        self._trusted = time.time()

    async def _recall(self) -> None:
        """Redis hears again what was dropped shortly before this process began: who dropped it may
        have died after the commit. What was begun long before that isn't trusted."""
        heard = await self._signals.recent("tag", RECALLED_SECONDS, RECALLED_AT_MOST + 1)
        if len(heard) > RECALLED_AT_MOST:
            self._distrust()
            return
        self._trusted = max(self._trusted, time.time() - TRUSTED_SECONDS)
        for one in heard:
            self._drops.owe(drop_of(one.tenant, one.key))
        await self._drops.pay()

    def _begin_paying(self) -> None:
        if self._drops.owed:
            self._start(self._drops.pay())


def _count(tally: Counter[tuple[str, str]], slot: Slot) -> None:
    """One more. Patterns come from plugins, who may make a new one of each key: beyond so many
    they are counted together."""
    counted = slot.counted
    if counted not in tally and len(tally) >= PATTERNS:
        counted = slot.plugin, OTHERS
    tally[counted] += 1
