"""Runs one job: its effect and the word "done" in one transaction.

A run begins by taking the row in a transaction of its own, with a token and a lease that is renewed
while it goes on. It ends by writing "done" under that token in the transaction of the effect. Who
has lost the row to another run in between writes nothing and is rolled back, so however often a
message is delivered and whoever is killed, the effect is there once.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.jobs.catalog import Catalog, Work
from maru.jobs.queries import FINISH, RENEW, SETTLE, START
from maru.jobs.retries import Backoff, judge, tell
from maru_sdk import Context, ContextSeed, MaruError, Model

log = logging.getLogger(__name__)

LEASE = 15.0
DEATHS = 3
DIED = f"the worker died or hung {DEATHS} times while running it"
SETTLE_TRIES = 5


class SessionUnit(Protocol):
    """What a run needs of a unit of work."""

    async def session(self) -> AsyncSession: ...


class OpenCall(Protocol):
    """What a run needs of `maru.plugins.context.Call`."""

    @property
    def unit(self) -> Any: ...

    def ctx(self, key: str) -> Context: ...


Ended = Callable[[str, float, bool], None]
"""Told of each run: its kind, its seconds and whether it failed."""

Opening = Callable[[ContextSeed], AbstractAsyncContextManager[OpenCall]]
"""Opens a call from a seed; it commits when left without exception, else rolls back."""


class RowLost(Exception):
    """Another run has taken the row; this one's effect must not be kept."""


@dataclass(frozen=True)
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


class Runner:
    """Runs jobs of all tenants as `maru_app`, each in its tenant's scope."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        open_call: Opening,
        on: Callable[[UUID, str], bool],
        *,
        lease: float = LEASE,
        backoff: Backoff | None = None,
        ended: Ended = lambda kind, seconds, failure: None,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._open_call = open_call
        self._on = on
        self._lease = lease
        self._backoff = backoff or Backoff()
        self._ended = ended

    async def run(self, tenant_id: UUID, job_id: UUID) -> None:
        """Run the job unless it is done, under way, parked or not due."""
        run = await self._start(tenant_id, job_id)
        if run is None:
            return
        work = self._catalog.find(run.kind)
        obstacle = self._obstacle(run, work)
        if work is None or obstacle is not None:
            await self._park(run, obstacle or "")
            return
        began = time.monotonic()
        renewal = asyncio.get_running_loop().create_task(self._renew(run))
        done = False
        try:
            done = await self._work(run, work)
        except asyncio.CancelledError:
            await asyncio.shield(self._settle(run, "waiting", None, again=0, counted=0))
            raise
        finally:
            renewal.cancel()
            self._ended(run.kind, time.monotonic() - began, not done)

    def _obstacle(self, run: Run, work: Work | None) -> str | None:
        """Why the job can't run now."""
        if work is None:
            return f"no installed plugin has the job {run.kind}"
        if not self._on(run.tenant_id, work.plugin):
            return f"the plugin {work.plugin} is off"
        return DIED if run.deaths > DEATHS else None

    async def _park(self, run: Run, why: str) -> None:
        """What a relay may wake again has no deaths; what died waits for a person."""
        log.warning("job %s %s is parked: %s", run.kind, run.job_id, why)
        await self._settle(run, "parked", why, deaths=run.deaths if why == DIED else 0)

    async def _start(self, tenant_id: UUID, job_id: UUID) -> Run | None:
        token = uuid4().hex
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            session = await unit.session()
            found = await session.execute(START, {"id": job_id, "run": token, "lease": self._lease})
            row = found.one_or_none()
            if row is None:
                return None
        return Run(
            tenant_id=tenant_id,
            job_id=job_id,
            token=token,
            kind=row.kind,
            payload=row.payload,
            seed=ContextSeed.model_validate(row.seed),
            tries=row.tries,
            max_tries=row.max_tries,
            deaths=row.deaths,
            created_at=row.created_at,
        )

    async def _work(self, run: Run, work: Work) -> bool:
        try:
            async with asyncio.timeout(work.deadline.total_seconds()):
                await self._effect(run, work)
        except RowLost:
            log.warning("job %s %s was taken over by another run", run.kind, run.job_id)
        except Exception as error:  # the wall of a job: whatever it raises is kept with its row
            await self._failed(run, error)
        else:
            return True
        return False

    async def _effect(self, run: Run, work: Work) -> None:
        seed = run.seed.model_copy(
            update={"plugin": work.plugin, "deadline": datetime.now(UTC) + work.deadline}
        )
        async with self._open_call(seed) as call:
            if work.elsewhere is not None:
                seconds = work.deadline.total_seconds()
                await work.elsewhere.run_job(call, run.payload, run.job_id, run.token, seconds)
                return
            ctx = call.ctx(work.plugin)
            answer = await _handled(work, ctx, run.payload)
            session: AsyncSession = await call.unit.session()
            ended: Any = await session.execute(
                FINISH, {"id": run.job_id, "run": run.token, "result": answer}
            )
            if ended.rowcount != 1:
                raise RowLost

    async def _failed(self, run: Run, error: Exception) -> None:
        age = datetime.now(UTC) - run.created_at
        verdict = judge(error, run.tries + 1, run.max_tries, age, self._backoff)
        said, trace = tell(error), _trace(error)
        log.warning("job %s %s failed: %s", run.kind, run.job_id, said, exc_info=trace)
        await self._settle(
            run,
            "dead" if verdict.again is None else "waiting",
            said,
            again=verdict.again or 0,
            counted=int(verdict.counts),
        )

    async def _settle(
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
        except (SQLAlchemyError, OSError, TimeoutError):
            return False
        return True

    async def _renew(self, run: Run) -> None:
        values = {"id": run.job_id, "run": run.token, "lease": self._lease}
        while True:
            await asyncio.sleep(self._lease / 3)
            try:
                async with committing(self._database.unit(Scope(run.tenant_id))) as unit:
                    await (await unit.session()).execute(RENEW, values)
            except (DBAPIError, OSError, TimeoutError) as error:
                log.warning("can't renew the lease of job %s: %s", run.job_id, error)


async def _handled(work: Work, ctx: Context, payload: dict[str, Any]) -> dict[str, Any] | None:
    """Call the handler with what was asked; its answer as it is kept with the job."""
    answer: Any
    if work.ask is None:
        answer = await work.function(ctx)
    else:
        answer = await work.function(ctx, work.ask.model_validate(payload))
    return answer.model_dump(mode="json") if isinstance(answer, Model) else None


def _trace(error: Exception) -> Exception | None:
    """What a plugin raises on purpose needs no traceback in the log."""
    return None if isinstance(error, MaruError) else error
