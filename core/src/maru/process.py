"""A process without a port of its own: what it does until a signal ends it, and what it tells."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import uvloop

from maru.api.figures import RedisSnapshots
from maru.observability.log import Journal, own_last_words, route_standard_logging
from maru.observability.metrics import Metrics
from maru.observability.watchdog import watched
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Loop

if TYPE_CHECKING:
    from maru.house import House

TELL = 10.0


class Shown(Protocol):
    """What has figures: a house, or the ground alone."""

    @property
    def settings(self) -> Settings: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def redises(self) -> Redises: ...


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
async def figures_shown(of: Shown) -> AsyncIterator[None]:
    """Leave this process's figures where a scrape of any process finds them."""
    store = RedisSnapshots(of.redises, of.settings.instance)
    loop = Loop("figures", lambda: of.metrics.publish(store), TELL)
    loop.start()
    try:
        yield
    finally:
        await loop.stop()
        await of.metrics.leave(store)


def loop_watched(house: "House") -> AbstractAsyncContextManager[None]:
    """Have the plugin named that blocks this process's loop; three times open its breakers."""
    return watched(
        house.suspects,
        house.metrics,
        limit=house.settings.blocked_ms / 1_000,
        tripped=house.services.points.blocked,
    )
