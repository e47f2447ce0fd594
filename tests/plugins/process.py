"""A process up to the plugin host, on real engines: what `open_house` does, for tests of its
floors."""

from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from maru.access.rights import Rights
from maru.audit.trail import AuditTrail
from maru.cache import Cache
from maru.compute import Compute
from maru.crypto.keys import Keys
from maru.crypto.vault import SIGNAL as KEY_CHANGED
from maru.crypto.vault import Vault
from maru.db import Database
from maru.db.migrate import migrate_async
from maru.db.unit import Unit
from maru.events.desk import EventDesk
from maru.identity.people import People
from maru.jobs.catalog import Catalog
from maru.jobs.desk import Desk
from maru.jobs.queue import Queue
from maru.jobs.schedule_desk import ScheduleDesk
from maru.mail.addresses import Mailbox
from maru.mail.outbox import Outbox
from maru.mail.post import Post
from maru.notifications.telling import Telling
from maru.outside import Outside
from maru.plugins.arrivals import Arrivals
from maru.plugins.breakers import Breakers
from maru.plugins.gate import Gate
from maru.plugins.migrated import migrations
from maru.plugins.points import Points
from maru.plugins.registry import PluginHost
from maru.plugins.services import Services
from maru.plugins.settings import SettingsStore
from maru.plugins.switchboard import Switchboard
from maru.push.log import LiveLog
from maru.redis import Redises
from maru.search.index import Index
from maru.settings import Settings
from maru.signals import Signals
from maru.tenancy.tenants import Tenants
from maru_sdk import Event


class Published:
    """Keeps the events of the test's process."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def publish(
        self, unit: Unit, event: Event, *, tenant_id: UUID, actor: UUID | None, trace: str
    ) -> None:
        """Keeps the event once the unit is committed."""

        async def keep() -> None:
            self.events.append(event)

        unit.on_commit(keep)


class Plain:
    """Says texts as they stand, with the domain in front; draws nothing."""

    mark = ""

    def translate(self, domain: str, locale: str, text: str, /, **args: object) -> str:
        """Fills the text."""
        return f"{domain}/{locale}: {text.format(**args)}"

    def render(self, template: str, context: Mapping[str, object], **_: object) -> str:
        """Names the template."""
        return template


@dataclass(frozen=True)
class Process:
    """One process of the test."""

    services: Services
    signals: Signals
    published: Published


@asynccontextmanager
async def process(settings: Settings, host: PluginHost) -> AsyncIterator[Process]:
    """A process that serves these plugins; two of them hear each other's signals."""
    redises = Redises(settings)
    published = Published()
    async with await Database.open(settings.database_url, pool_size=4, overflow=0) as database:
        signals = Signals(database, redises)
        services = _services(settings, host, database, signals, redises, published)
        await signals.start()
        try:
            await services.tenants.load()  # type: ignore[attr-defined]
            await services.gate.load()
            yield Process(services, signals, published)
        finally:
            services.threads.shutdown()
            await services.outside.close()
            await services.compute.close()
            await signals.stop()
            await services.cache.close()
            await _close(redises)


def _services(
    settings: Settings,
    host: PluginHost,
    database: Database,
    signals: Signals,
    redises: Redises,
    published: Published,
) -> Services:
    gate, audit = Gate(database, signals, host), AuditTrail()
    cache, vault = Cache(redises, signals), Vault(database, Keys(settings.secret_key.encode()))
    signals.on(KEY_CHANGED, vault.changed)
    database.sealer = vault
    return Services(
        database=database,
        tenants=Tenants(database, signals, settings.base_domain),
        host=host,
        gate=gate,
        arrivals=Arrivals(redises, signals, gate, settings.instance),
        points=Points(host.hooks, gate, Breakers()),
        search=Index(signals, redises, settings.instance),
        notices=Telling(LiveLog(signals, redises.live)),
        people=People(database, signals),
        live=LiveLog(signals, redises.live),
        rights=Rights(database, signals, audit),
        queue=Queue(signals),
        catalog=Catalog(()),
        desk=Desk(signals, lambda kind: None),
        schedules=ScheduleDesk(signals, Catalog(())),
        event_desk=EventDesk(signals, Catalog(())),
        events=published,
        audit=audit,
        cache=cache,
        vault=vault,
        settings_store=SettingsStore(database, signals, cache, vault),
        switchboard=Switchboard(signals),
        languages=Plain(),
        renderer=Plain(),
        threads=ThreadPoolExecutor(2),
        outside=Outside(),
        compute=Compute(),
        mail=Outbox(Queue(signals), Mailbox("maru@example.com")),
        post=Post(""),
        portlet_took=lambda labels, seconds: None,
        clock=lambda: datetime.now(UTC),
    )


async def _close(redises: Redises) -> None:
    closing: Any = getattr(redises, "close", None)
    if closing is not None:
        await closing()


async def migrate_plugins(settings: Settings, host: PluginHost) -> None:
    """What `maru migrate` does for the plugins of a host."""
    report = await migrate_async(settings, plugins=migrations(host))
    assert report.failed == {}
