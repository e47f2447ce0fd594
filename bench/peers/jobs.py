"""Workers to compare: ours as `maru worker` is, with jobs of the benchmark, and bare dramatiq."""

import asyncio
import os
import signal
import sys
from functools import partial
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.worker import Worker

from maru.house import open_house
from maru.jobs.catalog import Catalog
from maru.jobs.consumer import Consumer
from maru.jobs.relay import CHANNEL
from maru.jobs.runner import Runner
from maru.jobs.window import opened_window
from maru.plugins.context import open_call
from maru.process import run_until_signal
from maru.settings import Settings
from maru_sdk import Context, Model, Plugin, job

THREADS = 8
PEERS = "bench-peers"


class Ask(Model):
    """As much as most jobs are asked: an id and a number."""

    number: int


@job()
async def nothing(ctx: Context, ask: Ask) -> None:
    """The job that costs nothing itself."""


@job()
async def line(ctx: Context, ask: Ask) -> None:
    """The job that writes a row."""
    await ctx.audit("bench.done", str(ask.number))


plugin = Plugin(title="Bench", jobs=[nothing, line])


def bare(url: str) -> tuple[RedisBroker, Any]:
    """dramatiq without middleware, and an actor that does nothing."""
    broker = RedisBroker(url=url, middleware=[], namespace=PEERS)  # type: ignore[no-untyped-call]

    def nothing(number: int) -> None:
        """Do nothing."""

    return broker, dramatiq.actor(broker=broker, queue_name="bench")(nothing)


async def _ours(settings: Settings, stop: asyncio.Event) -> None:
    async with open_house(settings, service="worker") as house, opened_window(settings) as window:
        catalog = Catalog([("jobs", plugin)])
        opening = partial(open_call, house.services)
        runner = Runner(house.database, catalog, opening, lambda tenant, key: True)
        consumer = Consumer(window, runner.run_all, partial(house.signals.nudge, CHANNEL))
        await consumer.start()
        await stop.wait()
        await consumer.stop()


def _theirs(url: str) -> None:
    Worker(bare(url)[0], worker_threads=THREADS).start()
    signal.sigwait({signal.SIGTERM})
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "maru":
        run_until_signal("worker", Settings(), partial(_ours, Settings()))
    else:
        _theirs(os.environ["BENCH_REDIS_URL"])
