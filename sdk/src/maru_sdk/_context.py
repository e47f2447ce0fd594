"""The one object that a plugin works with, the same in a route, a page, a portlet, a job and a
listener."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, overload
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from maru_sdk._model import Model, Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from maru_sdk._cache import Cached
    from maru_sdk._encrypted import Encrypted, HasId
    from maru_sdk._events import Event
    from maru_sdk._jobs import Job, Link, Priority
    from maru_sdk._live import Rooms
    from maru_sdk._paging import CursorParams, PageParams
    from maru_sdk._permissions import Permission
    from maru_sdk._points import ExtensionPoint
    from maru_sdk._query import Page, Query, Rows
    from maru_sdk._readable import Readable
    from maru_sdk._routes import Audience
    from maru_sdk.access import Access
    from maru_sdk.db import TenantModel
    from maru_sdk.directory import Department
    from maru_sdk.files import Files
    from maru_sdk.http import Http
    from maru_sdk.mail import Mail
    from maru_sdk.notifications import NotificationKind, Recipients
    from maru_sdk.search import SearchIndex
    from maru_sdk.tally import Tally

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=Settings)
Ask = TypeVar("Ask", bound=Model)
Answer = TypeVar("Answer", bound=Model | None)
R = TypeVar("R", bound="TenantModel")
C = TypeVar("C")
E = TypeVar("E", bound=str)


class Tenant(Model):
    """The tenant that a piece of work belongs to."""

    id: UUID
    slug: str
    name: str
    locale: str = "ko"
    timezone: str = "Asia/Seoul"


class User(Model):
    """The person on whose behalf a piece of work is done."""

    id: UUID
    username: str
    name: str
    locale: str = "ko"
    timezone: str = "Asia/Seoul"
    department_id: UUID | None = None


class ContextSeed(Model):
    """All that is needed to build a Context in another place: a worker, a child process, another
    machine.

    `actor` is the person's id, absent for work that nobody asked for. `token` is the personal
    access token by which they asked, absent where they were signed in: what it permits holds in
    the other place too. `deadline` is a UTC time or absent.
    """

    tenant: UUID
    plugin: str
    actor: UUID | None = None
    locale: str = "ko"
    timezone: str = "Asia/Seoul"
    trace: str = ""
    deadline: datetime | None = None
    token: UUID | None = None


class Jobs(Protocol):
    """Puts jobs into the queue, in the transaction at hand."""

    async def enqueue(
        self,
        job: "Job",
        ask: Model | None = None,
        *,
        at: datetime | None = None,
        unique: str | None = None,
        priority: "Priority | None" = None,
        deadline: datetime | None = None,
    ) -> UUID:
        """Enqueues `job` and returns its id. `at` delays it to that time (UTC); after `deadline`
        nobody wants it any more: it isn't begun, a run is ended, and it is dead.

        While a job of this kind with the same `unique` waits, no second one is made: the waiting
        one's id is returned. What it is asked is at most 1 MB of JSON; InvalidInput names the field
        that can't be kept.
        """
        ...

    async def enqueue_many(
        self,
        job: "Job",
        asks: "Sequence[Model | None]",
        *,
        at: datetime | None = None,
        priority: "Priority | None" = None,
        deadline: datetime | None = None,
    ) -> list[UUID]:
        """Enqueues a job for each of `asks`, in one statement, and returns their ids in order."""
        ...

    async def chain(
        self,
        links: "Sequence[Link]",
        *,
        at: datetime | None = None,
        deadline: datetime | None = None,
    ) -> list[UUID]:
        """Enqueues jobs of which each begins when the one before is done:
        `chain([(fetch, Fetch(...)), index])`. Their ids in order.

        While one is dead or parked, those behind it are held until it is sent again and done;
        where one is cancelled, those behind it are too.
        """
        ...

    async def group(
        self,
        members: "Sequence[Link]",
        then: "Link | None" = None,
        *,
        at: datetime | None = None,
        deadline: datetime | None = None,
    ) -> list[UUID]:
        """Enqueues jobs that run side by side, and `then`, which runs once, when all of them are
        done. The members' ids in order, then that of `then`.

        While a member is dead or parked, `then` is held; where one is cancelled, `then` is too,
        and the other members go on.
        """
        ...

    async def cancel(self, job_id: UUID) -> None:
        """Cancels a job of this plugin that isn't over: one that waits never runs, one that runs is
        stopped within seconds and its effect rolled back. Raises Conflict where it is over."""
        ...


class Cache(Protocol):
    """What is computed once and kept for a while, per tenant and plugin."""

    async def get_or(
        self,
        key: str,
        ttl: str,
        make: Callable[[], Awaitable[M]],
        model: type[M],
        *,
        tags: Sequence[str] = (),
        audience: "Audience" = "tenant",
    ) -> M:
        """The kept value of `key`, else `make()`'s, which one caller computes at a time. `ttl` as
        `"30s"`.

        `cached` is the safer way: nothing keeps `make` from looking at the person, and what it
        reads in a transaction that has begun is answered and not kept. `key` begins with the word
        that hits are counted under (`"stats:2026"`). With `audience="user"` the value is the
        person's, in this process alone. A raised NotFound is kept for ten seconds at most.
        InvalidInput for a bad key or tag.
        """
        ...

    async def drop(self, *tags: str) -> None:
        """After the commit, every process forgets what carries one of these tags: at once where
        Redis is there, else within 2 s. InvalidInput for a bad tag."""
        ...

    async def through(self, function: "Cached[Any, C]", given: Mapping[str, Any]) -> "C":
        """What calling a `cached` function does; plugins call the function."""
        ...


class People(Protocol):
    """The tenant's people, read through core's cache."""

    async def get(self, person: UUID) -> User | None:
        """One person, or None where the tenant has none such."""
        ...

    async def names(self, people: Sequence[UUID]) -> Mapping[UUID, str]:
        """The names of these people; unknown ids are left out."""
        ...

    async def departments(self) -> "Sequence[Department]":
        """All departments, in their order."""
        ...

    async def some(self, count: int) -> Sequence[User]:
        """Up to `count` of the tenant's active people, ordered by username: for demos and
        samples."""
        ...


class Log(Protocol):
    """A structured log; core adds trace, tenant, user and plugin."""

    def debug(self, message: str, **fields: Any) -> None:
        """For whoever looks for a fault."""
        ...

    def info(self, message: str, **fields: Any) -> None:
        """Something worth knowing happened."""
        ...

    def warning(self, message: str, **fields: Any) -> None:
        """Something went wrong that the plugin copes with."""
        ...

    def error(self, message: str, **fields: Any) -> None:
        """Something went wrong that an operator should mend."""
        ...


class Context(Protocol):
    """A unit of work seen by one plugin. Scoped to this plugin and tenant: nothing here reaches
    another tenant.

    Never keep one beyond the call that it came with.
    """

    @property
    def seed(self) -> ContextSeed:
        """What this context can be built from elsewhere."""
        ...

    @property
    def tenant(self) -> Tenant:
        """The tenant at hand."""
        ...

    @property
    def user(self) -> User | None:
        """Who asked; None for anonymous requests and work that nobody asked for."""
        ...

    @property
    def me(self) -> User:
        """Who asked, for places that only signed-in people reach; raises PermissionDenied without
        one."""
        ...

    @property
    def locale(self) -> str:
        """The reader's language, `ko` or `en`."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """The reader's time zone."""
        ...

    @property
    def now(self) -> datetime:
        """The present time in UTC, the same throughout this unit of work."""
        ...

    @property
    def log(self) -> Log:
        """The log."""
        ...

    @property
    def db(self) -> "AsyncSession":
        """The request's one transaction, opened at first use. Core commits it; there's no commit
        here.

        In portlets and collect points it is read-only. After the answer has started it refuses.
        """
        ...

    async def get(self, model: "type[R]", id: UUID) -> "R":  # noqa: A002
        """The row of this plugin with this id; raises NotFound (`BOARD_POST_NOT_FOUND` for
        `Post`)."""
        ...

    async def read(self, query: "Query[M]", **args: Any) -> "Rows[M]":
        """Runs a query of `queries.py` in one round trip, under the same row-level security; sees
        own writes."""
        ...

    async def page(
        self, query: "Query[M]", params: "PageParams | CursorParams", **args: Any
    ) -> "Page[M]":
        """Like `read`, one page of it; the answer carries the envelope's `pagination`."""
        ...

    @overload
    async def open(self, column: "Encrypted[E]", row: "HasId") -> "E": ...
    @overload
    async def open(self, column: "Encrypted[E] | None", row: "HasId") -> "E | None": ...
    async def open(self, column: Any, row: Any) -> Any:
        """The text of an encrypted column of this plugin: `await ctx.open(Employee.number, row)`.

        `row` is the model's, or a list's with `id` and a field of the column's name. SystemFault
        (`SECRET_UNREADABLE`) where it was changed or comes from another row.
        """
        ...

    def can(self, permission: "Permission | str", on: Any = None) -> bool:
        """Whether the person may, without a query; False for nobody. `on` offers `resource`,
        and `department` or `department_id`."""
        ...

    def readable(self, model: "type[TenantModel]", permission: "Permission | str") -> "Readable":
        """The rows of `model` on which the person holds `permission`, without a query: those that
        `can(permission, on=row)` is true of. The model has a `resource` (see
        `maru_sdk.db.Resource`), a `department_id`, or both:
        `ctx.page(BOARDS.within(ctx.readable(Board, READ)), page)`."""
        ...

    def require(self, permission: "Permission | str", on: Any = None) -> None:
        """Raises PermissionDenied where `can` is False."""
        ...

    async def set_private(self, on: Any, private: bool) -> None:
        """Has a thing of this plugin's be open to those alone whom a grant names it to, and to
        administrators; what people hold everywhere or for a department doesn't reach it then.
        `on` offers `resource`. Who may do that is for the plugin to ask."""
        ...

    async def is_private(self, on: Any) -> bool:
        """Whether a thing is."""
        ...

    @property
    def access(self) -> "Access":
        """Who may do what with single things of this plugin's."""
        ...

    @property
    def jobs(self) -> Jobs:
        """The queue."""
        ...

    def step(self, name: str) -> "AbstractAsyncContextManager[Context | None]":
        """One transaction of a long job, recorded under `name` with the job:
        `async with ctx.step("chunk:17") as fresh:`.

        `fresh` is a context of that transaction, which commits when left without exception, or
        None where an earlier run of this job has committed the step. Elsewhere than in a job
        nothing is recorded, so it is always fresh.
        """
        ...

    async def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        """Says how far this job is. Everyone who may see the job sees it at once, whatever becomes
        of the run; of many calls a second some are left out, never the last. Elsewhere than in a
        job it does nothing."""
        ...

    async def publish(self, event: "Event", *, unnamed: bool = False) -> None:
        """Writes the event to the log, in the transaction at hand; listeners hear of it after the
        commit, on behalf of the person at hand. With `unnamed` nobody learns from the log who that
        was: for what happens anonymously."""
        ...

    @property
    def live(self) -> "Rooms":
        """The rooms that open pages listen to."""
        ...

    async def audit(
        self,
        action: str,
        target: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes a line to the audit trail, in the transaction at hand: who, when and from where
        are core's, what goes by a secret's name is masked.

        An action that ends in `.viewed` or `.exported` tells that personal data was seen, and its
        line is kept for two years; of the same view by the same person only the first in ten
        minutes is written.
        """
        ...

    def unname(self) -> None:
        """Has the log say neither who asked for this piece of work nor from where, from now on: for
        what people do anonymously. The audit trail still names who acts. SystemFault for an
        isolated plugin, whose requests another process logs."""
        ...

    @property
    def cache(self) -> Cache:
        """The cache."""
        ...

    @property
    def people(self) -> People:
        """The tenant's people."""
        ...

    async def settings(self, model: type[S]) -> S:
        """The plugin's settings in this tenant, defaults where nothing is set."""
        ...

    async def collect(self, point: "ExtensionPoint[Ask, Answer]", ask: Ask) -> list[Answer]:
        """The answers of all plugins that fill this collect point and are on; failures are left
        out."""
        ...

    async def decide(self, point: "ExtensionPoint[Ask, Answer]", ask: Ask) -> list[Answer]:
        """The answers of all plugins that fill this decide point; the first exception is the
        caller's."""
        ...

    async def choose(self, point: "ExtensionPoint[Ask, Answer]", offer: str, ask: Ask) -> Answer:
        """The answer of the plugin that made this offer; NotFound where there is none."""
        ...

    def aside(self) -> "AbstractAsyncContextManager[Context]":
        """A unit of its own for what must outlast a refused request; commits when left without
        exception."""
        ...

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Runs a blocking function in a bounded pool of threads."""
        ...

    @property
    def http(self) -> "Http":
        """Calls to other machines; the only way out."""
        ...

    @property
    def files(self) -> "Files":
        """The files of this plugin's things."""
        ...

    @property
    def mail(self) -> "Mail":
        """Mail."""
        ...

    async def notify(
        self,
        kind: "NotificationKind",
        ask: Model,
        *,
        to: "Recipients | UUID | Sequence[UUID]",
        key: str | None = None,
        bundle: str | None = None,
        on: Any = None,
        myself: bool = False,
    ) -> None:
        """Tells people, in the transaction at hand: `await ctx.notify(commented, Commented(...),
        to=post.author_id, key=f"comment:{comment.id}", bundle=f"post:{post.id}", on=post)`.

        Nobody is told the same twice: same `kind` and same `key` (up to 200 characters) are the
        same. Unread ones of a kind with the same `bundle` become one, which counts them. `to` are
        people's ids or `Recipients`; of those, who is gone, who doesn't hold the kind's `needs`
        on `on`, and, without `myself`, who acts isn't told. Up to 100 people see it with the
        commit; departments, roles, everyone and more people are told by a job that leaves with
        the transaction. Where the plugin is off nothing is told.
        """
        ...

    @property
    def search(self) -> "SearchIndex":
        """What search can find of this plugin's."""
        ...

    @property
    def tally(self) -> "Tally":
        """Counters for what happens too often to write each time."""
        ...

    async def compute(
        self,
        function: Callable[[Ask], Answer],
        ask: Ask,
        *,
        deadline: str = "60s",
        memory: int = 512 << 20,
    ) -> Answer:
        """Runs a plain function of this plugin's, model in and model out, in a process of its own.

        For what takes the processor: parsers, PDF, arithmetic over many rows. It gets no `ctx`, no
        settings and no network; write what it answers in the transaction at hand. It is killed at
        the deadline, when it wants more than `memory` bytes, and when the caller is cancelled;
        that, a crash or an exit is one of the errors of `maru_sdk.compute`. A MaruError that it
        raises arrives as itself. Few run at once; waiting for one's turn counts.
        """
        ...

    def t(self, text: str, **args: Any) -> str:
        """`text` in the reader's language, from the plugin's catalogue, `{name}` filled from
        `args`."""
        ...
