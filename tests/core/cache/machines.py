"""Caches put together as the house does it, in this process and in children that are killed."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from redis.asyncio import Redis

from maru.cache import Cache, Slot
from maru.cache import cache as cache_module
from maru.cache.drops import Drops
from maru.db import Database, Scope
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals

HOUR = timedelta(hours=1)
HERD = 500
PATIENT = 2.0


class Process:
    """A process with a cache; `value` stands for the row that the cache is made from."""

    def __init__(self, cache: Cache, database: Database, redises: Redises, signals: Signals):
        self.cache, self.database, self.redises, self.signals = cache, database, redises, signals
        self.made = 0
        self.value = b"old"

    async def make(self) -> bytes:
        self.made += 1
        return self.value

    async def get(self, slot: Slot, shared: bool = True, ttl: timedelta = HOUR) -> bytes:
        return await self.cache.get_or(slot, ttl, self.make, ["post"], shared)

    async def drop(self, scope: Scope, *tags: str) -> None:
        async with self.database.unit(scope) as unit:
            await self.cache.drop(unit, scope.tenant, tags or ("post",))
            await unit.commit()


@asynccontextmanager
async def process(settings: Settings, quick: float = PATIENT) -> AsyncIterator[Process]:
    """`quick` is how long it waits for Redis: long, for tests in which that isn't the matter."""
    async with await Database.open(settings.database_url, pool_size=4) as database:
        redises = Redises(settings, quick=quick)
        signals = Signals(database, redises)
        cache = Cache(redises, signals)
        await signals.start()
        try:
            yield Process(cache, database, redises, signals)
        finally:
            await signals.stop()
            await cache.close()
            await redises.close()


def slot_of(tenant: UUID | None, name: str = "recent", **given: Any) -> Slot:
    return Slot(tenant, "board", name, **given)


async def stored(process: Process, slot: Slot) -> bool:
    """Whether Redis has a value that counts."""
    found = await process.cache._shared.look(slot, slot.tags(("post",)))
    return found is not None and found.value is not None


class Child:
    """A process of its own that does one thing, asked for by a line."""

    def __init__(self, role: str, settings: Settings, tenant: UUID | None) -> None:
        self._arguments = (role, _told(settings), str(tenant))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> "Child":
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.core.cache.machines", *self._arguments,
            stdin=PIPE, stdout=PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])},
        )  # fmt: skip
        assert await self.says() == "ready"
        return self

    async def says(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), 60)).decode().strip()

    def go(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")

    async def ended(self) -> int:
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), 60)

    async def kill(self) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _told(settings: Settings) -> str:
    names = ("database_url", "redis_queue_url", "redis_cache_url", "redis_live_url")
    return json.dumps({name: getattr(settings, name) for name in names})


async def _herd(here: Process, settings: Settings, slot: Slot) -> None:
    """Many at once for one cold key, which takes a while; the makings are counted in Redis."""
    counter = Redis.from_url(settings.redis_queue_url)

    async def make() -> bytes:
        await counter.incr(f"made:{slot.tenant_id}")
        await asyncio.sleep(0.3)
        return b"made"

    asked = [here.cache.get_or(slot, HOUR, make, ["post"], True) for _ in range(HERD)]
    answers = await asyncio.gather(*asked)
    await asyncio.gather(*here.cache._tasks)  # the value is on its way to Redis
    await counter.aclose()
    _say(str(answers.count(b"made")))


async def _drops_and_dies(here: Process, _: Settings, slot: Slot) -> None:
    """Commits, and is killed before Redis hears of it."""

    async def die(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    cast(Any, Drops).tell = die
    await here.drop(Scope(slot.tenant_id))


async def _holds(here: Process, _: Settings, slot: Slot) -> None:
    """Begins to make a value and never ends."""

    async def make() -> bytes:
        _say("making")
        await asyncio.Event().wait()
        return b""

    await here.cache.get_or(slot, HOUR, make, ["post"], True)


ROLES = {"herd": _herd, "drops and dies": _drops_and_dies, "holds": _holds}


async def main(role: str, told: str, tenant: str) -> None:
    """What a child does. It waits long for others: how long is not the matter here, and the
    machine may be busy."""
    cast(Any, cache_module).OTHERS_SECONDS = 60.0
    settings = Settings(secret_key="a secret for tests that is long enough", **json.loads(told))
    async with process(settings, quick=60.0) as here:
        _say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        await ROLES[role](here, settings, slot_of(UUID(tenant)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
