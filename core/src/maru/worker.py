"""`maru worker`: runs the jobs of all tenants."""

import asyncio
from functools import partial
from uuid import UUID

from maru.house import House, open_house
from maru.jobs.catalog import Catalog
from maru.jobs.consumer import Consumer
from maru.jobs.relay import CHANNEL
from maru.jobs.runner import Runner
from maru.jobs.signs import CANCELLED
from maru.jobs.watching import Watching
from maru.jobs.window import opened_window
from maru.plugins.context import open_call
from maru.process import figures_shown, loop_watched, run_until_signal
from maru.settings import Settings

SERVICE = "worker"


def run(settings: Settings) -> None:
    """Run jobs until SIGTERM or SIGINT; what isn't finished by then is handed back."""
    run_until_signal(SERVICE, settings, partial(serve, settings))


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run jobs until `stop` is set."""
    async with (
        open_house(settings, service=SERVICE) as house,
        opened_window(settings) as window,
    ):
        runner, metrics = runner_of(house), house.metrics
        consumer = Consumer(window, runner.run_all, partial(house.signals.nudge, CHANNEL))
        metrics.ask("active_jobs_total", "Jobs being run.", lambda: runner.active)
        async with (
            loop_watched(house),
            figures_shown(house),
            house.services.arrivals.reporting(SERVICE),
        ):
            await consumer.start()
            try:
                await stop.wait()
            finally:
                await consumer.stop()


def runner_of(house: House) -> Runner:
    """What runs one job with the house's parts."""
    metrics, catalog = house.metrics, catalog_of(house)
    took = metrics.histogram("maru_queue_processing_seconds", "Time to run a job.", ("kind",))
    failed = metrics.counter("maru_queue_failed_total", "Runs of jobs that failed.", ("kind",))

    for kind in catalog:
        failed.add(kind, by=0)

    def ended(kind: str, seconds: float, failure: bool) -> None:
        took.observe((kind,), seconds)
        if failure:
            failed.add(kind)

    runner = Runner(
        house.database,
        catalog,
        partial(open_call, house.services),
        house.gate.on,
        watching=Watching(tracing=house.tracing, tenant=partial(_slug, house), ended=ended),
        live=house.services.live,
    )
    house.signals.on(CANCELLED, runner.cancelled)
    return runner


def _slug(house: House, tenant_id: UUID) -> str:
    tenant = house.tenants.by_id(tenant_id)
    return str(tenant_id) if tenant is None else tenant.slug


def catalog_of(house: House) -> Catalog:
    """What the installed plugins and bridges let the queue run."""
    return Catalog((installed.key, installed.plugin) for installed in house.host.everyone())
