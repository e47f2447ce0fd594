"""The house of an isolated process: a few rooms, and doors that look at tickets."""

from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, cast

from maru.api.surfaces import Surfaces
from maru.compute import Compute
from maru.isolated.calls import Calls
from maru.isolated.drawing import Drawing
from maru.isolated.outward import Letters, LiveHere, OutsideHere, SearchHere
from maru.isolated.parts import (
    AlwaysOn,
    CacheHere,
    Events,
    People,
    Rights,
    SettingsHere,
    Trail,
    VaultHere,
)
from maru.isolated.queue import DeskHere, Queue
from maru.isolated.telling import NoticesHere
from maru.isolated.ticketed import TicketDatabase
from maru.mail.addresses import Mailbox, mailbox
from maru.plugins.breakers import Breakers
from maru.plugins.faults import PluginFault
from maru.plugins.points import Points
from maru.plugins.registry import Installed, PluginHost
from maru.plugins.services import Services
from maru.portal.live import LiveEvents
from maru.web.languages import Languages
from maru_sdk.declarations import Portlet

THREADS: Final = 4
CONNECTIONS: Final = 4
CHILDREN: Final = 1


def load_here(key: str) -> tuple[PluginHost, Surfaces, Installed]:
    """The plugin and those that it needs, imported and checked; PluginFault where it can't run."""
    surfaces = Surfaces()
    host = PluginHost.load({}, mount=surfaces.mount, only=key)
    installed = host.installed.get(key)
    if installed is None:
        aside = host.set_aside.get(key)
        raise PluginFault(aside.reason if aside else f"{key} is not installed")
    return host, surfaces, installed


def drawing_of(
    host: PluginHost, installed: Installed, static_url: str
) -> tuple[Drawing, Languages]:
    """What draws the plugin's templates, and its words."""
    folders = {
        each.key: folder
        for each in host.installed.values()
        if each.folder is not None and (folder := each.folder / "locale").is_dir()
    }
    languages = Languages(folders)
    return Drawing(installed, languages, static_url), languages


@asynccontextmanager
async def open_here(config: Mapping[str, Any]) -> AsyncIterator[Calls]:
    """Everything that answers for the plugin, closed again afterwards."""
    host, surfaces, installed = load_here(config["key"])
    drawing, languages = drawing_of(host, installed, config["static_url"])
    database = await TicketDatabase.open(
        config["database"],
        pool_size=CONNECTIONS,
        overflow=0,
        wait=5.0,
        application=f"maru isolated {installed.key}",
    )
    threads, compute = ThreadPoolExecutor(THREADS, thread_name_prefix="plugin"), Compute(CHILDREN)
    try:
        services = _services(host, database, drawing, languages, threads, compute, _sender(config))
        yield Calls(installed, services, surfaces, drawing)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        await compute.close()
        await database.close()


def _services(
    host: PluginHost,
    database: TicketDatabase,
    drawing: Drawing,
    languages: Languages,
    threads: ThreadPoolExecutor,
    compute: Compute,
    sender: Mailbox,
) -> Services:
    """The same faces as everywhere; what has none here is never reached from a context."""
    nothing: Any = None
    cache, live = cast(Any, CacheHere()), LiveHere()
    vault = VaultHere()
    database.sealer = vault
    return Services(
        database=database,
        tenants=nothing,
        host=host,
        gate=cast(Any, AlwaysOn()),
        arrivals=nothing,
        points=Points(host.hooks, AlwaysOn(), Breakers()),
        people=cast(Any, People(database)),
        rights=Rights(),
        queue=cast(Any, Queue()),
        search=cast(Any, SearchHere()),
        notices=cast(Any, NoticesHere()),
        catalog=nothing,
        desk=cast(Any, DeskHere()),
        schedules=nothing,
        events=LiveEvents(Events(), cache, AlwaysOn(), live, _portlets(host)),
        event_desk=nothing,
        live=live,
        audit=cast(Any, Trail()),
        cache=cache,
        vault=cast(Any, vault),
        settings_store=cast(Any, SettingsHere(database, vault)),
        switchboard=nothing,
        languages=languages,
        renderer=drawing.renderer,
        threads=threads,
        outside=cast(Any, OutsideHere()),
        compute=compute,
        mail=cast(Any, Letters(sender)),
        post=nothing,
        portlet_took=lambda labels, seconds: None,
        clock=lambda: datetime.now(UTC),
    )


def _portlets(host: PluginHost) -> list[tuple[str, Portlet]]:
    return [(installed.key, portlet) for installed, portlet in host.declared("portlets")]


def _sender(config: Mapping[str, Any]) -> Mailbox:
    """Who mail comes from, as far as a template may show it."""
    return mailbox(config["mail_from"], "from") if config["mail_from"] else Mailbox("")
