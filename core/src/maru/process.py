"""A process without a port of its own: what it does until a signal ends it, and what it tells."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import uvloop

from maru.api.figures import RedisSnapshots
from maru.house import House
from maru.observability.log import Journal, own_last_words, route_standard_logging
from maru.observability.metrics import Metrics
from maru.observability.watchdog import watched
from maru.settings import Settings
from maru.signals.loop import end

TELL = 10.0


def run_until_signal(
    service: str, settings: Settings, work: Callable[[asyncio.Event], Awaitable[None]]
) -> None:
    """Run `work` and set its event at SIGTERM or SIGINT; blocks until it returns."""
    journal = Journal(service, settings.log_level)
    route_standard_logging(journal)
    own_last_words(journal)
    try:
        uvloop.run(_guarded(work))
    finally:
        journal.settle()


async def _guarded(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await work(stop)


@asynccontextmanager
async def figures_shown(house: House) -> AsyncIterator[None]:
    """Leave this process's figures where a scrape of any process finds them."""
    store = RedisSnapshots(house.redises, house.settings.instance)
    task = asyncio.get_running_loop().create_task(_tell(house.metrics, store), name="figures")
    try:
        async with loop_watched(house):
            yield
    finally:
        await end(task)
        await house.metrics.leave(store)


def loop_watched(house: House) -> AbstractAsyncContextManager[None]:
    """Have the plugin named that blocks this process's loop; three times open its breakers."""
    return watched(
        house.suspects,
        house.metrics,
        limit=house.settings.blocked_ms / 1_000,
        tripped=house.services.points.blocked,
    )


async def _tell(metrics: Metrics, store: RedisSnapshots) -> None:
    while True:
        await metrics.publish(store)
        await asyncio.sleep(TELL)
