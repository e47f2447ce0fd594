"""Puts jobs into the table, in the transaction of whoever asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from maru.db.unit import Unit
from maru.jobs.catalog import PRIORITIES
from maru.jobs.payload import Payload, checked
from maru.jobs.queries import ENQUEUE, ENQUEUE_LINKED, ENQUEUE_UNIQUE
from maru.observability.trace import trace_id
from maru.observability.tracing import carried
from maru.signals import Signals
from maru_sdk import ContextSeed, InvalidInput, Model
from maru_sdk.db import uuid7
from maru_sdk.declarations import Job, Priority

CHANNEL = "job"
LONGEST_KEY = 200
MOST_LINKED = 10_000

Ask = Model | str | bytes | None
"""What a job is asked: its model, that model's JSON, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """On whose behalf jobs are put into the queue."""

    tenant: UUID
    actor: UUID | None = None
    trace: str = ""
    locale: str = "ko"
    timezone: str = "Asia/Seoul"
    token: UUID | None = None

    def seed(self, job: Job) -> ContextSeed:
        """What a context for this job is built from."""
        return ContextSeed(
            tenant=self.tenant,
            plugin=job.name.partition(".")[0],
            actor=self.actor,
            locale=self.locale,
            timezone=self.timezone,
            trace=carried(self.trace),
            token=self.token,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When and how jobs are to be run; what isn't said is the job's own."""

    at: datetime | None = None
    unique: str | None = None
    priority: Priority | None = None
    deadline: datetime | None = None

    def checked(self, job: Job) -> "Terms":
        """Themselves; InvalidInput where they can't be met."""
        for name, moment in (("at", self.at), ("deadline", self.deadline)):
            if moment is not None and moment.tzinfo is None:
                raise InvalidInput(f"{job.name}: {name} needs a time zone")
        if self.deadline is not None and self.deadline <= max(self.at or _now(), _now()):
            raise InvalidInput(f"{job.name}: the deadline is over before it may begin")
        if self.priority is not None and self.priority not in PRIORITIES:
            raise InvalidInput(f"{job.name}: there is no priority {self.priority}")
        if self.unique is not None:
            _check_key(job, self.unique)
        return self


class Queue:
    """The queue of all tenants. A rolled-back unit enqueues nothing."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    def nudge(self, unit: Unit, channel: str = CHANNEL) -> None:
        """After the unit's commit, wake whoever does what it has written."""
        self._signals.nudge_after(unit, channel)

    async def enqueue(
        self,
        unit: Unit,
        tenant_id: UUID,
        job: Job,
        ask: Ask,
        *,
        actor: UUID | None = None,
        at: datetime | None = None,
        unique: str | None = None,
        priority: Priority | None = None,
        deadline: datetime | None = None,
        trace: str = "",
        locale: str = "ko",
        timezone: str = "Asia/Seoul",
    ) -> UUID:
        """Enqueue one job and return its id.

        Where one with the same `unique` waits, that one's id: it will see what this unit writes,
        since its row stays locked until the commit.
        """
        asker = Asker(tenant=tenant_id, actor=actor, trace=trace, locale=locale, timezone=timezone)
        terms = Terms(at=at, unique=unique, priority=priority, deadline=deadline)
        return (await self.put(unit, asker, job, [ask], terms))[0]

    async def enqueue_many(
        self,
        unit: Unit,
        tenant_id: UUID,
        job: Job,
        asks: Sequence[Ask],
        *,
        actor: UUID | None = None,
        at: datetime | None = None,
        trace: str = "",
        locale: str = "ko",
        timezone: str = "Asia/Seoul",
    ) -> list[UUID]:
        """Enqueue many jobs of one kind in one statement."""
        asker = Asker(tenant=tenant_id, actor=actor, trace=trace, locale=locale, timezone=timezone)
        return await self.put(unit, asker, job, asks, Terms(at=at))

    async def put(
        self, unit: Unit, asker: Asker, job: Job, asks: Sequence[Ask], terms: Terms
    ) -> list[UUID]:
        """Enqueue jobs of one kind on the same terms, in one statement."""
        terms.checked(job)
        rows = [(uuid7(), checked(job.name, ask)) for ask in asks]
        if not rows:
            return []
        values = _values(asker, job, terms)
        values |= {
            "ids": [job_id for job_id, _ in rows],
            "asks": [payload.json for _, payload in rows],
        }
        statement = ENQUEUE if terms.unique is None else ENQUEUE_UNIQUE
        found = await (await unit.session()).execute(statement, values)
        self._signals.nudge_after(unit, CHANNEL)
        return values["ids"] if terms.unique is None else list(found.scalars())

    async def chain(
        self, unit: Unit, asker: Asker, links: Sequence[tuple[Job, Ask]], terms: Terms
    ) -> list[UUID]:
        """Enqueue jobs of which each waits until the one before is done."""
        if not links:
            raise InvalidInput("a chain needs at least one job")
        ids = [uuid7() for _ in links]
        following = [*ids[1:], None]
        rows = [
            _linked(asker, one, job_id, then, awaits=int(number > 0))
            for number, (one, job_id, then) in enumerate(zip(links, ids, following, strict=True))
        ]
        await self._put_linked(unit, asker, rows, terms, links)
        return ids

    async def group(
        self,
        unit: Unit,
        asker: Asker,
        members: Sequence[tuple[Job, Ask]],
        then: tuple[Job, Ask] | None,
        terms: Terms,
    ) -> list[UUID]:
        """Enqueue jobs side by side, and one that waits until all of them are done."""
        if not members:
            raise InvalidInput("a group needs at least one job")
        last = None if then is None else uuid7()
        ids = [uuid7() for _ in members]
        rows = [
            _linked(asker, one, job_id, last, awaits=0)
            for one, job_id in zip(members, ids, strict=True)
        ]
        if then is not None and last is not None:
            rows.append(_linked(asker, then, last, None, awaits=len(members)))
            ids.append(last)
        await self._put_linked(unit, asker, rows, terms, members)
        return ids

    async def _put_linked(
        self,
        unit: Unit,
        asker: Asker,
        rows: list[dict[str, Any]],
        terms: Terms,
        links: Sequence[tuple[Job, Ask]],
    ) -> None:
        if len(rows) > MOST_LINKED:
            raise InvalidInput(f"at most {MOST_LINKED:,} jobs can be linked")
        for job, _ in links:
            terms.checked(job)
        values = {
            "tenant": asker.tenant,
            "due": terms.at,
            "not_after": terms.deadline,
            "actor": asker.actor,
            "trace": trace_id(asker.trace),
            "rows": rows,
        }
        await (await unit.session()).execute(ENQUEUE_LINKED, values)
        self._signals.nudge_after(unit, CHANNEL)


def _values(asker: Asker, job: Job, terms: Terms) -> dict[str, Any]:
    return {
        "tenant": asker.tenant,
        "kind": job.name,
        "plugin": job.name.partition(".")[0],
        "seed": asker.seed(job).model_dump(mode="json"),
        "priority": PRIORITIES[terms.priority or job.priority],
        "due": terms.at,
        "not_after": terms.deadline,
        "unique_key": None if terms.unique is None else f"{job.name}:{terms.unique}",
        "max_tries": job.tries,
        "actor": asker.actor,
        "trace": trace_id(asker.trace),
    }


def _linked(
    asker: Asker, link: tuple[Job, Ask], job_id: UUID, then: UUID | None, *, awaits: int
) -> dict[str, Any]:
    job, ask = link
    payload: Payload = checked(job.name, ask)
    return {
        "id": str(job_id),
        "kind": job.name,
        "plugin": job.name.partition(".")[0],
        "payload": payload.value,
        "seed": orjson.loads(asker.seed(job).model_dump_json()),
        "priority": PRIORITIES[job.priority],
        "state": "held" if awaits else "waiting",
        "max_tries": job.tries,
        "then_id": None if then is None else str(then),
        "awaits": awaits,
    }


def _check_key(job: Job, key: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY or "\x00" in key:
        raise InvalidInput(f"{job.name}: a unique key has 1 to {LONGEST_KEY} characters")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"{job.name}: the unique key is no text") from None


def _now() -> datetime:
    return datetime.now(UTC)
