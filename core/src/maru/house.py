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
from maru.account.parts import AccountParts
from maru.account.plugin import account_plugins
from maru.admin.health.board import HealthBoard
from maru.admin.plugin import admin_plugin
from maru.alerts.points import PointStore
from maru.api.surfaces import Surfaces
from maru.cache import Cache
from maru.compute import Compute
from maru.crypto.keys import Keys
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.design.plugin import design_plugin
from maru.events.desk import EventDesk
from maru.events.log import EventLog
from maru.federation.single import SingleSignOn
from maru.files.store import Store
from maru.filing.plugin import filing_plugins, scanner_of
from maru.gauges import compute_told, show_parts
from maru.ground import Ground, open_ground
from maru.help.pages import help_plugin
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.jobs.catalog import Catalog
from maru.jobs.desk import Desk
from maru.jobs.plugin import jobs_plugin
from maru.jobs.schedule_desk import ScheduleDesk
from maru.mail.outbox import Outbox
from maru.mail.plugin import mail_plugin
from maru.notifications.mailing import Mailing
from maru.notifications.plugin import notifications_plugin
from maru.notifications.telling import Telling
from maru.observability.host import show_host
from maru.observability.metrics import Metrics
from maru.observability.statements import Statements
from maru.observability.suspects import Suspects
from maru.observability.tracing import Tracing
from maru.organization.chart import organization_plugin
from maru.plugins.arrivals import Arrivals
from maru.plugins.breakers import Breakers
from maru.plugins.gate import Gate
from maru.plugins.isolated.remote import Remotes
from maru.plugins.isolated.tickets import Tickets
from maru.plugins.isolated.trust import Isolation, Trust, read_trust
from maru.plugins.points import Points
from maru.plugins.registry import PluginHost
from maru.plugins.services import Services
from maru.plugins.switchboard import Switchboard
from maru.portal.live import LiveEvents
from maru.portal.loading import Loader
from maru.portal.plugin import portal_plugin
from maru.portal.service import Portal
from maru.push.log import LiveLog
from maru.redis import Redises
from maru.redis.tally import Tallies
from maru.rooms import Rooms, rooms_of
from maru.search.parts import SearchParts
from maru.settings import Settings
from maru.signals import Signals
from maru.tenancy.homes import Homes
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
    vault: Vault
    board: HealthBoard
    cache: Cache
    tenants: Tenants
    host: PluginHost
    surfaces: Surfaces
    gate: Gate
    people: People
    rights: Rights
    sessions: Sessions
    single: SingleSignOn
    search: SearchParts
    languages: Languages
    assets: Assets
    renderer: Renderer
    services: Services
    suspects: Suspects
    tracing: Tracing | None
    remotes: Remotes

    @property
    def store(self) -> Store:
        """Where files lie."""
        assert self.services.files is not None
        return self.services.files.store


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
        known = await read_trust(ground.database, settings), await Tickets.open(ground.database)
        house = _furnish(ground, threads, faults or {}, known)
        stack.push_async_callback(house.services.outside.close)
        stack.push_async_callback(house.services.compute.close)
        stack.push_async_callback(house.search.close)
        stack.callback(house.sessions.close)
        stack.callback(house.single.close)
        stack.push_async_callback(house.cache.close)
        stack.push_async_callback(house.remotes.close)
        await house.signals.start()
        stack.push_async_callback(house.signals.stop)
        await house.tenants.load()
        await house.gate.load()
        await house.sessions.load()
        house.sessions.signing.loop.start()
        stack.push_async_callback(house.sessions.signing.loop.stop)
        yield house


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lodgers:
    """The plugins, and what is made of what they bring."""

    host: PluginHost
    gate: Gate
    surfaces: Surfaces
    board: HealthBoard
    languages: Languages
    assets: Assets
    renderer: Renderer


def _furnish(
    ground: Ground,
    threads: ThreadPoolExecutor,
    faults: Mapping[str, str],
    known: tuple[Trust, Tickets],
) -> House:
    """Puts the parts together; nothing here waits."""
    rooms = rooms_of(ground, known[1])
    lodgers = _lodgers(rooms, known[0], faults)
    services = _services(rooms, lodgers, threads)
    suspects = _watched(rooms, lodgers.host)
    return _house(rooms, lodgers, services, suspects)


def _lodgers(rooms: Rooms, trust: Trust, faults: Mapping[str, str]) -> _Lodgers:
    """Lets the plugins in, core's own and others."""
    ground, settings = rooms.ground, rooms.ground.settings
    surfaces, board = Surfaces(), HealthBoard()
    host = PluginHost.load(
        core_plugins(
            rooms.account,
            PointStore(ground.redises, settings.instance),
            board,
            rooms.search,
            Mailing.of(Homes.of(settings, rooms.tenants), ground.keys),
        )
        | filing_plugins(rooms.shelf, scanner_of(settings), ground.keys)
        | {"mail": mail_plugin(ground.database, rooms.post, rooms.sender)},
        strict=settings.strict_plugins,
        faults=faults,
        mount=surfaces.mount,
        isolation=Isolation(trust, rooms.remotes.of),
    )
    languages, assets, renderer = _drawing(host, settings, ground.keys)
    return _Lodgers(
        host=host,
        gate=Gate(ground.database, ground.signals, host),
        surfaces=surfaces,
        board=board,
        languages=languages,
        assets=assets,
        renderer=renderer,
    )


def _services(rooms: Rooms, lodgers: _Lodgers, threads: ThreadPoolExecutor) -> Services:
    """What contexts are made of."""
    ground, host, gate = rooms.ground, lodgers.host, lodgers.gate
    settings, metrics, signals = ground.settings, ground.metrics, ground.signals
    catalog = Catalog((one.key, one.plugin) for one in host.everyone())
    live = LiveLog(signals, ground.redises.live)
    return Services(
        database=ground.database,
        tenants=rooms.tenants,
        host=host,
        gate=gate,
        arrivals=Arrivals(ground.redises, signals, gate, settings.instance),
        points=Points(host.hooks, gate, Breakers()),
        people=rooms.account.people,
        rights=rooms.rights,
        queue=rooms.queue,
        catalog=catalog,
        desk=Desk(signals, catalog.find),
        schedules=ScheduleDesk(signals, catalog),
        event_desk=EventDesk(signals, catalog),
        events=LiveEvents(EventLog(signals), rooms.cache, gate, live, _portlets(host)),
        live=live,
        audit=rooms.audit,
        search=rooms.search.index,
        notices=Telling(live),
        cache=rooms.cache,
        vault=ground.vault,
        settings_store=rooms.store,
        switchboard=Switchboard(signals),
        languages=lodgers.languages,
        renderer=lodgers.renderer,
        threads=threads,
        outside=rooms.outside,
        mail=Outbox(rooms.queue, rooms.sender),
        post=rooms.post,
        compute=Compute(settings.compute_children, told=compute_told(metrics)),
        portlet_took=metrics.portlets.observe,
        clock=lambda: datetime.now(UTC),
        sessions=rooms.account.sessions,
        files=rooms.shelf,
        tallies=Tallies(ground.redises.queue, settings.instance),
    )


def _watched(rooms: Rooms, host: PluginHost) -> Suspects:
    """Has the figures shown; gives whom a slow statement is laid to."""
    ground, settings = rooms.ground, rooms.ground.settings
    show_parts(ground.metrics, ground.database, rooms.cache, ground.tracing)
    show_host(ground.metrics, settings.data)
    suspects = Suspects(
        {installed.package: installed.key for installed in host.everyone() if not installed.core}
    )
    slow = settings.slow_query_ms / 1_000
    ground.database.timed = Statements(ground.metrics, suspects, slow)
    return suspects


def _house(rooms: Rooms, lodgers: _Lodgers, services: Services, suspects: Suspects) -> House:
    ground, account = rooms.ground, rooms.account
    return House(
        settings=ground.settings,
        metrics=ground.metrics,
        database=ground.database,
        redises=ground.redises,
        signals=ground.signals,
        keys=ground.keys,
        vault=ground.vault,
        board=lodgers.board,
        cache=rooms.cache,
        tenants=rooms.tenants,
        host=lodgers.host,
        surfaces=lodgers.surfaces,
        gate=lodgers.gate,
        people=account.people,
        rights=rooms.rights,
        sessions=account.sessions,
        single=account.single,
        search=rooms.search,
        languages=lodgers.languages,
        assets=lodgers.assets,
        renderer=lodgers.renderer,
        services=services,
        suspects=suspects,
        tracing=ground.tracing,
        remotes=rooms.remotes,
    )


def _drawing(
    host: PluginHost, settings: Settings, keys: Keys
) -> tuple[Languages, Assets, Renderer]:
    """What pages are drawn with."""
    languages = Languages(_folders(host, "locale"))
    assets = Assets(
        _folders(host, "static"),
        static_url=settings.static_url,
        foreign=frozenset(each.key for each in host.everyone() if each.isolated),
    )
    templates, mark = _folders(host, "templates", foreign=False), csrf_mark(keys.name("csrf mark"))
    return languages, assets, Renderer(templates, assets, languages, mark=mark)


def core_plugins(
    account: AccountParts,
    points: PointStore,
    board: HealthBoard,
    search: SearchParts,
    mailing: Mailing,
) -> dict[str, Plugin]:
    """Core's own plugins by key; they are on in every tenant."""
    portal = Portal(Loader())
    return {
        **account_plugins(account),
        "admin": admin_plugin(account, points, board, portal),
        "design": design_plugin(),
        "help": help_plugin(),
        "jobs": jobs_plugin(),
        "notifications": notifications_plugin(mailing),
        "organization": organization_plugin(),
        "portal": portal_plugin(portal),
        "search": search.plugin,
    }


def _portlets(host: PluginHost) -> list[tuple[str, Portlet]]:
    return [(installed.key, portlet) for installed, portlet in host.declared("portlets")]


def _folders(host: PluginHost, name: str, *, foreign: bool = True) -> dict[str, Traversable]:
    """The folders of this name (`templates`, `locale`, `static`) in the plugins' packages, those of
    isolated plugins among them where they are looked at as data."""
    return {
        installed.key: folder
        for installed in host.everyone()
        if not installed.core and (foreign or not installed.isolated)
        if installed.folder is not None and (folder := installed.folder / name).is_dir()
    }
