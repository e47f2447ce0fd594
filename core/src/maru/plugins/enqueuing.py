"""The queue's face for one plugin in one unit of work."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from maru.jobs.catalog import asked
from maru.jobs.errors import PayloadRefused
from maru.jobs.queue import Ask, Asker, Terms
from maru_sdk import Model, SystemFault
from maru_sdk.declarations import Job, Link, Priority

if TYPE_CHECKING:
    from maru.plugins.context import Call


class ScopedJobs:
    """Puts this plugin's jobs into the queue."""

    def __init__(self, call: "Call", names: str) -> None:
        self._call, self._names = call, names

    async def enqueue(
        self,
        job: Job,
        ask: Model | None = None,
        *,
        at: datetime | None = None,
        unique: str | None = None,
        priority: Priority | None = None,
        deadline: datetime | None = None,
    ) -> UUID:
        """See `maru_sdk` Jobs, here and below."""
        terms = Terms(at=at, unique=unique, priority=priority, deadline=deadline)
        return (await self._put(job, [ask], terms))[0]

    async def enqueue_many(
        self,
        job: Job,
        asks: Sequence[Model | None],
        *,
        at: datetime | None = None,
        priority: Priority | None = None,
        deadline: datetime | None = None,
    ) -> list[UUID]:
        return await self._put(job, asks, Terms(at=at, priority=priority, deadline=deadline))

    async def chain(
        self,
        links: Sequence[Link],
        *,
        at: datetime | None = None,
        deadline: datetime | None = None,
    ) -> list[UUID]:
        queue, terms = self._call.services.queue, Terms(at=at, deadline=deadline)
        pairs = [self._checked(link) for link in links]
        return await queue.chain(self._call.unit, self._asker, pairs, terms)

    async def group(
        self,
        members: Sequence[Link],
        then: Link | None = None,
        *,
        at: datetime | None = None,
        deadline: datetime | None = None,
    ) -> list[UUID]:
        queue, terms = self._call.services.queue, Terms(at=at, deadline=deadline)
        pairs = [self._checked(link) for link in members]
        last = None if then is None else self._checked(then)
        return await queue.group(self._call.unit, self._asker, pairs, last, terms)

    async def cancel(self, job_id: UUID) -> None:
        await self._call.services.desk.cancel(self._call.unit, job_id, plugin=self._names)

    async def _put(self, job: Job, asks: Sequence[Model | None], terms: Terms) -> list[UUID]:
        pairs = [self._checked((job, ask)) for ask in asks]
        queue = self._call.services.queue
        found = [ask for _, ask in pairs]
        return await queue.put(self._call.unit, self._asker, job, found, terms)

    @property
    def _asker(self) -> Asker:
        call = self._call
        return Asker(
            tenant=call.tenant.id,
            actor=call.actor,
            trace=call.trace,
            locale=call.locale,
            timezone=call.timezone,
            token=call.token,
        )

    def _checked(self, link: Link) -> tuple[Job, Ask]:
        """A job of this plugin with what it is asked, which must be what it takes."""
        job, ask = link if isinstance(link, tuple) else (link, None)
        if self._call.services.host.find("jobs", job.name) is None:
            raise SystemFault(f"{job.name} is not in jobs of its plugin")
        if job.name.partition(".")[0] != self._names:
            raise SystemFault(f"{job.name} is another plugin's job; publish an event instead")
        wanted = asked(job.function)
        if ask is not None and not isinstance(ask, wanted or Model):
            takes = "nothing" if wanted is None else wanted.__name__
            reason = f"it takes {takes}, not {type(ask).__name__}"
            fields = [{"path": "", "code": "model", "message": reason}]
            raise PayloadRefused(kind=job.name, reason=reason, fields=fields)
        return job, ask
