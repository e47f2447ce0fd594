"""The context that plugins work with: a light view of one unit of work and one plugin's key."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from maru.access.granted import Granted, plugin_of
from maru.audit.trail import Actor
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.identity.cookies import Cookies
from maru.identity.personal import permits_all
from maru.identity.tokens import Caller
from maru.jobs.doing import Doing
from maru.observability.doing import doing, unname
from maru.observability.trace import new_trace, trace_id
from maru.observability.tracing import carried
from maru.plugins.accessing import ScopedAccess
from maru.plugins.adapters import ScopedLog, ScopedPeople, ScopedRooms, ScopedSearch, ScopedTally
from maru.plugins.computed import computed
from maru.plugins.enqueuing import ScopedJobs
from maru.plugins.filed import ScopedFiles
from maru.plugins.keeping import ScopedCache
from maru.plugins.notifying import Telling, notify
from maru.plugins.opening import opened
from maru.plugins.outward import ScopedHttp, ScopedMail
from maru.plugins.services import Services
from maru_sdk import (
    Context,
    ContextSeed,
    Event,
    Model,
    NotFound,
    Page,
    Permission,
    PermissionDenied,
    Rows,
    Settings,
    SystemFault,
    Tenant,
    User,
)
from maru_sdk.declarations import Audience, ExtensionPoint, NotificationKind, key_of
from maru_sdk.notifications import Recipients

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from maru_sdk import CursorParams, PageParams
    from maru_sdk.db import Query, Readable, TenantModel

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=Settings)
Ask = TypeVar("Ask", bound=Model)
Answer = TypeVar("Answer", bound=Model | None)
R = TypeVar("R", bound="TenantModel")

CORE = "core"
CORE_DOMAIN = "maru"


class TenantGone(NotFound):
    """The tenant that a piece of work belongs to isn't there any more."""

    code = "TENANT_NOT_FOUND"
    message = "There is no such tenant"


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """One piece of work: a request, a job, a delivery, a command. Contexts are its views."""

    services: Services
    tenant: Tenant
    user: User | None
    granted: Granted
    unit: Unit
    locale: str = "ko"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    trace: str = ""
    address: str | None = None
    agent: str | None = None
    deadline: datetime | None = None
    caller: Caller | None = None
    asked_by: UUID | None = None
    cookies: Cookies | None = None
    jar: Mapping[str, str] = field(default_factory=dict, repr=False)
    site: str = ""
    outer: "Call | None" = None
    job: Doing | None = None
    asked: set[str] = field(default_factory=set)
    _contexts: dict[str, "PluginContext"] = field(default_factory=dict, repr=False)

    @property
    def actor(self) -> UUID | None:
        """Who asked."""
        return None if self.user is None else self.user.id

    @property
    def token(self) -> UUID | None:
        """The personal access token by which this was asked, here or where the work comes from."""
        if self.caller is not None and self.caller.scopes is not None:
            return self.caller.session_id
        return self.asked_by

    @property
    def timezone(self) -> str:
        """The reader's time zone, the tenant's for nobody."""
        return (self.user or self.tenant).timezone

    def ctx(self, key: str) -> "PluginContext":
        """This work seen by a plugin, a bridge (`hr.approval`) or, as `core`, by core."""
        context = self._contexts.get(key)
        if context is None:
            context = self._contexts[key] = PluginContext(self, key)
        return context

    def seed(self, key: str) -> ContextSeed:
        """What `ctx(key)` can be built from elsewhere."""
        return ContextSeed(
            tenant=self.tenant.id,
            plugin=key,
            actor=self.actor,
            locale=self.locale,
            timezone=self.timezone,
            trace=carried(self.trace),
            deadline=self.deadline,
            token=self.token,
        )

    @asynccontextmanager
    async def apart(self, key: str) -> AsyncIterator[Context]:
        """A read-only unit of its own for this plugin."""
        async with self._another(readonly=True) as call:
            yield call.ctx(key)

    @asynccontextmanager
    async def aside(self, key: str) -> AsyncIterator[Context]:
        """A writing unit of its own for this plugin; it commits whatever becomes of this one."""
        async with self._another(readonly=False) as call:
            yield call.ctx(key)

    @asynccontextmanager
    async def keeping(self, audience: Audience, needs: Iterable[str]) -> AsyncIterator["Call"]:
        """A read-only unit for a value that is kept. One for the whole tenant knows no person and
        the named permissions alone: what they say can be part of a key."""
        whose = self.nobodys(needs) if audience == "tenant" else self
        scope = Scope(self.tenant.id, whose.actor)
        async with committing(self.services.database.unit(scope, readonly=True)) as unit:
            now = self.services.clock()
            yield replace(whose, unit=unit, now=now, deadline=None, _contexts={})

    def nobodys(self, needs: Iterable[str]) -> "Call":
        """This work without a person, with what the key of a shared value can say of their
        rights. It holds nothing of who asked, so that it can be done once more later."""
        unit = self.services.database.unit(Scope(self.tenant.id), readonly=True)
        return Call(
            services=self.services,
            tenant=self.tenant,
            user=None,
            granted=self.granted.only(needs),
            unit=unit,
            locale=self.locale,
            now=self.now,
            trace=self.trace,
            site=self.site,
        )

    def renewed(self) -> "Call":
        """The same work for a later time: the tenant as it is then. Raises TenantGone."""
        tenant = self.services.tenants.by_id(self.tenant.id)
        if tenant is None:
            raise TenantGone
        return replace(self, tenant=tenant, trace=new_trace(), _contexts={})

    @asynccontextmanager
    async def step(self, key: str, name: str) -> AsyncIterator[Context | None]:
        """A step of the job at hand for this plugin; None where it is done already. What is no
        job has nothing to record it with."""

        @asynccontextmanager
        async def opened() -> AsyncIterator[tuple[Unit, Context]]:
            async with self._another(readonly=False) as call:
                yield call.unit, call.ctx(key)

        if self.job is None:
            async with opened() as (_, own):
                yield own
            return
        async with self.job.step(name, opened) as context:
            yield context

    @asynccontextmanager
    async def _another(self, *, readonly: bool) -> AsyncIterator["Call"]:
        scope = Scope(self.tenant.id, self.actor)
        async with committing(self.services.database.unit(scope, readonly=readonly)) as unit:
            yield replace(self, unit=unit, outer=self, _contexts={})

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open here or in the work that this stands aside of."""
        return self.unit.opened or (self.outer is not None and self.outer.in_transaction)

    def t(self, text: str, **args: Any) -> str:
        """A text of core's in the reader's language."""
        return self.services.languages.translate(CORE_DOMAIN, self.locale, text, **args)

    def in_force(self, granted: Granted) -> frozenset[str]:
        """The permissions that somebody holds, without those of plugins that are off here."""
        host, gate = self.services.host, self.services.gate
        whose = {
            permission.name: installed.key for installed, permission in host.declared("permissions")
        }
        held = granted.permissions | granted.departments.keys() | granted.resources.keys()
        return frozenset(
            name
            for name in held
            if gate.on(self.tenant.id, whose.get(name, name.partition(":")[0]))
        )

    def translate(self, text: str, declaration: Any) -> str:
        """A declaration's title in the reader's language, from its plugin's catalogue."""
        return self.ctx(declaration.name.partition(".")[0]).t(text)


class PluginContext:
    """`maru_sdk.Context` for one plugin in one call."""

    __slots__ = ("_log", "call", "key", "names", "owner")

    def __init__(self, call: Call, key: str) -> None:
        self.call, self.key = call, key
        self.owner = key.partition(".")[0]
        installed = call.services.host.get(key)
        self.names = installed.names if installed is not None else self.owner
        self._log: ScopedLog | None = None

    @property
    def seed(self) -> ContextSeed:
        """See `maru_sdk.Context`, here and below."""
        return self.call.seed(self.key)

    @property
    def tenant(self) -> Tenant:
        return self.call.tenant

    @property
    def user(self) -> User | None:
        return self.call.user

    @property
    def me(self) -> User:
        if self.call.user is None:
            raise PermissionDenied
        return self.call.user

    @property
    def locale(self) -> str:
        return self.call.locale

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.call.timezone)

    @property
    def now(self) -> datetime:
        return self.call.now

    @property
    def log(self) -> ScopedLog:
        if self._log is None:
            self._log = ScopedLog(self.call, self.key)
        return self._log

    @property
    def db(self) -> "AsyncSession":
        return self.call.unit.db

    async def get(self, model: type[R], id: UUID) -> R:  # noqa: A002
        if key_of(model.__module__) != self.names:
            raise SystemFault(f"{model.__name__} is another plugin's table")
        row = await self.call.unit.get(model, id)
        if row is None:
            raise _not_found(model.__module__, model.__name__)
        return row

    async def read(self, query: "Query[M]", **args: Any) -> Rows[M]:
        return await self.call.unit.read(query.base, **query.arguments, **args)

    async def page(
        self, query: "Query[M]", params: "PageParams | CursorParams", **args: Any
    ) -> Page[M]:
        return await self.call.unit.page(query.base, params, **query.arguments, **args)

    async def open(self, column: Any, row: Any) -> Any:
        return await opened(self.call, self.names, column, row)

    def can(self, permission: Permission | str, on: Any = None) -> bool:
        if on is not None:
            self.call.asked.add(str(permission))
        return self.call.granted.can(permission, on)

    def readable(self, model: type[R], permission: Permission | str) -> "Readable":
        self.call.asked.add(str(permission))
        return self.call.granted.readable(model, str(permission))

    def has_asked(self, name: str) -> bool:
        """Whether it was asked on what this permission holds, or it holds everywhere."""
        return name in self.call.asked or self.call.granted.everywhere(name)

    def require(self, permission: Permission | str, on: Any = None) -> None:
        if not self.can(permission, on):
            raise PermissionDenied(permission=str(permission))

    async def set_private(self, on: Any, private: bool) -> None:
        resource, call = str(on.resource), self.call
        if plugin_of(resource) != self.key:
            raise PermissionDenied(resource=resource)
        actor = Actor(call.actor, self.key, call.address, call.trace)
        await call.services.rights.set_private(call.unit, resource, private, actor)

    async def is_private(self, on: Any) -> bool:
        return await self.call.services.rights.is_private(self.call.unit, str(on.resource))

    @property
    def access(self) -> ScopedAccess:
        return ScopedAccess(self.call, self.key, self.names)

    @property
    def jobs(self) -> ScopedJobs:
        return ScopedJobs(self.call, self.names)

    def step(self, name: str) -> AbstractAsyncContextManager[Context | None]:
        return self.call.step(self.key, name)

    async def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        if self.call.job is not None:
            await self.call.job.progress(done, total, note)

    async def publish(self, event: Event, *, unnamed: bool = False) -> None:
        if key_of(type(event).__module__) not in {self.names, "sdk"}:
            raise SystemFault(f"{event.name} is another plugin's event")
        call = self.call
        actor, trace = (None, "") if unnamed else (call.actor, call.trace)
        await call.services.events.publish(
            call.unit, event, tenant_id=call.tenant.id, actor=actor, trace=trace
        )

    @property
    def live(self) -> ScopedRooms:
        return ScopedRooms(self.call, self.names)

    async def audit(
        self,
        action: str,
        target: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        call = self.call
        actor = Actor(call.actor, self.owner, call.address, call.trace)
        await call.services.audit.write(
            call.unit, action, target, actor=actor, before=before, after=after
        )

    def unname(self) -> None:
        if self.call.services.tallies is None:
            raise SystemFault("what a process apart does is logged by another")
        unname()

    @property
    def cache(self) -> ScopedCache:
        return ScopedCache(self.call, self.key, self.names)

    @property
    def people(self) -> ScopedPeople:
        return ScopedPeople(self.call)

    async def settings(self, model: type[S]) -> S:
        return await self.call.services.settings_store.get(self.tenant.id, self.owner, model)

    async def collect(self, point: ExtensionPoint[Ask, Answer], ask: Ask) -> list[Answer]:
        return await self.call.services.points.collect(self.call, point, ask)

    async def decide(self, point: ExtensionPoint[Ask, Answer], ask: Ask) -> list[Answer]:
        return await self.call.services.points.decide(self.call, point, ask)

    async def choose(self, point: ExtensionPoint[Ask, Answer], offer: str, ask: Ask) -> Answer:
        return await self.call.services.points.choose(self.call, point, offer, ask)

    def aside(self) -> AbstractAsyncContextManager[Context]:
        return self.call.aside(self.key)

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        inside = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self.call.services.threads, partial(inside.run, function, *args)
        )

    @property
    def http(self) -> ScopedHttp:
        return ScopedHttp(self.call, self.owner)

    @property
    def files(self) -> ScopedFiles:
        return ScopedFiles(self.call, self.names)

    @property
    def mail(self) -> ScopedMail:
        return ScopedMail(self.call, self.owner)

    async def notify(
        self,
        kind: NotificationKind,
        ask: Model,
        *,
        to: "Recipients | UUID | Sequence[UUID]",
        key: str | None = None,
        bundle: str | None = None,
        on: Any = None,
        myself: bool = False,
    ) -> None:
        telling = Telling(to, key, bundle, on, myself)
        await notify(self.call, self.names, kind, ask, telling)

    @property
    def search(self) -> ScopedSearch:
        return ScopedSearch(self.call, self.key, self.names)

    @property
    def tally(self) -> ScopedTally:
        return ScopedTally(self.call, self.names)

    async def compute(
        self,
        function: Callable[[Ask], Answer],
        ask: Ask,
        *,
        deadline: str = "60s",
        memory: int = 512 << 20,
    ) -> Answer:
        return await computed(self.call, self.names, function, ask, deadline, memory)

    def t(self, text: str, **args: Any) -> str:
        domain = CORE_DOMAIN if self.names == CORE else self.owner
        return self.call.services.languages.translate(domain, self.locale, text, **args)


@cache
def _not_found(module: str, name: str) -> type[NotFound]:
    """`PostNotFound` with the code `BOARD_POST_NOT_FOUND`."""
    return type(f"{name}NotFound", (NotFound,), {"__module__": module})


@asynccontextmanager
async def open_call(
    services: Services, seed: ContextSeed, *, readonly: bool = False
) -> AsyncIterator[Call]:
    """A call built from a seed, anywhere; commits when left without exception."""
    tenant = services.tenants.by_id(seed.tenant)
    if tenant is None:
        raise TenantGone
    user = await services.people.user(tenant.id, seed.actor) if seed.actor else None
    granted = Granted.NOBODY
    if user is not None:
        granted = await services.rights.granted(tenant.id, user.id)
    if seed.token is not None:
        granted = await _within_token(services, seed, granted)
    scope = Scope(tenant.id, seed.actor)
    async with committing(services.database.unit(scope, readonly=readonly)) as unit:
        yield Call(
            services=services,
            tenant=tenant,
            user=user,
            granted=granted,
            unit=unit,
            locale=seed.locale,
            now=services.clock(),
            trace=trace_id(seed.trace) or doing().get("trace_id") or new_trace(),
            deadline=seed.deadline,
            asked_by=seed.token,
        )


async def _within_token(services: Services, seed: ContextSeed, granted: Granted) -> Granted:
    """The rights of work that a personal access token asked for: what it permits, and only while
    it wasn't ended; raises TokenOver."""
    assert services.sessions is not None
    assert seed.token is not None
    scopes = await services.sessions.token_scopes(seed.tenant, seed.token)
    return granted if permits_all(scopes) else granted.within(scopes)


def as_context(context: PluginContext) -> Context:
    """Holds mypy to it that PluginContext is a Context."""
    return context
