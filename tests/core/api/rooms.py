"""A whole house for tests of the edge: real database, Redis, sessions, rights, gate and cache."""

import io
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.access.rights import Rights
from maru.api.edge import Edge
from maru.app import serving
from maru.audit.trail import AuditTrail
from maru.cache import Cache
from maru.crypto.keys import Keys
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.models import Person
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.jobs.queue import Queue
from maru.observability.log import Journal
from maru.plugins.breakers import Breakers
from maru.plugins.gate import Gate
from maru.plugins.loading import load
from maru.plugins.points import Points
from maru.plugins.registry import PluginHost
from maru.plugins.services import Services
from maru.plugins.settings import SettingsStore
from maru.plugins.switchboard import Switchboard
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals
from maru.tenancy.models import PluginState
from maru.tenancy.tenants import Tenants
from maru.web.languages import Languages
from maru.web.renderer import Renderer, csrf_mark
from maru.web.static import Assets
from maru_sdk import Event, Plugin, Role
from maru_sdk.db import uuid7

PASSWORD = "correct horse battery staple"  # noqa: S105
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105


class NoEvents:
    """The event log isn't part of these tests; a plugin that publishes here is a mistake."""

    async def publish(
        self, unit: Any, event: Event, *, tenant_id: UUID, actor: UUID | None, trace: str
    ) -> None:
        raise AssertionError(f"{event} was published")


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """What `maru.app.House` asks for."""

    settings: Settings
    database: Database
    redises: Redises
    cache: Cache
    keys: Keys
    tenants: Tenants
    host: PluginHost
    gate: Gate
    sessions: Sessions
    people: People
    rights: Rights
    services: Services
    languages: Languages
    renderer: Renderer
    assets: Assets
    signals: Signals


@contextmanager
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@asynccontextmanager
async def open_rooms(
    settings: Settings,
    core: Mapping[str, Plugin],
    *,
    path: list[str],
    templates: Mapping[str, Any] | None = None,
) -> AsyncIterator[Rooms]:
    """The parts of a process, made of real ones."""
    redises = Redises(settings)
    database = await Database.open(
        settings.database_url,
        pool_size=settings.db_pool_size,
        overflow=0,
        wait=settings.db_pool_wait,
    )
    signals = Signals(database, redises)
    host = load(core, path=path, strict=True)
    tenants = Tenants(database, signals, settings.base_domain)
    gate = Gate(database, signals, host)
    keys = Keys(settings.secret_key.encode())
    audit = AuditTrail()
    people, rights = People(database, signals), Rights(database, signals, audit)
    sessions = Sessions(database, signals, keys, audit=audit)
    cache = Cache(redises, signals)
    languages = Languages()
    assets = Assets()
    renderer = Renderer(templates or {}, assets, languages, mark=csrf_mark(settings.secret_key))
    with threads() as pool:
        services = Services(
            database=database,
            tenants=tenants,
            host=host,
            gate=gate,
            points=Points(host.hooks, gate, Breakers()),
            people=people,
            rights=rights,
            queue=Queue(signals),
            events=NoEvents(),
            audit=audit,
            cache=cache,
            settings_store=SettingsStore(database, signals),
            switchboard=Switchboard(signals),
            languages=languages,
            renderer=renderer,
            threads=pool,
            clock=lambda: datetime.now(UTC),
        )
        await signals.start()
        await tenants.load()
        await gate.load()
        await sessions.load()
        try:
            yield Rooms(
                settings=settings,
                database=database,
                redises=redises,
                cache=cache,
                keys=keys,
                tenants=tenants,
                host=host,
                gate=gate,
                sessions=sessions,
                people=people,
                rights=rights,
                services=services,
                languages=languages,
                renderer=renderer,
                assets=assets,
                signals=signals,
            )
        finally:
            sessions.close()
            await signals.stop()
            await cache.close()
            for link in redises.all:
                await link.close()
            await database.close()


async def person(
    rooms: Rooms, tenant: UUID, username: str, *roles: Role, role: str = "member"
) -> UUID:
    """Makes somebody who can sign in and holds what `roles` give."""
    person_id = uuid7()
    hashed = await rooms.sessions.passwords.hash(PASSWORD)
    async with committing(rooms.database.unit(Scope(tenant))) as unit:
        session = await unit.session()
        await session.execute(
            sa.insert(Person).values(
                id=person_id,
                username=username,
                username_key=username,
                name=username.title(),
                password_hash=hashed,
                locale="ko",
                timezone="Asia/Seoul",
            )
        )
        await rooms.rights.roles.begin(unit)
        await rooms.rights.grant_defaults(unit, tenant, roles)
        await rooms.rights.roles.grant(unit, role, "person", person_id)
    return person_id


async def switch_on(rooms: Rooms, tenant: UUID, key: str, *, enabled: bool = True) -> None:
    """Switches a plugin on or off as the switchboard would leave it, and waits for the gate."""
    async with committing(rooms.database.unit(Scope(tenant))) as unit:
        session = await unit.session()
        row = {"id": uuid7(), "key": key, "enabled": enabled}
        place = ["tenant_id", "key"]
        await session.execute(
            insert(PluginState)
            .values(row)
            .on_conflict_do_update(index_elements=place, set_={"enabled": enabled})
        )
    await rooms.gate.load()


class Log:
    """What an edge writes down."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self.journal = Journal("web", "INFO", self._out)

    @property
    def text(self) -> str:
        self.journal.flush()
        return self._out.getvalue().decode()

    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.text.splitlines()]

    def line(self, **having: Any) -> dict[str, Any]:
        """The first line with these fields."""
        found = [line for line in self.lines() if having.items() <= line.items()]
        assert found, having
        return found[0]


@dataclass
class Reply:
    """What came back."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    finished: bool = False

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass
class Asker:
    """Calls the edge as a server would, with every byte of the scope in the test's hands."""

    edge: Any
    host: str = "hanbit.maru.test"
    headers: dict[str, str] = field(default_factory=dict)
    client: tuple[str, int] = ("127.0.0.1", 4711)
    scheme: str = "http"

    def having(self, **headers: str) -> "Asker":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Asker(self.edge, self.host, self.headers | named, self.client, self.scheme)

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes | None = None,
        json: Any = None,
        raw: list[tuple[bytes, bytes]] | None = None,
        chunks: list[bytes] | None = None,
        leave: bool = False,
        **headers: str,
    ) -> Reply:
        named = {"host": self.host} | self.headers
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        if json is not None:
            body = orjson.dumps(json)
            named.setdefault("content-type", "application/json")
        parts = chunks if chunks is not None else [] if body is None else [body]
        if chunks is not None:
            named["transfer-encoding"] = "chunked"
        elif body is not None:
            named.setdefault("content-length", str(len(body)))
        pairs = [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": pairs + (raw or []),
            "client": self.client,
            "scheme": self.scheme,
        }
        return await _ask(self.edge, scope, parts, leave=leave)


async def _ask(edge: Any, scope: dict[str, Any], parts: list[bytes], *, leave: bool) -> Reply:
    reply, waiting = Reply(), list(parts)

    async def receive() -> dict[str, Any]:
        if waiting:
            part = waiting.pop(0)
            more = bool(waiting) or leave
            return {"type": "http.request", "body": part, "more_body": more}
        if leave:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = [(n.decode(), v.decode("latin-1")) for n, v in message["headers"]]
        else:
            reply.body += message.get("body", b"")
            reply.finished = not message.get("more_body", False)

    await edge(scope, receive, send)
    return reply


@asynccontextmanager
async def edge_of(rooms: Rooms) -> AsyncIterator[tuple[Edge, Log]]:
    """The edge of these rooms, and what it logs."""
    log = Log()
    async with serving(rooms, log.journal) as edge:
        yield edge, log
    log.journal.flush()
