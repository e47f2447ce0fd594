"""The house of an isolated process: a few rooms, and doors that look at tickets."""

from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, cast

from maru.api.surfaces import Surfaces
from maru.isolated.calls import Calls
from maru.isolated.drawing import Drawing
from maru.isolated.parts import (
    AlwaysOn,
    CacheHere,
    Events,
    People,
    Queue,
    Rights,
    SettingsHere,
    TicketDatabase,
    Trail,
)
from maru.plugins.breakers import Breakers
from maru.plugins.faults import PluginFault
from maru.plugins.points import Points
from maru.plugins.registry import Installed, PluginHost
from maru.plugins.services import Services
from maru.web.languages import Languages

THREADS: Final = 4
CONNECTIONS: Final = 4


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
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="plugin")
    try:
        services = _services(host, database, drawing, languages, threads)
        yield Calls(installed, services, surfaces, drawing)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        await database.close()


def _services(
    host: PluginHost,
    database: TicketDatabase,
    drawing: Drawing,
    languages: Languages,
    threads: ThreadPoolExecutor,
) -> Services:
    """The same faces as everywhere; what has none here is never reached from a context."""
    nothing: Any = None
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
        catalog=nothing,
        desk=nothing,
        schedules=nothing,
        events=Events(),
        event_desk=nothing,
        live=nothing,
        audit=cast(Any, Trail()),
        cache=cast(Any, CacheHere()),
        vault=nothing,
        settings_store=cast(Any, SettingsHere(database)),
        switchboard=nothing,
        languages=languages,
        renderer=drawing.renderer,
        threads=threads,
        outside=nothing,
        compute=nothing,
        mail=nothing,
        post=nothing,
        portlet_took=lambda labels, seconds: None,
        clock=lambda: datetime.now(UTC),
    )
