"""The house: the parts of one process, put together once and handed down.

`open_house` is the only place that knows all rooms; whoever serves, works, schedules or runs a
command opens one.
"""

from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable

from maru.access.rights import Rights
from maru.account.plugin import account_plugins
from maru.admin.plugin import admin_plugin
from maru.api.surfaces import Surfaces
from maru.audit.trail import AuditTrail
from maru.cache import Cache
from maru.crypto.keys import Keys
from maru.db.database import Database
from maru.events.log import EventLog
from maru.gauges import show_parts
from maru.ground import Ground, open_ground
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.jobs.plugin import jobs_plugin
from maru.jobs.queue import Queue
from maru.observability.metrics import Metrics
from maru.plugins.arrivals import Arrivals
from maru.plugins.breakers import Breakers
from maru.plugins.gate import Gate
from maru.plugins.points import Points
from maru.plugins.registry import PluginHost
from maru.plugins.services import Services
from maru.plugins.settings import SettingsStore
from maru.plugins.switchboard import Switchboard
from maru.portal.live import LiveEvents
from maru.portal.loading import Loader
from maru.portal.plugin import portal_plugin
from maru.portal.service import Portal
from maru.push.log import LiveLog
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals
from maru.tenancy.tenants import Tenants
from maru.web.languages import Languages
from maru.web.renderer import Renderer, csrf_mark
from maru.web.static import Assets
from maru_sdk import Plugin
from maru_sdk.declarations import Portlet

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


@asynccontextmanager
async def open_house(
    settings: Settings, *, service: str = "command", faults: Mapping[str, str] | None = None
) -> AsyncIterator[House]:
    """Opens the rooms from the ground up and closes them again.

    `service` names the process in its figures; `faults` are reasons known from elsewhere for
    setting plugins aside. Raises SettingFault where a server can't be used.
    """
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(open_ground(settings, service))
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="plugin")
        stack.callback(threads.shutdown, wait=False, cancel_futures=True)
        house = _furnish(ground, threads, faults or {})
        stack.callback(house.sessions.close)
        stack.push_async_callback(house.cache.close)
        await house.signals.start()
        stack.push_async_callback(house.signals.stop)
        await house.tenants.load()
        await house.gate.load()
        await house.sessions.load()
        yield house


def _furnish(ground: Ground, threads: ThreadPoolExecutor, faults: Mapping[str, str]) -> House:
    """Puts the parts together; nothing here waits."""
    settings, metrics, keys = ground.settings, ground.metrics, ground.keys
    database, redises, signals = ground.database, ground.redises, ground.signals
    audit = AuditTrail()
    people, rights = People(database, signals), Rights(database, signals, audit)
    sessions = Sessions(database, signals, keys, audit=audit)
    surfaces = Surfaces()
    host = PluginHost.load(
        core_plugins(sessions, people),
        strict=settings.strict_plugins,
        faults=faults,
        mount=surfaces.mount,
    )
    gate, cache = Gate(database, signals, host), Cache(redises, signals)
    tenants = Tenants(database, signals, settings.base_domain)
    languages = Languages(_folders(host, "locale"))
    assets = Assets(_folders(host, "static"), static_url=settings.static_url)
    renderer = Renderer(
        _folders(host, "templates"), assets, languages, mark=csrf_mark(keys.name("csrf mark"))
    )
    live = LiveLog(signals, redises.live)
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
        events=LiveEvents(EventLog(signals), cache, gate, live, _portlets(host)),
        live=live,
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
    )


def core_plugins(sessions: Sessions, people: People) -> dict[str, Plugin]:
    """Core's own plugins by key; they are on in every tenant."""
    return {
        **account_plugins(sessions, people),
        "admin": admin_plugin(),
        "jobs": jobs_plugin(),
        "portal": portal_plugin(Portal(Loader())),
    }


def _portlets(host: PluginHost) -> list[tuple[str, Portlet]]:
    return [(installed.key, portlet) for installed, portlet in host.declared("portlets")]


def _folders(host: PluginHost, name: str) -> dict[str, Traversable]:
    """The folders of this name (`templates`, `locale`, `static`) in the plugins' packages."""
    found = {
        installed.key: files(installed.package) / name
        for installed in host.everyone()
        if not installed.core
    }
    return {key: folder for key, folder in found.items() if folder.is_dir()}
