"""Puts the web process together: the house's parts around one edge, for as long as it serves."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from maru.access.granted import Granted
from maru.admin.addresses.lists import AdminAddresses
from maru.api.addresses import Lists
from maru.api.description import Description
from maru.api.edge import Edge, Parts, Plain
from maru.api.exchange import Exchange, Receive, Send
from maru.api.exchange import Scope as Asgi
from maru.api.figures import Figures, RedisFigures, RedisSnapshots
from maru.api.guard import Guard
from maru.api.headers import CrossOrigin
from maru.api.health import Check, Health
from maru.api.hosts import Hosts
from maru.api.limiting import limiting_of
from maru.api.operation import Operation
from maru.api.realtime import Answering, Relay
from maru.api.surfaces import Surfaces
from maru.api.work import KeptAnswers
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.help.library import library_of
from maru.house import House, open_house
from maru.identity.csrf import Csrf
from maru.observability.log import Journal, route_standard_logging
from maru.observability.metrics import Metrics
from maru.operators.area import OperatorArea, operator_area
from maru.plugins.channels import Channels
from maru.plugins.context import Call, open_call
from maru.plugins.services import Services
from maru.process import loop_watched
from maru.push.trust import Trust
from maru.settings import Settings
from maru.web.flash import Flash
from maru.web.frame import Frame
from maru.web.pages import Pages
from maru.web.static import StaticApp
from maru_sdk import ContextSeed

SERVICE = "web"
VERSION = "1.0.0"


Opening = Callable[[], AbstractAsyncContextManager[House]]


class App:
    """An ASGI application that opens the house when it starts and closes it when it ends."""

    def __init__(self, opening: Opening, journal: Journal) -> None:
        self._opening = opening
        self._journal = journal
        self._edge: Edge | None = None

    async def __call__(self, scope: Asgi, receive: Receive, send: Send) -> None:
        """Serves; the server sends `lifespan` first."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            assert self._edge is not None, "the application has not been started"
            await self._edge(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            house = await stack.enter_async_context(self._opening())
            self._edge = await stack.enter_async_context(serving(house, self._journal))
            stack.enter_context(_settled())
            await send({"type": "lifespan.startup.complete"})
            await receive()
        self._edge = None
        self._journal.settle()
        await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def _settled() -> Iterator[None]:
    """Spares the garbage collector what stays for as long as the process serves."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def create_app(settings: Settings) -> App:
    """The application of `maru serve`."""
    journal = Journal(SERVICE, settings.log_level)
    route_standard_logging(journal)
    return App(partial(open_house, settings, service=SERVICE), journal)


@asynccontextmanager
async def serving(house: House, journal: Journal) -> AsyncIterator[Edge]:
    """The edge of an open house, with what runs beside it."""
    metrics = house.metrics
    store = RedisSnapshots(house.redises, house.settings.instance)
    operation = Operation(
        house.host, house.gate, partial(reading, house.services), journal, metrics
    )
    house.signals.on("plugin", operation.switched)
    servers = RedisFigures(house.redises, metrics)
    trust = Trust(house.keys)
    relay = Relay(house.settings.push_url, trust) if house.settings.push_url else None
    parts = replace(_parts(house, journal, metrics, operation, store, trust), relay=relay)
    limiting = limiting_of(house.settings, house.redises.queue, metrics)
    edge = Edge(replace(parts, operators=_operators(house, parts), limiting=limiting))
    stopped = asyncio.Event()
    async with (
        loop_watched(house),
        house.services.arrivals.reporting(SERVICE),
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(operation.watch(store, stopped, servers.read), name="figures")
        if limiting is not None:
            limiting.limits.start()
        try:
            yield edge
        finally:
            stopped.set()
            if limiting is not None:
                await limiting.limits.stop()
            if relay is not None:
                await relay.close()


def _parts(
    house: House,
    journal: Journal,
    metrics: Metrics,
    operation: Operation,
    store: RedisSnapshots,
    trust: Trust,
) -> Parts:
    settings = house.settings
    surfaces = house.surfaces
    hosts = Hosts(house.tenants, settings.base_domain, settings.forwarded_from)
    guard = Guard(house.sessions, house.people, house.rights, Csrf(house.keys), settings.instance)
    begin = partial(_begin, house.services, guard)
    frame = Frame(
        guard,
        house.gate,
        Flash(house.keys),
        house.languages.translate,
        house.host.declared("navigation"),
        instance=settings.instance,
        demo=settings.demo,
        help_url=library_of(house.host).url_of,
        known=house.people.known,
    )
    pages = Pages(
        house.renderer.render,
        frame,
        guard,
        begin,
        surfaces.targets,
        tenants=house.tenants.all,
        base_domain=settings.base_domain,
        demo=settings.demo,
        mark=house.renderer.mark,
    )
    return Parts(
        surfaces=surfaces,
        hosts=hosts,
        gate=house.gate,
        guard=guard,
        begin=begin,
        kept=KeptAnswers(house.cache, begin),
        pages=pages,
        cross=CrossOrigin(settings.cors_origins),
        journal=journal,
        metrics=metrics,
        tracing=house.tracing,
        translate=house.languages.translate,
        body_limit=settings.body_limit,
        addresses=Lists.of(settings.allow_addresses, settings.block_addresses),
        admins_from=AdminAddresses(house.services.settings_store),
        plain=_plain(house, journal, operation, pages, surfaces, hosts, guard, store)
        | {
            "metrics": Figures(metrics, store, settings.metrics_token),
            "realtime": Answering(Channels(house.services), trust),
        },
        mounts={settings.static_url.strip("/"): StaticApp(house.assets)}
        if settings.static_url.startswith("/")
        else {},
    )


def _operators(house: House, parts: Parts) -> OperatorArea:
    begin = partial(partial, _begin, house.services)
    settings = house.settings
    hosts = Hosts(house.tenants, settings.base_domain, settings.forwarded_from)
    return operator_area(house, parts, hosts, begin, house.renderer.render, version=VERSION)


def _plain(
    house: House,
    journal: Journal,
    operation: Operation,
    pages: Pages,
    surfaces: Surfaces,
    hosts: Hosts,
    guard: Guard,
    store: RedisSnapshots,
) -> dict[str, Plain]:
    opened = house.settings.docs_open or house.settings.demo
    description = Description(surfaces.targets, hosts, guard, version=VERSION, opened=opened)
    health = Health("maru", VERSION, journal, _needed(house), _useful(house, operation, store))
    house.board.report = health.whole
    return {
        "health": health,
        "openapi.json": description.file,
        "docs": description.page(pages.docs),
    }


def _needed(house: House) -> Mapping[str, Check]:
    async def database() -> None:
        await house.database.check()

    return {"database": database}


def _useful(
    house: House, operation: Operation, store: RedisSnapshots
) -> Callable[[], Mapping[str, Check]]:
    """What the web goes on without: a Redis that is away must not take every web process out."""
    redises = {f"redis_{link.role}": link.client.ping for link in house.redises.all}

    def checks() -> Mapping[str, Check]:
        others = sorted(store.services - {SERVICE})
        heard = {name: partial(store.heard, name) for name in others}
        return {**redises, **heard, **operation.checks()}

    return checks


@asynccontextmanager
async def _begin(
    services: Services, guard: Guard, exchange: Exchange, *, readonly: bool
) -> AsyncIterator[Call]:
    tenant, user = exchange.known_tenant, exchange.user
    scope = Scope(tenant.id, None if user is None else user.id)
    async with committing(services.database.unit(scope, readonly=readonly)) as unit:
        yield Call(
            services=services,
            tenant=tenant,
            user=user,
            granted=exchange.granted or Granted.NOBODY,
            unit=unit,
            locale=exchange.locale,
            now=services.clock(),
            trace=exchange.trace,
            address=exchange.address or None,
            agent=_agent(exchange),
            caller=exchange.caller,
            cookies=guard.names(exchange),
            jar=exchange.cookies,
            site=exchange.site,
        )


def _agent(exchange: Exchange) -> str | None:
    header = exchange.heads.get(b"user-agent")
    return None if header is None else header[:300].decode("latin-1")


@asynccontextmanager
async def reading(services: Services, tenant: UUID, key: str) -> AsyncIterator[Any]:
    seed = ContextSeed(tenant=tenant, plugin=key)
    async with open_call(services, seed, readonly=True) as call:
        yield call.ctx(key)
