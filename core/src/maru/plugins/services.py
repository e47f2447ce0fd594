"""What contexts are made of: the parts of one process as a plugin's context needs them.

The parts stand on lower floors; these Protocols say how much of them is used here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from maru.access.grant_queries import GrantOut
from maru.access.granted import Granted
from maru.access.queries import RoleOut
from maru.access.roles import Subject
from maru.audit.trail import Actor, AuditTrail
from maru.cache import Cache
from maru.compute import Compute
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.db.unit import Unit
from maru.events.desk import EventDesk
from maru.files.shelf import Shelf
from maru.identity.people_queries import DepartmentRow, PersonRow
from maru.jobs.catalog import Catalog
from maru.jobs.desk import Desk
from maru.jobs.queue import Queue
from maru.jobs.schedule_desk import ScheduleDesk
from maru.mail.outbox import Outbox
from maru.mail.post import Post
from maru.outside import Outside
from maru.redis.tally import Tallies
from maru_sdk import Event, Model, Page, PageParams, Role, Tenant, User
from maru_sdk.declarations import NotificationKind
from maru_sdk.notifications import Recipients
from maru_sdk.search import SearchSource

if TYPE_CHECKING:
    from maru.plugins.arrivals import Arrivals
    from maru.plugins.context import Call
    from maru.plugins.gate import Gate
    from maru.plugins.points import Points
    from maru.plugins.registry import PluginHost
    from maru.plugins.settings import SettingsStore
    from maru.plugins.switchboard import Switchboard


class Directory(Protocol):
    """The tenants (`maru.tenancy.tenants.Tenants`)."""

    def by_id(self, tenant_id: UUID) -> Tenant | None: ...


class PeopleSource(Protocol):
    """The people of all tenants."""

    async def user(self, tenant_id: UUID, person_id: UUID) -> User | None: ...

    async def names(self, tenant_id: UUID, people: Sequence[UUID]) -> Mapping[UUID, str]: ...

    async def row(self, tenant_id: UUID, person_id: UUID) -> PersonRow | None: ...
    async def some(self, unit: Unit, count: int) -> Sequence[User]: ...
    async def departments(self, tenant_id: UUID) -> Sequence[DepartmentRow]: ...


class SessionEnder(Protocol):
    """The sessions in which people are signed in (`maru.identity.sessions.Sessions`)."""

    async def end_all(
        self, unit: Unit, person_id: UUID, reason: str, *, but: UUID | None = None
    ) -> None: ...

    async def token_scopes(self, tenant_id: UUID, token_id: UUID) -> frozenset[str]: ...


class Things(Protocol):
    """The rights on single things (`maru.access.things.ThingDesk`)."""

    async def given(self, unit: Unit, resource: str, page: PageParams) -> Page[GrantOut]: ...
    async def roles(self, unit: Unit) -> Sequence[RoleOut]: ...
    async def groups(self, unit: Unit) -> Mapping[UUID, str]: ...

    async def give(
        self,
        unit: Unit,
        actor: Actor,
        role: Role,
        kind: Subject,
        subject: UUID,
        resource: str,
        scope: frozenset[str] | None = None,
    ) -> None: ...

    async def take(
        self,
        unit: Unit,
        actor: Actor,
        grant: UUID,
        resource: str,
        scope: frozenset[str] | None = None,
    ) -> None: ...

    async def clear(self, unit: Unit, actor: Actor, resource: str) -> None: ...


class RightsSource(Protocol):
    """The rights of all people."""

    @property
    def things(self) -> Things: ...

    async def granted(self, tenant_id: UUID, person_id: UUID) -> Granted: ...

    async def grant_defaults(self, unit: Unit, tenant_id: UUID, roles: Iterable[Role]) -> None: ...

    async def set_private(self, unit: Unit, resource: str, private: bool, actor: Actor) -> None: ...
    async def is_private(self, unit: Unit, resource: str) -> bool: ...
    def withheld(self, tenant_id: UUID) -> frozenset[str]: ...


class EventSink(Protocol):
    """The log of events."""

    async def publish(
        self, unit: Unit, event: Event, *, tenant_id: UUID, actor: UUID | None, trace: str
    ) -> object: ...


class LiveSink(Protocol):
    """What open pages are told. `data` is the JSON of an object."""

    async def send(
        self, unit: Unit, tenant_id: UUID, room: str, event: str, data: Mapping[str, Any] | str
    ) -> None:
        """With the unit's transaction or not at all."""
        ...

    async def send_now(
        self, tenant_id: UUID, room: str, event: str, data: Mapping[str, Any] | str
    ) -> None:
        """At once, to who listens; it may be lost."""
        ...


class SearchSink(Protocol):
    """The index of what can be found."""

    async def index(
        self, call: "Call", key: str, source: SearchSource, ids: Sequence[UUID]
    ) -> None: ...

    async def leave(self, call: "Call", source: SearchSource, resource: str) -> None: ...


class NoticeSink(Protocol):
    """What tells people."""

    async def tell(
        self,
        call: "Call",
        kind: NotificationKind,
        ask: Model,
        to: Recipients,
        *,
        key: str | None,
        bundle: str | None,
        on: Any,
    ) -> None: ...


class Translator(Protocol):
    """The words of the house (`maru.web.languages.Languages`)."""

    def translate(self, domain: str, locale: str, text: str, /, **args: object) -> str: ...


class Draws(Protocol):
    """Makes HTML of templates (`maru.web.renderer.Renderer`)."""

    @property
    def mark(self) -> str: ...

    def render(
        self,
        template: str,
        context: Mapping[str, object],
        *,
        locale: str,
        zone: str = ...,
        csrf: str | None = None,
    ) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a Call hands on."""

    database: Database
    tenants: Directory
    host: "PluginHost"
    gate: "Gate"
    arrivals: "Arrivals"
    points: "Points"
    people: PeopleSource
    rights: RightsSource
    queue: Queue
    catalog: Catalog
    desk: Desk
    schedules: ScheduleDesk
    events: EventSink
    event_desk: EventDesk
    live: LiveSink
    audit: AuditTrail
    search: SearchSink
    notices: NoticeSink
    cache: Cache
    vault: Vault
    settings_store: "SettingsStore"
    switchboard: "Switchboard"
    languages: Translator
    renderer: Draws
    threads: Executor
    outside: Outside
    compute: Compute
    mail: Outbox
    post: Post
    portlet_took: Callable[[tuple[str, ...], float], None]
    clock: Callable[[], datetime]
    sessions: SessionEnder | None = None
    files: Shelf | None = None
    tallies: Tallies | None = None
