"""The cache beside cashews and bare redis-py: a value of 10 KB got, set, missed by many at once.

All in this process and against one Redis, in turns; microseconds of the processor, so less is
better.
"""

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any

from cashews import Cache as Cashews
from redis.asyncio import Redis

from bench.ground import Ground
from bench.tables import Found, Table, number
from maru.cache import Cache, Slot
from maru.db import Database
from maru.db.scope import Scope
from maru.redis import Redises
from maru.signals import Signals

VALUE = secrets.token_bytes(10_000)
HOUR = timedelta(hours=1)
TAGS = ("posts", "people")
HERD = 500
SIDE_BY_SIDE = 32
DROPS = 50
OURS = "Maru"
THEIRS = ("cashews", "cashews, memory and Redis", "cashews, lock=True")
BARE = ("redis-py", "redis-py, no tags")

Work = Callable[[], Coroutine[Any, Any, None]]


@dataclass
class Row:
    """One thing that several can do, and how long each took."""

    title: str
    makers: dict[str, Work]
    at_once: int = 1
    per: int = 1
    took: dict[str, list[float]] = field(default_factory=dict)

    async def play(self, seconds: float) -> None:
        """One bout of each, one after the other."""
        for name, work in self.makers.items():
            self.took.setdefault(name, []).append(await self._bout(work, seconds))

    async def _bout(self, work: Work, seconds: float) -> float:
        done, until, began = 0, time.perf_counter() + seconds, time.process_time()
        while time.perf_counter() < until or not done:
            if self.at_once == 1:
                await work()
            else:
                await asyncio.gather(*(work() for _ in range(self.at_once)))
            done += self.at_once * self.per
        return (time.process_time() - began) / done * 1e6

    def cell(self, *names: str) -> str:
        """Median and worst of the bouts of whichever of these takes part."""
        took = next((self.took[name] for name in names if name in self.took), None)
        return "" if took is None else f"{number(median(took))} ({number(max(took))})"


async def keeping(ground: Ground, rounds: int, seconds: float) -> Found:
    """Microseconds of each row and maker; milliseconds of a drop on its way to another process."""
    async with AsyncExitStack() as stack:
        here, there = [await _machine(ground, stack) for _ in range(2)]
        peers = await _Peers.opened(ground, stack)
        rows = list(_rows(here, peers))
        for row in rows:
            await row.play(0.05)
            row.took.clear()
        for _ in range(rounds):
            for row in rows:
                await row.play(seconds / 10)
        return _found(rows, await _drop(here, there))


def _found(rows: Sequence[Row], drop: Sequence[float]) -> Found:
    heads = ("µs, median (worst)", "Maru", "cashews", "redis-py", "Maru to cashews")
    cells = [
        (row.title, row.cell(OURS), row.cell(*THEIRS), row.cell(*BARE), _ratio(row)) for row in rows
    ]
    said = f"{number(median(drop))} ms (worst {number(max(drop))})"
    text = f"A drop reaches another process after {said}, of {len(drop)}."
    figures = {row.title: row.took for row in rows}
    return Found([Table(text, heads, cells)], {"rows": figures, "drop_ms": list(drop)})


def _ratio(row: Row) -> str:
    theirs = next(row.took[name] for name in THEIRS if name in row.took)
    pairs = zip(row.took[OURS], theirs, strict=True)
    return f"{median(ours / other for ours, other in pairs):.2f}"


@dataclass
class _Machine:
    database: Database
    cache: Cache


async def _machine(ground: Ground, stack: AsyncExitStack) -> _Machine:
    url = ground.settings.database_url
    database = await stack.enter_async_context(await Database.open(url, pool_size=2))
    redises = Redises(ground.settings, quick=1.0)
    stack.push_async_callback(redises.close)
    signals = Signals(database, redises)
    cache = Cache(redises, signals)
    stack.push_async_callback(cache.close)
    await signals.start()
    stack.push_async_callback(signals.stop)
    return _Machine(database, cache)


@dataclass
class _Peers:
    bare: Redis
    memory: Cashews
    redis: Cashews
    both: Cashews

    @classmethod
    async def opened(cls, ground: Ground, stack: AsyncExitStack) -> "_Peers":
        url = ground.settings.redis_cache_url
        bare = Redis.from_url(url, protocol=2)
        stack.push_async_callback(bare.aclose)
        caches = Cashews(), Cashews(), Cashews()
        caches[0].setup("mem://", size=10_000)
        caches[1].setup(url)
        caches[2].setup(url, client_side=True)
        for one in caches:
            await one.init()
            stack.push_async_callback(one.close)
        return cls(bare, *caches)


def _rows(here: _Machine, peers: _Peers) -> Iterator[Row]:
    yield _in_memory(here, peers)
    for at_once in (1, SIDE_BY_SIDE):
        beside = "" if at_once == 1 else f", {at_once} at once"
        yield _in_redis(here, peers, at_once, beside)
        yield _set(here, peers, at_once, beside)
    yield _herd(here, peers)


def _in_memory(here: _Machine, peers: _Peers) -> Row:
    cache, slot = here.cache, _slot("warm")

    async def maru() -> None:
        await cache.get_or(slot, HOUR, _make, TAGS, shared=True)

    async def memory() -> None:
        await peers.memory.get_or_set("warm", _make, expire=HOUR)

    async def both() -> None:
        await peers.both.get_or_set("warm", _make, expire=HOUR)

    makers = {"Maru": maru, "cashews, memory alone": memory, "cashews, memory and Redis": both}
    return Row("get, there in memory", makers)


def _in_redis(here: _Machine, peers: _Peers, at_once: int, beside: str) -> Row:
    cache, names = here.cache, itertools.cycle(f"there {n}" for n in range(SIDE_BY_SIDE))

    async def maru() -> None:
        slot = _slot(next(names))
        cache.memory._remove(slot)
        await cache.get_or(slot, HOUR, _make, TAGS, shared=True)

    async def cashews() -> None:
        await peers.redis.get_or_set(f"cashews {next(names)}", _make, expire=HOUR)

    async def bare() -> None:
        name = next(names)
        if await peers.bare.get(name) is None:
            await peers.bare.set(name, VALUE, ex=3_600)

    return Row(
        f"get, there in Redis{beside}",
        {"Maru": maru, "cashews": cashews, "redis-py": bare},
        at_once,
    )


def _set(here: _Machine, peers: _Peers, at_once: int, beside: str) -> Row:
    cache, names = here.cache, (f"new {at_once} {n}" for n in itertools.count())

    async def maru() -> None:
        await cache.get_or(_slot(next(names)), HOUR, _make, TAGS, shared=True)
        await asyncio.gather(*cache._tasks)

    async def cashews() -> None:
        name = next(names)
        if await peers.redis.get(name) is None:
            await peers.redis.set(name, VALUE, expire=3_600, tags=TAGS)

    async def bare() -> None:
        name = next(names)
        if await peers.bare.get(name) is None:
            await peers.bare.set(name, VALUE, ex=3_600)

    return Row(
        f"missed and set, 2 tags{beside}",
        {"Maru": maru, "cashews": cashews, "redis-py, no tags": bare},
        at_once,
    )


def _herd(here: _Machine, peers: _Peers) -> Row:
    """What each of many waits for a value that takes 20 ms; locked over processes."""
    cache, numbers = here.cache, itertools.count()

    async def slow() -> bytes:
        await asyncio.sleep(0.02)
        return VALUE

    async def maru() -> None:
        slot = _slot(f"cold {next(numbers)}")
        asked = [cache.get_or(slot, HOUR, slow, TAGS, shared=True) for _ in range(HERD)]
        await asyncio.gather(*asked)

    @peers.redis(ttl=HOUR, key="cold:{name}", lock=True)
    async def kept(name: str) -> bytes:
        return await slow()

    async def cashews() -> None:
        name = str(next(numbers))
        await asyncio.gather(*(kept(name) for _ in range(HERD)))

    makers = {"Maru": maru, "cashews, lock=True": cashews}
    return Row(f"{HERD} at once miss one that takes 20 ms, each", makers, per=HERD)


async def _drop(here: _Machine, there: _Machine) -> list[float]:
    slot, took = _slot("dropped"), list[float]()
    tenant = slot.tenant_id
    for _ in range(DROPS):
        await there.cache.get_or(slot, HOUR, _make, TAGS, shared=True)
        began = time.perf_counter()
        async with here.database.unit(Scope(tenant)) as unit:
            await here.cache.drop(unit, tenant, TAGS[:1])
            await unit.commit()
        while there.cache.memory.get(slot) is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.0005)
        took.append((time.perf_counter() - began) * 1e3)
    return took


async def _make() -> bytes:
    return VALUE


def _slot(name: str) -> Slot:
    return Slot(None, "bench", name)
