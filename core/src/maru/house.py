"""The house: the parts of one process, put together once and handed down.

`open_house` is the only place that knows all rooms; whoever serves, works, schedules or runs a
command opens one.
"""

from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.resources.abc import Traversable
from uuid import UUID

from maru.access.permissions import OPERATION_READ
from maru.access.rights import Rights
from maru.account.composing import Below, composed
from maru.account.parts import AccountParts
from maru.account.plugin import account_plugins
from maru.admin.health.board import HealthBoard
from maru.admin.plugin import admin_plugin
from maru.alerts.points import PointStore
from maru.api.surfaces import Surfaces
from maru.audit.trail import AuditTrail
from maru.cache import Cache
from maru.compute import Compute
from maru.crypto.keys import Keys
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.design.plugin import design_plugin
from maru.events.desk import EventDesk
from maru.events.log import EventLog
from maru.federation.single import SingleSignOn
from maru.filing.plugin import filing_plugin, scanner_of, shelf_of
from maru.gauges import compute_told, outside_told, show_parts
from maru.ground import Ground, open_ground
from maru.help.pages import help_plugin
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.jobs.catalog import Catalog
from maru.jobs.desk import Desk
from maru.jobs.plugin import jobs_plugin
from maru.jobs.queue import Queue
from maru.jobs.schedule_desk import ScheduleDesk
from maru.mail.addresses import Mailbox, mailbox
from maru.mail.outbox import Outbox
from maru.mail.plugin import mail_plugin
from maru.mail.post import Post
from maru.observability.host import show_host
from maru.observability.metrics import Metrics
from maru.observability.statements import Statements
from maru.observability.suspects import Suspects
from maru.observability.tracing import Tracing
from maru.organization.chart import organization_plugin
from maru.outside import Outside
from maru.outside.addresses import Opened
from maru.palette.plugin import palette_plugin
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
from maru.portal.live import LiveEvents
from maru.portal.loading import Loader
from maru.portal.plugin import portal_plugin
from maru.portal.service import Portal
from maru.push.log import LiveLog
from maru.redis import Redises
from maru.settings import SettingFault, Settings
from maru.signals import Signals
from maru.tenancy.homes import Homes
from maru.tenancy.tenants import Tenants
from maru.web.languages import Languages
from maru.web.renderer import Renderer, csrf_mark
from maru.web.static import Assets
from maru_sdk import MaruError, Plugin
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
    languages: Languages
    assets: Assets
    renderer: Renderer
    services: Services
    suspects: Suspects
    tracing: Tracing | None
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
        ground = await stack.enter_async_context(open_ground(settings, service))
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="plugin")
        stack.callback(threads.shutdown, wait=False, cancel_futures=True)
        known = await read_trust(ground.database, settings), await Tickets.open(ground.database)
        house = _furnish(ground, threads, faults or {}, known)
        stack.push_async_callback(house.services.outside.close)
        stack.push_async_callback(house.services.compute.close)
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


def _furnish(
    ground: Ground,
    threads: ThreadPoolExecutor,
    faults: Mapping[str, str],
    known: tuple[Trust, Tickets],
) -> House:
    """Puts the parts together; nothing here waits."""
    settings, metrics, keys = ground.settings, ground.metrics, ground.keys
    database, redises, signals = ground.database, ground.redises, ground.signals
    audit, cache = AuditTrail(), Cache(redises, signals)
    remotes = Remotes(settings.data, keys, known[1].sign, signals.nudge)
    tenants = Tenants(database, signals, settings.base_domain)
    rights = Rights(database, signals, audit, withheld=partial(_withheld, settings, tenants))
    store = SettingsStore(database, signals, cache, ground.vault)
    outside = _outside(settings, metrics)
    account = composed(
        Below(
            database=database,
            signals=signals,
            keys=keys,
            vault=ground.vault,
            cache=cache,
            audit=audit,
            rights=rights,
            store=store,
            outside=outside,
            homes=Homes.of(settings, tenants),
        )
    )
    surfaces, queue, post = Surfaces(), Queue(signals), _post(settings)
    board = HealthBoard()
    shelf = shelf_of(settings)
    host = PluginHost.load(
        core_plugins(account, PointStore(redises, settings.instance), board)
        | {
            "files": filing_plugin(shelf, scanner_of(settings), keys),
            "mail": mail_plugin(database, post, _sender(settings)),
        },
        strict=settings.strict_plugins,
        faults=faults,
        mount=surfaces.mount,
        isolation=Isolation(known[0], remotes.of),
    )
    gate = Gate(database, signals, host)
    languages, assets, renderer = _drawing(host, settings, keys)
    catalog = Catalog((one.key, one.plugin) for one in host.everyone())
    live = LiveLog(signals, redises.live)
    services = Services(
        database=database,
        tenants=tenants,
        host=host,
        gate=gate,
        arrivals=Arrivals(redises, signals, gate, settings.instance),
        points=Points(host.hooks, gate, Breakers()),
        people=account.people,
        rights=rights,
        queue=queue,
        catalog=catalog,
        desk=Desk(signals, catalog.find),
        schedules=ScheduleDesk(signals, catalog),
        event_desk=EventDesk(signals, catalog),
        events=LiveEvents(EventLog(signals), cache, gate, live, _portlets(host)),
        live=live,
        audit=audit,
        cache=cache,
        vault=ground.vault,
        settings_store=store,
        switchboard=Switchboard(signals),
        languages=languages,
        renderer=renderer,
        threads=threads,
        outside=outside,
        mail=Outbox(queue, _sender(settings)),
        post=post,
        compute=Compute(settings.compute_children, told=compute_told(metrics)),
        portlet_took=metrics.portlets.observe,
        clock=lambda: datetime.now(UTC),
        sessions=account.sessions,
        files=shelf,
    )
    show_parts(metrics, database, cache, ground.tracing)
    show_host(metrics, settings.data)
    suspects = Suspects(
        {installed.package: installed.key for installed in host.everyone() if not installed.core}
    )
    database.timed = Statements(metrics, suspects, settings.slow_query_ms / 1_000)
    return House(
        settings=settings,
        metrics=metrics,
        database=database,
        redises=redises,
        signals=signals,
        keys=keys,
        vault=ground.vault,
        board=board,
        cache=cache,
        tenants=tenants,
        host=host,
        surfaces=surfaces,
        gate=gate,
        people=account.people,
        rights=rights,
        sessions=account.sessions,
        single=account.single,
        languages=languages,
        assets=assets,
        renderer=renderer,
        services=services,
        suspects=suspects,
        tracing=ground.tracing,
        remotes=remotes,
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


def _outside(settings: Settings, metrics: Metrics) -> Outside:
    """The way out, as far as the operator opens it."""
    try:
        opened = Opened.of(settings.outside_allow)
    except ValueError as error:
        raise SettingFault("MARU_OUTSIDE_ALLOW", str(error)) from None
    return Outside(opened, proxy=settings.outside_proxy, told=outside_told(metrics))


def _withheld(settings: Settings, tenants: Tenants, tenant_id: UUID) -> frozenset[str]:
    """What only those tenants' people may see that the operator has named: the figures are the
    whole installation's."""
    tenant = tenants.by_id(tenant_id)
    named = {"*", "" if tenant is None else tenant.slug} & set(settings.operator_tenants)
    return frozenset() if named else frozenset({OPERATION_READ.name})


def _post(settings: Settings) -> Post:
    try:
        return Post(settings.smtp_url)
    except OSError as error:
        raise SettingFault("MARU_SMTP_URL", f"ca: {error.strerror or error}") from None


def _sender(settings: Settings) -> Mailbox:
    """Who mail comes from."""
    host = settings.base_domain.partition(":")[0]
    try:
        return mailbox(settings.mail_from or f"maru@{host}", "from")
    except MaruError:
        raise SettingFault("MARU_MAIL_FROM", "is no mail address") from None


def core_plugins(
    account: AccountParts, points: PointStore, board: HealthBoard
) -> dict[str, Plugin]:
    """Core's own plugins by key; they are on in every tenant."""
    portal = Portal(Loader())
    return {
        **account_plugins(account),
        "admin": admin_plugin(account, points, board, portal),
        "design": design_plugin(),
        "help": help_plugin(),
        "jobs": jobs_plugin(),
        "organization": organization_plugin(),
        "portal": portal_plugin(portal),
        "search": palette_plugin(),
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
