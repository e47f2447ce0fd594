"""The queue's parts put together as the house does it, for tests and their child processes."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from tests.core.jobs import shop

from maru.db import Database, Scope
from maru.events.delivery import Delivery
from maru.jobs.catalog import Catalog
from maru.jobs.consumer import Consumer
from maru.jobs.queue import Queue
from maru.jobs.relay import CHANNEL, Relay
from maru.jobs.retries import Backoff
from maru.jobs.runner import OpenCall, Runner
from maru.jobs.window import Window, opened_window
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals
from maru_sdk import Context, ContextSeed, Tenant

KEY = "shop"


@dataclass
class Call:
    """A call as the plugin host makes them, with the least that a handler needs."""

    unit: Any
    seed: ContextSeed
    house: "House"
    job: Any = None

    def ctx(self, key: str) -> Context:
        return cast(Context, shop.Shop(self.unit, self.seed, self))


@dataclass
class House:
    """The parts of one process."""

    settings: Settings
    database: Database
    system: Database
    redises: Redises
    signals: Signals
    window: Window
    catalog: Catalog
    off: set[UUID] = field(default_factory=set)

    @property
    def queue(self) -> Queue:
        return Queue(self.signals)

    def on(self, tenant_id: UUID, key: str) -> bool:
        return tenant_id not in self.off

    @asynccontextmanager
    async def open_call(self, seed: ContextSeed) -> AsyncIterator[OpenCall]:
        async with self.database.unit(Scope(seed.tenant, seed.actor)) as unit:
            yield Call(unit, seed, self)
            await unit.commit()

    def runner(self, **given: Any) -> Runner:
        options = {"backoff": Backoff(0.05, 0.2), "lease": 1.0, **given}
        return Runner(self.database, self.catalog, self.open_call, self.on, **options)

    def relay(self, **given: Any) -> Relay:
        options = {"lease": 1.0, "redises": self.redises, **given}
        return Relay(self.system, self.window, self.signals, self.catalog, self.on, **options)

    def consumer(self, runner: Runner) -> Consumer:
        return Consumer(self.window, runner.run_all, lambda: self.signals.nudge(CHANNEL))

    def delivery(self) -> Delivery:
        return Delivery(self.system, self.signals, self.catalog, tenant_of, self.on)

    async def effects(self, scope: Scope, like: str = "%") -> list[str]:
        """The effects that the database holds, in the order in which they were written."""
        query = sa.text(
            "SELECT target FROM maru.audit WHERE action = 'effect' AND target LIKE :like"
            " ORDER BY created_at, id"
        )
        async with self.database.unit(scope) as unit:
            found = await (await unit.session()).execute(query, {"like": like})
            return list(found.scalars())

    async def jobs(self, scope: Scope) -> list[Any]:
        async with self.database.unit(scope) as unit:
            session = await unit.session()
            return list(await session.execute(sa.text("SELECT * FROM maru.job ORDER BY id")))

    async def states(self, scope: Scope) -> dict[str, int]:
        query = sa.text("SELECT state, count(*) FROM maru.job GROUP BY state")
        async with self.database.unit(scope) as unit:
            found = await (await unit.session()).execute(query)
            return {str(state): int(number) for state, number in found}

    async def enqueue(self, scope: Scope, *targets: str, **given: Any) -> list[UUID]:
        asks = [shop.Write(target=one, **given).model_dump_json() for one in targets]
        async with self.database.unit(scope) as unit:
            assert scope.tenant is not None
            ids = await self.queue.enqueue_many(unit, scope.tenant, shop.write, asks)
            await unit.commit()
        return ids


def tenant_of(tenant_id: UUID) -> Tenant:
    return Tenant(id=tenant_id, slug="t", name="T")


@asynccontextmanager
async def opened(settings: Settings, plugin: Any = shop.plugin) -> AsyncIterator[House]:
    """Open the parts, start listening, close everything."""
    async with (
        await Database.open(settings.database_url, pool_size=20) as database,
        await Database.open(settings.database_system_url, pool_size=6) as system,
        opened_window(settings) as window,
    ):
        redises = Redises(settings)
        signals = Signals(database, redises)
        await signals.start()
        try:
            yield House(
                settings, database, system, redises, signals, window, Catalog([(KEY, plugin)])
            )
        finally:
            await signals.stop()
            await redises.close()


async def until(true: Callable[[], Any], seconds: float = 20) -> None:
    """Wait for a condition, awaited where it is a coroutine."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.03)


class Child:
    """A worker or relay in a process of its own, to be killed."""

    def __init__(self, role: str, settings: Settings, die_at: str = "") -> None:
        self.role, self.settings, self.die_at = role, settings, die_at
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> "Child":
        names = ("database_url", "database_system_url", "redis_queue_url", "redis_cache_url")
        urls = {name: getattr(self.settings, name) for name in (*names, "instance")}
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.core.jobs.house",
            self.role,
            json.dumps(urls),
            self.die_at,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])},
        )
        assert self.process.stdout is not None
        assert await self.process.stdout.readline() == b"ready\n"
        return self

    async def end(self, how: signal.Signals = signal.SIGKILL) -> int:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        return await self.process.wait()

    async def died(self) -> int:
        assert self.process is not None
        return await asyncio.wait_for(self.process.wait(), 20)


def dying(house: House, role: str, point: str) -> tuple[Relay, Runner]:
    """Parts that kill their process at a named point."""
    relay, runner = house.relay(), house.runner()

    def die(*_: Any, **__: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    async def die_later(*_: Any, **__: Any) -> Any:
        die()

    match point:
        case "claimed":  # rows claimed and committed, nothing sent
            cast(Any, house.window).put = die
        case "sent":
            sent = house.window.put
            cast(Any, house.window).put = lambda places: die(sent(places))
        case "started":  # the run is committed, the handler not begun
            cast(Any, runner)._effect = die_later
        case "effect":  # effect and "done" written, not committed
            cast(Any, house).open_call = _without_commit(house, die)
            runner = house.runner()
        case "done":  # committed, the message not acknowledged
            ran = runner._effect

            async def then_die(*given: Any) -> None:
                await ran(*given)
                die()

            cast(Any, runner)._effect = then_die
    return relay, runner


def _without_commit(house: House, die: Callable[[], Any]) -> Any:
    @asynccontextmanager
    async def open_call(seed: ContextSeed) -> AsyncIterator[OpenCall]:
        async with house.database.unit(Scope(seed.tenant, seed.actor)) as unit:
            yield Call(unit, seed, house)
            die()

    return open_call


async def main(role: str, urls: str, point: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with opened(Settings(**json.loads(urls))) as house:
        relay, runner = dying(house, role, point)
        consumer = house.consumer(runner)
        if role == "relay":
            relay.start()
        else:
            await consumer.start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await stop.wait()
        await relay.stop()
        await consumer.stop(1)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
