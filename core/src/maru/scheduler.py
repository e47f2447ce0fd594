"""`maru scheduler`: relay, delivery of events, schedules and housekeeping. Any number may run."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Protocol

from maru.alerts.messages import Messenger, Send
from maru.alerts.rule import Channel, load_rules
from maru.alerts.watch import AlertWatch
from maru.alerts.ways import ways
from maru.api.figures import RedisSnapshots
from maru.audit.checkpoints import Signer
from maru.audit.keeping import Keeper
from maru.audit.sealer import Sealer
from maru.db.database import Database
from maru.events.delivery import Delivery
from maru.ground import open_system
from maru.house import House, open_house
from maru.identity.signing import KeyRotation
from maru.jobs.housekeeping import Housekeeping
from maru.jobs.relay import Relay
from maru.jobs.schedules import Scheduler
from maru.jobs.window import opened_window
from maru.operators.metering import Meter
from maru.operators.tasks import Tasks
from maru.process import figures_shown, loop_watched, run_until_signal
from maru.settings import Settings
from maru.worker import catalog_of

SERVICE = "scheduler"
CONNECTIONS = 5


class Part(Protocol):
    """One of the scheduler's loops."""

    def start(self) -> None: ...
    async def stop(self) -> None: ...


def run(settings: Settings) -> None:
    """Relay and schedule until SIGTERM or SIGINT."""
    settings.require("database_url", "database_system_url")
    run_until_signal(SERVICE, settings, partial(serve, settings))


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Relay and schedule until `stop` is set."""
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(settings, service=SERVICE))
        system = await stack.enter_async_context(
            open_system(settings, size=CONNECTIONS, application="maru scheduler")
        )
        relay, others = await stack.enter_async_context(_parts(house, system))
        house.metrics.ask("maru_queue_pending", "Jobs due that wait.", lambda: relay.pending)
        await stack.enter_async_context(loop_watched(house))
        await stack.enter_async_context(figures_shown(house))
        await stack.enter_async_context(house.services.arrivals.reporting(SERVICE))
        for part in (relay, *others):
            part.start()
            stack.push_async_callback(part.stop)
        await stop.wait()


@asynccontextmanager
async def _parts(house: House, system: Database) -> AsyncIterator[tuple[Relay, tuple[Part, ...]]]:
    catalog, on, signals = catalog_of(house), house.gate.on, house.signals
    async with opened_window(house.settings) as window:
        relay = Relay(system, window, signals, catalog, on, redises=house.redises)
        delivery = Delivery(system, signals, catalog, house.tenants.by_id, on)
        scheduler = Scheduler(system, signals, catalog, house.tenants.all, on)
        tidying = Housekeeping(system, house.settings.jobs_kept_days)
        rotation = KeyRotation(house.sessions.signing, house.settings.signing_key_days)
        signer = Signer(house.keys)
        audit = Sealer(system, signer), Keeper(system, signer)
        audit[0].show(house.metrics)
        tending = Tasks(house, system), Meter(house.database, system)
        others = delivery, scheduler, tidying, rotation, _alerts(house, system)
        yield relay, (*others, *audit, *tending)


def _alerts(house: House, system: Database) -> AlertWatch:
    settings = house.settings
    return AlertWatch(
        system,
        house.redises,
        RedisSnapshots(house.redises, settings.instance),
        load_rules(settings.alert_rules),
        Messenger(_ways(house), settings.instance),
        metrics=house.metrics,
        instance=settings.instance,
    )


def _ways(house: House) -> Mapping[Channel, Send]:
    services = house.services
    return ways(house.settings, services.post, services.outside, services.mail.sender)
