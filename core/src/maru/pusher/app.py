"""Puts the push process together: one ASGI object, without a web framework and without plugins."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from maru.api.addresses import Lists
from maru.api.envelope import failure_body
from maru.api.errors import Failure, failure_of
from maru.api.exchange import Answer, Exchange, Receive, Send
from maru.api.figures import Figures, RedisSnapshots
from maru.api.health import Check, Health
from maru.api.hosts import Hosts
from maru.api.sending import send_answer
from maru.db.database import Database
from maru.ground import Ground, open_ground, open_system
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.observability.log import Journal, route_standard_logging
from maru.plugins.arrivals import Arrivals
from maru.process import figures_shown
from maru.push.client import Client, Floor
from maru.push.ear import Ear
from maru.push.hub import Hub
from maru.push.presence import Presence
from maru.push.reader import Reader
from maru.push.trust import EVENTS, SOCKET, Trust
from maru.pusher.admission import Admission
from maru.pusher.asking import Asking
from maru.pusher.keeper import Keeper
from maru.pusher.pipes import serve_events, serve_socket
from maru.pusher.switches import Switches
from maru.settings import Settings
from maru.tenancy.tenants import Tenants
from maru_sdk import MaruError

SERVICE: Final = "push"
VERSION: Final = "1.0.0"
CONNECTIONS: Final = 4
_STANDING: Final = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),
]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The parts of an open push process."""

    floor: Floor
    admission: Admission
    health: Health
    figures: Figures


class PushApp:
    """Answers handshakes, streams and health checks."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._settings, self._journal = settings, journal
        self._serving: Serving | None = None

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serves; the server sends `lifespan` first."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert self._serving is not None, "the application has not been started"
        try:
            if scope["type"] == "websocket":
                await self._socket(self._serving, scope, receive, send)
            else:
                await self._http(self._serving, scope, receive, send)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:  # the wall of a connection
            log.exception("a connection failed")
            raise

    def farewell(self) -> None:
        """Tell every page when to come back; called before the sockets are closed."""
        if self._serving is not None:
            for member in tuple(self._serving.floor.hub.members):
                assert isinstance(member, Client)
                member.farewell()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            self._serving = await stack.enter_async_context(serving(self._settings, self._journal))
            gc.collect()
            gc.freeze()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self._serving = None
        self._journal.flush()
        await send({"type": "lifespan.shutdown.complete"})

    async def _socket(self, parts: Serving, scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"] != SOCKET:
            await _refuse_socket(send, Failure(404, "NOT_FOUND", "There is nothing here"))
            return
        try:
            admitted = await parts.admission.admit(scope, receive)
        except MaruError as refusal:
            await _refuse_socket(send, failure_of(refusal, "en"))
            return
        await serve_socket(parts.floor, admitted, scope, receive, send)

    async def _http(self, parts: Serving, scope: Any, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive)
        try:
            if exchange.path == EVENTS and exchange.method == "GET":
                admitted = await parts.admission.admit(scope, receive)
            else:
                await send_answer(exchange, await _plain(parts, exchange), send)
                return
        except MaruError as refusal:
            failure = failure_of(refusal, "en")
            answer = Answer(failure.status, failure_body(failure), headers=list(failure.headers))
            await send_answer(exchange, answer, send)
            return
        await serve_events(parts.floor, admitted, scope, receive, send, _STANDING)


async def _plain(parts: Serving, exchange: Exchange) -> Answer:
    if exchange.path.startswith("/health"):
        return await parts.health(exchange)
    if exchange.path == "/metrics":
        return await parts.figures(exchange)
    return Answer(404, failure_body(Failure(404, "NOT_FOUND", "There is nothing here")))


async def _refuse_socket(send: Send, failure: Failure) -> None:
    body = failure_body(failure)
    headers = [(b"content-type", b"application/json"), *failure.headers]
    start = {"type": "websocket.http.response.start", "status": failure.status, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": body})


def create_push(settings: Settings) -> PushApp:
    """The application of `maru push`."""
    journal = Journal(SERVICE, settings.log_level)
    route_standard_logging(journal)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return PushApp(settings, journal)


@asynccontextmanager
async def serving(settings: Settings, journal: Journal) -> AsyncIterator[Serving]:
    """The parts of a push process, from the ground up."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(open_ground(settings, SERVICE))
        opened = open_system(settings, size=CONNECTIONS, application="maru push")
        system = await stack.enter_async_context(opened)
        trust = Trust(ground.keys)
        asking = Asking(settings.web_url or f"http://{settings.host}:{settings.port}", trust)
        stack.push_async_callback(asking.close)
        messages = ground.metrics.counter(
            "maru_ws_messages_total", "Messages over sockets.", ("direction",)
        )
        hub = Hub(messages)
        ground.metrics.ask("maru_ws_connections", "Sockets and streams that are open.", hub.__len__)
        presence = Presence(ground.redises.live, settings.instance, hub.tell)
        hub.processes = lambda: presence.processes
        reader = Reader(system, ground.signals, hub.deliver)
        floor = Floor(
            hub=hub, reader=reader, presence=presence, doorkeeper=asking, messages=messages
        )
        admission = await _open_doors(stack, ground, floor, trust, system)
        ear = Ear(ground.redises.live, hub, presence)
        await reader.start()
        stack.push_async_callback(reader.stop)
        await presence.start()
        stack.push_async_callback(presence.stop)
        ear.start()
        stack.push_async_callback(ear.stop)
        await stack.enter_async_context(figures_shown(ground))
        yield _served(ground, journal, floor, admission)


async def _open_doors(
    stack: AsyncExitStack, ground: Ground, floor: Floor, trust: Trust, system: Database
) -> Admission:
    """Who may come in and stay; begins to listen to signals."""
    settings, database, signals = ground.settings, ground.database, ground.signals
    tenants = Tenants(database, signals, settings.base_domain)
    people = People(database, signals)
    sessions = Sessions(database, signals, ground.keys)
    stack.callback(sessions.close)
    keeper = Keeper(floor.hub, database, signals, sessions, people, tenants, floor.doorkeeper)
    switches = Switches(system, signals)
    arrivals = Arrivals(ground.redises, signals, switches, settings.instance)
    await signals.start()
    stack.push_async_callback(signals.stop)
    await switches.load()
    await stack.enter_async_context(arrivals.reporting(SERVICE))
    await tenants.load()
    await sessions.load()
    keeper.start()
    stack.push_async_callback(keeper.stop)
    return Admission(
        Hosts(tenants, settings.base_domain, settings.forwarded_from),
        sessions,
        people,
        trust,
        instance=settings.instance,
        origins=frozenset(settings.cors_origins),
        addresses=Lists.of(settings.allow_addresses, settings.block_addresses),
    )


def _served(ground: Ground, journal: Journal, floor: Floor, admission: Admission) -> Serving:
    async def database() -> None:
        await ground.database.check()

    def useful() -> Mapping[str, Check]:
        return {f"redis_{link.role}": link.client.ping for link in ground.redises.all}

    store = RedisSnapshots(ground.redises, ground.settings.instance)
    return Serving(
        floor=floor,
        admission=admission,
        health=Health("maru-push", VERSION, journal, {"database": database}, useful),
        figures=Figures(ground.metrics, store, ground.settings.metrics_token),
    )
