"""Runs jobs: the effect of each and the word "done" in one transaction.

A run begins by taking the row in a transaction of its own, with a token and a lease that is renewed
while it goes on. It ends by writing "done" under that token in the transaction of the effect. Who
has lost the row to another run in between, or to whoever cancelled the job, writes nothing and is
rolled back, so however often a message is delivered and whoever is killed, the effect is there
once. A run that has opened no transaction has no effect to keep with the row: such rows are
finished together.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Protocol
from uuid import UUID

from maru.db.database import Database
from maru.jobs import signs
from maru.jobs.catalog import Catalog, Work
from maru.jobs.doing import Doing, RowLost
from maru.jobs.live import QUIET, LiveSink
from maru.jobs.payload import Payload, checked
from maru.jobs.queries import FINISH
from maru.jobs.retries import Backoff, judge, tell
from maru.jobs.rows import Asked, Rows, Run
from maru.jobs.watching import Outcome, Watching
from maru_sdk import Context, ContextSeed, MaruError, Model

log = logging.getLogger(__name__)

LEASE = 15.0
DEATHS = 3
DIED = f"{signs.WORKER_DIED}: the worker died or hung {DEATHS} times while running it"
SLOTS = 16
STOPPED: Mapping[str, Outcome] = MappingProxyType({"cancelled": "cancelled", "lost": "lost"})
PATIENCE = 2.0


class OpenCall(Protocol):
    """What a run needs of `maru.plugins.context.Call`."""

    job: Any

    @property
    def unit(self) -> Any: ...

    def ctx(self, key: str) -> Context: ...


Opening = Callable[[ContextSeed], AbstractAsyncContextManager[OpenCall]]
"""Opens a call from a seed; it commits when left without exception, else rolls back."""


class Slot:
    """One of the places in which handlers run; given up once."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots: asyncio.Semaphore | None = slots

    def free(self) -> None:
        """Let another job begin."""
        slots, self._slots = self._slots, None
        if slots is not None:
            slots.release()


@dataclass(eq=False)
class Active:
    """A run that this process has, and whether somebody has told it to stop."""

    run: Run
    task: "asyncio.Task[Any]"
    stopped: str = ""


class Runner:
    """Runs jobs of all tenants as `maru_app`, each in its tenant's scope, `slots` at a time."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        open_call: Opening,
        on: Callable[[UUID, str], bool],
        *,
        lease: float = LEASE,
        backoff: Backoff | None = None,
        watching: Watching | None = None,
        live: LiveSink = QUIET,
        slots: int = SLOTS,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._open_call = open_call
        self._on = on
        self._lease = lease
        self._backoff = backoff or Backoff()
        self._watching = watching or Watching()
        self._live = live
        self._rows = Rows(database, lease)
        self._slots = asyncio.Semaphore(slots)
        self._active: dict[str, Active] = {}
        self._renewal: asyncio.Task[None] | None = None

    @property
    def active(self) -> int:
        """How many jobs are being run, or wait in this process to be."""
        return len(self._active)

    async def run(self, tenant_id: UUID, job_id: UUID) -> None:
        """Run the job unless it is done, under way, parked or not due."""
        await self.run_all([Asked(tenant_id, job_id)])

    async def run_all(self, asked: Iterable[Asked]) -> None:
        """Run those of these jobs that wait and are due, at once, as far as there are slots.

        What finds none soon is handed back, for another worker may have one.
        """
        runs = await self._rows.start(asked)
        loop = asyncio.get_running_loop()
        tasks = []
        for run in runs:
            task = loop.create_task(self._run(run))
            self._active[run.token] = Active(run, task)
            tasks.append(task)
        if tasks:
            self._keep_renewing()
            for found in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(found, Exception):
                    raise found

    async def cancelled(self, tenant_id: UUID | None, key: str) -> None:
        """Stop the run of a job that somebody has cancelled, if this process has it."""
        for active in tuple(self._active.values()):
            if active.run.tenant_id == tenant_id and str(active.run.job_id) == key:
                self._stop(active, "cancelled")

    def _stop(self, active: Active, why: str) -> None:
        if not active.stopped:
            active.stopped = why
            active.task.cancel()

    def _keep_renewing(self) -> None:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.get_running_loop().create_task(self._renew_all())

    async def _renew_all(self) -> None:
        """While there is a run, keep the leases of all; whose row is lost is stopped."""
        while self._active:
            await asyncio.sleep(self._lease / 3)
            await self._renew()

    async def _renew(self) -> None:
        runs = [active.run for active in self._active.values()]
        for run in await self._rows.renew(runs):
            active = self._active.get(run.token)
            if active is not None:  # it may be over since
                self._stop(active, "lost")

    async def _run(self, run: Run) -> None:
        try:
            if await self._has_slot():
                slot = Slot(self._slots)
                try:
                    await self._in_slot(run, slot)
                finally:
                    slot.free()
            else:
                await self._rows.settle(run, "waiting", None)
        except asyncio.CancelledError:
            if not self._active[run.token].stopped:
                await asyncio.shield(self._rows.settle(run, "waiting", None))
                raise
            log.info("job %s %s was stopped", run.kind, run.job_id)
        finally:
            del self._active[run.token]

    async def _has_slot(self) -> bool:
        if not self._slots.locked():
            return await self._slots.acquire()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                return await self._slots.acquire()
        return False

    async def _in_slot(self, run: Run, slot: Slot) -> None:
        work = self._catalog.find(run.kind)
        obstacle = self._obstacle(run, work)
        if run.expired:
            await self._rows.settle(run, "dead", _expired(run))
        elif work is None or obstacle is not None:
            await self._park(run, obstacle or "")
        else:
            await self._work(run, work, slot)

    def _obstacle(self, run: Run, work: Work | None) -> str | None:
        """Why the job can't run now."""
        if run.suspended:
            return f"{signs.TENANT_SUSPENDED}: the tenant is suspended"
        if work is None:
            return f"{signs.JOB_UNKNOWN}: no installed plugin has the job {run.kind}"
        if not self._on(run.tenant_id, work.plugin):
            return f"{signs.PLUGIN_OFF}: the plugin {work.plugin} is off"
        return DIED if run.deaths > DEATHS else None

    async def _park(self, run: Run, why: str) -> None:
        """What a relay may wake again has no deaths; what died waits for a person."""
        log.warning("job %s %s is parked: %s", run.kind, run.job_id, why)
        await self._rows.settle(run, "parked", why, deaths=run.deaths if why == DIED else 0)

    async def _work(self, run: Run, work: Work, slot: Slot) -> None:
        doing = Doing(run, self._database, self._live)
        with self._watching.run(run) as ending:
            try:
                ending.outcome = await self._done(run, work, doing, slot)
            except asyncio.CancelledError:
                stopped = self._active[run.token].stopped
                ending.outcome = STOPPED.get(stopped, "handed back")
                raise

    async def _done(self, run: Run, work: Work, doing: Doing, slot: Slot) -> Outcome:
        most, left = work.deadline.total_seconds(), run.left
        try:
            async with asyncio.timeout(most if left is None else min(most, left)):
                await self._effect(run, work, doing, slot)
        except RowLost:
            log.warning("job %s %s was taken over or cancelled", run.kind, run.job_id)
        except Exception as error:  # the wall of a job: whatever it raises is kept with its row
            return await self._failed(run, error, doing)
        else:
            await doing.end("done")
            return "done"
        return "lost"

    async def _effect(self, run: Run, work: Work, doing: Doing, slot: Slot) -> None:
        seed = run.seed.model_copy(
            update={"plugin": work.plugin, "deadline": datetime.now(UTC) + work.deadline}
        )
        async with self._open_call(seed) as call:
            call.job = doing
            if work.elsewhere is not None:
                seconds = work.deadline.total_seconds()
                await work.elsewhere.run_job(call, run.payload, run.job_id, run.token, seconds)
                return
            result = await _handled(work, call.ctx(work.plugin), run.payload)
            await doing.flush()
            touched = call.unit.touched
            if touched:
                await self._finish_in(call.unit, run, result)
        if not touched:
            slot.free()  # the handler is through; its row needs none
            if not await self._rows.finish(run, result):
                raise RowLost

    async def _finish_in(self, unit: Any, run: Run, result: Payload | None) -> None:
        session = await unit.session()
        kept = None if result is None else result.value
        ended = await session.execute(FINISH, {"id": run.job_id, "run": run.token, "result": kept})
        if ended.first() is None:
            raise RowLost

    async def _failed(self, run: Run, error: Exception, doing: Doing) -> Outcome:
        with suppress(RowLost):
            await doing.flush()
        age = datetime.now(UTC) - run.created_at
        verdict = judge(error, run.tries + 1, run.max_tries, age, self._backoff)
        said, trace, again = tell(error), _trace(error), verdict.again
        log.warning("job %s %s failed: %s", run.kind, run.job_id, said, exc_info=trace)
        if again is not None and run.left is not None and again >= run.left:
            again, said = None, f"{_expired(run)}; the last run failed: {said}"
        state = "dead" if again is None else "waiting"
        await self._rows.settle(run, state, said, again=again or 0, counted=int(verdict.counts))
        await doing.end(state)
        return "dead" if again is None else "again"


def _expired(run: Run) -> str:
    assert run.not_after is not None
    return f"{signs.EXPIRED}: not done by {run.not_after.isoformat(timespec='seconds')}"


async def _handled(work: Work, ctx: Context, payload: dict[str, Any]) -> Payload | None:
    """Call the handler with what was asked; its answer as it is kept with the job."""
    answer: Any
    if work.ask is None:
        answer = await work.function(ctx)
    else:
        answer = await work.function(ctx, work.ask.model_validate(payload))
    return checked(work.kind, answer) if isinstance(answer, Model) else None


def _trace(error: Exception) -> Exception | None:
    """What a plugin raises on purpose needs no traceback in the log."""
    return None if isinstance(error, MaruError) else error
