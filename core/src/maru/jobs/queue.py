"""Puts jobs into the table, in the transaction of whoever asks for them."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from maru.db.unit import Unit
from maru.jobs.catalog import PRIORITIES
from maru.jobs.queries import ENQUEUE
from maru.observability.trace import trace_id
from maru.observability.tracing import carried
from maru.signals import Signals
from maru_sdk import ContextSeed, InvalidInput
from maru_sdk.db import uuid7
from maru_sdk.declarations import Job

CHANNEL = "job"
LARGEST = 1_000_000
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Queue:
    """The queue of all tenants. A rolled-back unit enqueues nothing."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    async def enqueue(
        self,
        unit: Unit,
        tenant_id: UUID,
        job: Job,
        ask: str | bytes | None,
        *,
        actor: UUID | None = None,
        at: datetime | None = None,
        unique: str | None = None,
        trace: str = "",
        locale: str = "ko",
        timezone: str = "Asia/Seoul",
    ) -> UUID:
        """Enqueue one job and return its id; `ask` is the model's JSON.

        Where one with the same `unique` waits, that one's id: it will see what this unit writes,
        since its row stays locked until the commit.
        """
        seed = _seed(tenant_id, job, actor, locale, timezone, trace)
        key = None if unique is None else f"{job.name}:{unique}"
        return (await self._insert(unit, seed, job, [ask], at, key))[0]

    async def enqueue_many(
        self,
        unit: Unit,
        tenant_id: UUID,
        job: Job,
        asks: Sequence[str | bytes | None],
        *,
        actor: UUID | None = None,
        at: datetime | None = None,
        trace: str = "",
        locale: str = "ko",
        timezone: str = "Asia/Seoul",
    ) -> list[UUID]:
        """Enqueue many jobs of one kind in one statement."""
        seed = _seed(tenant_id, job, actor, locale, timezone, trace)
        return await self._insert(unit, seed, job, asks, at, None)

    async def _insert(
        self,
        unit: Unit,
        seed: ContextSeed,
        job: Job,
        asks: Sequence[str | bytes | None],
        at: datetime | None,
        unique_key: str | None,
    ) -> list[UUID]:
        rows = [{"id": str(uuid7()), "ask": _checked(job, ask)} for ask in asks]
        session = await unit.session()
        found = await session.execute(
            ENQUEUE,
            {
                "tenant": seed.tenant,
                "kind": job.name,
                "plugin": seed.plugin,
                "seed": seed.model_dump(mode="json"),
                "priority": PRIORITIES[job.priority],
                "due": at,
                "unique_key": unique_key,
                "max_tries": job.tries,
                "actor": seed.actor,
                "trace": trace_id(seed.trace),
                "rows": rows,
            },
        )
        ids = list(found.scalars())
        self._signals.nudge_after(unit, CHANNEL)
        return ids


def _seed(
    tenant_id: UUID, job: Job, actor: UUID | None, locale: str, timezone: str, trace: str
) -> ContextSeed:
    return ContextSeed(
        tenant=tenant_id,
        plugin=job.name.partition(".")[0],
        actor=actor,
        locale=locale,
        timezone=timezone,
        trace=carried(trace),
    )


def _checked(job: Job, ask: str | bytes | None) -> Any:
    if ask is None:
        return {}
    if len(ask) > LARGEST:
        raise InvalidInput(f"{job.name}: what it is asked is larger than {LARGEST} bytes")
    if _NUL.search(ask if isinstance(ask, str) else ask.decode()):
        raise InvalidInput(f"{job.name}: text holds a NUL character")
    return orjson.loads(ask)
