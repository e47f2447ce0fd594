"""The house: the parts of one process, put together once and handed down.

`open_house` is the only place that knows all rooms; whoever serves, works, schedules or runs a
command opens one.
"""

from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources.abc import Traversable

from maru.access.rights import Rights
from maru.account.plugin import account_plugins
from maru.admin.plugin import admin_plugin
from maru.api.surfaces import Surfaces
from maru.audit.trail import AuditTrail
from maru.cache import Cache
from maru.crypto.keys import Keys
from maru.db.check import connection_fault
from maru.db.database import Database
from maru.events.log import EventLog
from maru.gauges import show_parts
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.jobs.plugin import jobs_plugin
from maru.jobs.queue import Queue
from maru.observability.metrics import Metrics
from maru.plugins.arrivals import Arrivals
from maru.plugins.breakers import Breakers
from maru.plugins.gate import Gate
from maru.plugins.isolated.remote import Remotes
from maru.plugins.isolated.tickets import Tickets
from maru.plugins.isolated.trust import Isolation, Trust, read_trust
from maru.plugins.points import Points
from maru.plugins.registry import PluginHost
from maru.plugins.services import Services
from maru.plugins.settings import SettingsStore
from maru.plugins.switchboard import Switchboard
from maru.portal.loading import Loader
from maru.portal.plugin import portal_plugin
from maru.portal.service import Portal
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals
from maru.tenancy.tenants import Tenants
from maru.web.languages import Languages
from maru.web.renderer import Renderer, csrf_mark
from maru.web.static import Assets
from maru_sdk import Plugin

THREADS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The parts of one process. `services` is what contexts are made of."""

    settings: Settings
    metrics: Metrics
    database: Database
    redises: Redises
    signals: Signals
    keys: Keys
    cache: Cache
    tenants: Tenants
    host: PluginHost
    surfaces: Surfaces
    gate: Gate
    people: People
    rights: Rights
    sessions: Sessions
    languages: Languages
    assets: Assets
    renderer: Renderer
    services: Services
    remotes: Remotes


@asynccontextmanager
async def open_house(
    settings: Settings, *, service: str = "command", faults: Mapping[str, str] | None = None
) -> AsyncIterator[House]:
    """Opens the rooms from the ground up and closes them again.

    `service` names the process in its figures; `faults` are reasons known from elsewhere for
    setting plugins aside. Raises SettingFault where a server can't be used.
    """
    async with AsyncExitStack() as stack:
        redises = Redises(settings)
        stack.push_async_callback(redises.close)
        await redises.check()
        database = await _database(settings)
        stack.push_async_callback(database.close)
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="plugin")
        stack.callback(threads.shutdown, wait=False, cancel_futures=True)
        known = await read_trust(database, settings), await Tickets.open(database)
        house = _furnish(
            settings, Metrics(service), redises, database, threads, faults or {}, known
        )
        stack.callback(house.sessions.close)
        stack.push_async_callback(house.cache.close)
        stack.push_async_callback(house.remotes.close)
        await house.signals.start()
        stack.push_async_callback(house.signals.stop)
        await house.tenants.load()
        await house.gate.load()
        await house.sessions.load()
        yield house


async def _database(settings: Settings) -> Database:
    """The database as the runtime role, once that role and the schema have been looked at."""
    async with connection_fault("MARU_DATABASE_URL"):
        database = await Database.open(
            settings.database_url,
            pool_size=settings.db_pool_size,
            overflow=settings.db_pool_overflow,
            wait=settings.db_pool_wait,
        )
        try:
            await database.check()
        except BaseException:
            await database.close()
            raise
    return database


def _furnish(
    settings: Settings,
    metrics: Metrics,
    redises: Redises,
    database: Database,
    threads: ThreadPoolExecutor,
    faults: Mapping[str, str],
    known: tuple[Trust, Tickets],
) -> House:
    """Puts the parts together; nothing here waits."""
    signals, audit = Signals(database, redises), AuditTrail()
    keys = Keys.open(settings.secret_key, settings.data)
    remotes = Remotes(settings.data, keys, known[1].sign, signals.nudge)
    people, rights = People(database, signals), Rights(database, signals, audit)
    sessions = Sessions(database, signals, keys, audit=audit)
    surfaces = Surfaces()
    host = PluginHost.load(
        core_plugins(sessions, people),
        strict=settings.strict_plugins,
        faults=faults,
        mount=surfaces.mount,
        isolation=Isolation(known[0], remotes.of),
    )
    gate, cache = Gate(database, signals, host), Cache(redises, signals)
    tenants = Tenants(database, signals, settings.base_domain)
    languages = Languages(_folders(host, "locale"))
    assets = Assets(
        _folders(host, "static"),
        static_url=settings.static_url,
        foreign=frozenset(each.key for each in host.everyone() if each.isolated),
    )
    renderer = Renderer(
        _folders(host, "templates", foreign=False),
        assets,
        languages,
        mark=csrf_mark(keys.name("csrf mark")),
    )
    services = Services(
        database=database,
        tenants=tenants,
        host=host,
        gate=gate,
        arrivals=Arrivals(redises, signals, gate, settings.instance),
        points=Points(host.hooks, gate, Breakers()),
        people=people,
        rights=rights,
        queue=Queue(signals),
        events=EventLog(signals),
        audit=audit,
        cache=cache,
        settings_store=SettingsStore(database, signals),
        switchboard=Switchboard(signals),
        languages=languages,
        renderer=renderer,
        threads=threads,
        portlet_took=metrics.portlets.observe,
        clock=lambda: datetime.now(UTC),
    )
    show_parts(metrics, database, cache)
    return House(
        settings=settings,
        metrics=metrics,
        database=database,
        redises=redises,
        signals=signals,
        keys=keys,
        cache=cache,
        tenants=tenants,
        host=host,
        surfaces=surfaces,
        gate=gate,
        people=people,
        rights=rights,
        sessions=sessions,
        languages=languages,
        assets=assets,
        renderer=renderer,
        services=services,
        remotes=remotes,
    )


def core_plugins(sessions: Sessions, people: People) -> dict[str, Plugin]:
    """Core's own plugins by key; they are on in every tenant."""
    return {
        **account_plugins(sessions, people),
        "admin": admin_plugin(),
        "jobs": jobs_plugin(),
        "portal": portal_plugin(Portal(Loader())),
    }


def _folders(host: PluginHost, name: str, *, foreign: bool = True) -> dict[str, Traversable]:
    """The folders of this name (`templates`, `locale`, `static`) in the plugins' packages, those of
    isolated plugins among them where they are looked at as data."""
    return {
        installed.key: folder
        for installed in host.everyone()
        if not installed.core and (foreign or not installed.isolated)
        if installed.folder is not None and (folder := installed.folder / name).is_dir()
    }
