"""What contexts are made of: the parts of one process as a plugin's context needs them.

The parts stand on lower floors; these Protocols say how much of them is used here.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel

from maru_sdk import Event, Page, Permission, Rows, Tenant, User

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from maru.plugins.gate import Gate
    from maru.plugins.points import Points
    from maru.plugins.registry import PluginHost
    from maru.plugins.settings import SettingsStore
    from maru_sdk import CursorParams, PageParams
    from maru_sdk._jobs import Job
    from maru_sdk._query import Query

M = TypeVar("M", bound=BaseModel)


class UnitOfWork(Protocol):
    """One transaction, opened at first use (`maru.db.unit.Unit`)."""

    @property
    def session(self) -> "AsyncSession": ...

    @property
    def closed(self) -> bool: ...

    def on_commit(self, act: Callable[[], Awaitable[None]]) -> None: ...

    async def read(self, query: "Query[M]", **args: Any) -> Rows[M]: ...

    async def page(
        self, query: "Query[M]", params: "PageParams | CursorParams", **args: Any
    ) -> Page[M]: ...


class OpenUnit(Protocol):
    """Opens a unit; left without exception it commits, else it rolls back."""

    def __call__(
        self, tenant: UUID, person: UUID | None, *, readonly: bool, timeout: float | None
    ) -> AbstractAsyncContextManager[UnitOfWork]: ...


class Directory(Protocol):
    """The tenants (`maru.tenancy.tenants.Tenants`)."""

    def by_id(self, tenant_id: UUID) -> Tenant | None: ...


class PeopleSource(Protocol):
    """The people of all tenants."""

    async def user(self, tenant_id: UUID, person_id: UUID) -> User | None: ...

    async def names(self, tenant_id: UUID, people: Sequence[UUID]) -> Mapping[UUID, str]: ...


class GrantedRights(Protocol):
    """What one person may do (`maru.access.granted.Granted`)."""

    def can(self, permission: Permission | str, on: Any = None) -> bool: ...


class RightsSource(Protocol):
    """The rights of all people."""

    async def granted(self, tenant_id: UUID, person_id: UUID | None) -> GrantedRights: ...


class JobQueue(Protocol):
    """The queue of all tenants."""

    async def enqueue(
        self,
        unit: Any,
        tenant_id: UUID,
        job: "Job",
        ask: str | None,
        *,
        actor: UUID | None,
        at: datetime | None,
        unique: str | None,
        trace: str,
    ) -> UUID: ...


class EventSink(Protocol):
    """The log of events."""

    async def publish(
        self, unit: Any, event: Event, *, tenant_id: UUID, actor: UUID | None, trace: str
    ) -> None: ...


class AuditSink(Protocol):
    """The audit trail."""

    async def write(self, unit: Any, **line: Any) -> None: ...


class CacheStore(Protocol):
    """The cache of all tenants."""

    async def get_or(
        self,
        slot: Any,
        ttl: timedelta,
        make: Callable[[], Awaitable[bytes]],
        tags: Sequence[str] = (),
        *,
        shared: bool = False,
    ) -> bytes: ...

    async def drop(self, unit: Any, tenant_id: UUID | None, tags: Sequence[str]) -> None: ...


class Translator(Protocol):
    """The words of the house (`maru.web.languages.Languages`)."""

    def translate(self, domain: str, locale: str, text: str, /, **args: object) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a Call hands on."""

    open_unit: OpenUnit
    tenants: Directory
    host: "PluginHost"
    gate: "Gate"
    points: "Points"
    people: PeopleSource
    rights: RightsSource
    queue: JobQueue
    events: EventSink
    audit: AuditSink
    cache: CacheStore
    settings_store: "SettingsStore"
    languages: Translator
    threads: Executor
    clock: Callable[[], datetime]
