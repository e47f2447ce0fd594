"""A run's rows: taken, kept and finished, many in one statement where that can be.

A no-op job is mostly rows and round trips. What is started comes in bundles; what ends without a
transaction of its own is finished together with whatever else ends at that moment.
"""

import asyncio
import json
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from maru.db.database import Database
from maru.db.scope import NOBODY, Scope
from maru.db.unit import committing
from maru.jobs.payload import Payload
from maru.jobs.queries import FINISH_MANY, RENEW, SETTLE, START
from maru_sdk import ContextSeed

log = logging.getLogger(__name__)

MOST = 500
SETTLE_TRIES = 5
AWAY = (SQLAlchemyError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Asked:
    """A job that a message asks to be run; without `message` whoever waits is taken."""

    tenant_id: UUID
    job_id: UUID
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one job."""

    tenant_id: UUID
    job_id: UUID
    token: str
    kind: str
    payload: dict[str, Any]
    seed: ContextSeed
    tries: int
    max_tries: int
    deaths: int
    created_at: datetime
    not_after: datetime | None = None
    expired: bool = False
    suspended: bool = False

    @property
    def left(self) -> float | None:
        """Seconds until nobody wants it any more; None for ever."""
        if self.not_after is None:
            return None
        return max(0.0, (self.not_after - datetime.now(UTC)).total_seconds())


@dataclass(frozen=True, slots=True)
class _Ending:
    run: Run
    result: Payload | None
    told: "asyncio.Future[bool]" = field(compare=False)


class Rows:
    """The rows of one worker's runs, as `maru_app`, each in its tenant's scope."""

    def __init__(self, database: Database, lease: float) -> None:
        self._database = database
        self._lease = lease
        self._ending: list[_Ending] = []
        self._writing: asyncio.Task[None] | None = None

    async def start(self, asked: Iterable[Asked]) -> list[Run]:
        """Take those that wait, are due and aren't somebody else's."""
        given = list(asked)
        values = {
            "tenants": [one.tenant_id for one in given],
            "jobs": [one.job_id for one in given],
            "runs": [uuid4().hex for _ in given],
            "messages": [one.message for one in given],
            "lease": self._lease,
        }
        # Should a crash undo it, the token isn't in the row, so the run can finish nothing.
        async with committing(self._database.unit(NOBODY, durable=False)) as unit:
            session = await unit.session()
            found = await session.execute(START, values)
            rows = found.all()
        return [_run(row) for row in rows]

    async def finish(self, run: Run, result: Payload | None) -> bool:
        """Write "done" of a run that has no transaction, with all that end at this moment; False
        where the row was lost."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[bool] = loop.create_future()
        self._ending.append(_Ending(run, result, told))
        if self._writing is None or self._writing.done():
            self._writing = loop.create_task(self._write_all())
        return await told

    async def _write_all(self) -> None:
        await asyncio.sleep(0)  # what ends in this turn of the loop comes along
        while self._ending:
            batch, self._ending = self._ending[:MOST], self._ending[MOST:]
            await self._write(batch)

    async def _write(self, batch: Sequence[_Ending]) -> None:
        try:
            done = await self._finish_many(batch)
        except AWAY as error:
            if isinstance(error, DBAPIError) and len(batch) > 1:
                for one in batch:  # one row that PostgreSQL refuses must not cost the others
                    await self._write([one])
            else:
                _tell(batch, error)
        except BaseException as error:
            _tell(batch, error)
            raise
        else:
            _tell(batch, done)

    async def _finish_many(self, batch: Sequence[_Ending]) -> frozenset[UUID]:
        values = {
            "tenants": [one.run.tenant_id for one in batch],
            "jobs": [one.run.job_id for one in batch],
            "runs": [one.run.token for one in batch],
            "results": [None if one.result is None else one.result.json for one in batch],
        }
        async with committing(self._database.unit(NOBODY)) as unit:
            found = await (await unit.session()).execute(FINISH_MANY, values)
            return frozenset(found.scalars())

    async def renew(self, runs: Collection[Run]) -> list[Run]:
        """Keep these a while longer; those that are lost. While PostgreSQL is away none is known
        to be."""
        lost: list[Run] = []
        by_tenant = sorted(runs, key=lambda run: run.tenant_id)
        for tenant_id, group in groupby(by_tenant, key=lambda run: run.tenant_id):
            mine = list(group)
            try:
                kept = await self._renew(tenant_id, mine)
            except AWAY as error:
                log.warning("can't renew the lease of %d jobs: %s", len(mine), error)
            else:
                lost += [run for run in mine if run.token not in kept]
        return lost

    async def _renew(self, tenant_id: UUID, runs: Sequence[Run]) -> frozenset[str]:
        values = {
            "ids": [run.job_id for run in runs],
            "runs": [run.token for run in runs],
            "lease": self._lease,
        }
        async with committing(self._database.unit(Scope(tenant_id), durable=False)) as unit:
            found = await (await unit.session()).execute(RENEW, values)
            return frozenset(found.scalars())

    async def settle(
        self,
        run: Run,
        state: str,
        error: str | None,
        *,
        again: float = 0,
        counted: int = 0,
        deaths: int = 0,
    ) -> None:
        """Write what became of a run in a unit of its own; PostgreSQL may be restarting."""
        values = {
            "id": run.job_id,
            "run": run.token,
            "state": state,
            "error": error,
            "again": again,
            "counted": counted,
            "deaths": deaths,
            "over": state in ("dead", "cancelled"),
        }
        for attempt in range(SETTLE_TRIES):
            if await self._settled(run, values):
                return
            await asyncio.sleep(0.2 * 2**attempt)
        log.error("job %s %s: what became of it can't be written", run.kind, run.job_id)

    async def _settled(self, run: Run, values: dict[str, Any]) -> bool:
        try:
            async with committing(self._database.unit(Scope(run.tenant_id))) as unit:
                await (await unit.session()).execute(SETTLE, values)
        except IntegrityError:  # a later one with the same unique key waits and will do its work
            values |= {"state": "cancelled", "over": True}
            return False
        except AWAY:
            return False
        return True


def _tell(batch: Sequence[_Ending], found: frozenset[UUID] | BaseException) -> None:
    for one in batch:
        if one.told.done():
            continue
        if isinstance(found, BaseException):
            one.told.set_exception(found)
        else:
            one.told.set_result(one.run.job_id in found)


@lru_cache(maxsize=1_024)
def _seed(text: str) -> ContextSeed:
    """The jobs of one bulk have one seed; a run works with a copy of it."""
    return ContextSeed.model_validate_json(text)


def _run(row: Any) -> Run:
    return Run(
        tenant_id=row.tenant,
        job_id=row.job,
        token=row.run,
        kind=row.kind,
        payload=json.loads(row.payload),
        seed=_seed(row.seed),
        tries=row.tries,
        max_tries=row.max_tries,
        deaths=row.deaths,
        created_at=row.created_at,
        not_after=row.not_after,
        expired=row.expired,
        suspended=row.suspended,
    )
