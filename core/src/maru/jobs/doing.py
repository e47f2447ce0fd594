"""What a running job's context has of its own: steps that are committed one by one, and progress
that others see at once."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.jobs.live import LiveSink, room_of
from maru.jobs.queries import PROGRESS, STEP, STEP_DONE
from maru.jobs.retries import storable
from maru.jobs.rows import AWAY, Run
from maru_sdk import InvalidInput
from maru_sdk.db import uuid7

log = logging.getLogger(__name__)

PAUSE = 0.25
LONGEST_NAME = 200
LONGEST_NOTE = 500

C = TypeVar("C")


class RowLost(Exception):
    """Another run has taken the row, or it was cancelled; this one's effect must not be kept."""


class Doing:
    """One run as its handler may speak of it."""

    def __init__(self, run: Run, database: Database, live: LiveSink) -> None:
        self._run = run
        self._database = database
        self._live = live
        self._latest: dict[str, Any] | None = None
        self._wrote_at = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._one_by_one = asyncio.Lock()
        self.told = False

    @asynccontextmanager
    async def step(
        self, name: str, opened: Callable[[], AbstractAsyncContextManager[tuple[Any, C]]]
    ) -> AsyncIterator[C | None]:
        """One transaction, recorded under `name`; None where an earlier run has committed it.

        `opened` gives a unit that commits when left, and what the handler works with in it.
        """
        if not 0 < len(name) <= LONGEST_NAME or "\x00" in name:
            raise InvalidInput(f"a step's name has 1 to {LONGEST_NAME} characters")
        async with opened() as (unit, context):
            values = {"id": self._run.job_id, "name": name}
            session = await unit.session()
            if (await session.execute(STEP_DONE, values)).first() is not None:
                yield None
                return
            yield context
            values |= {"run": self._run.token, "step": uuid7()}
            recorded: Any = await session.execute(STEP, values)
            if recorded.rowcount != 1:
                raise RowLost

    async def progress(self, done: int, total: int | None, note: str) -> None:
        """Say how far it is; written at most every quarter second, the last always."""
        self._latest = {"done": done, "total": total, "note": storable(note)[:LONGEST_NOTE]}
        wait = self._wrote_at + PAUSE - time.monotonic()
        if wait <= 0:
            await self._write()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(wait, self._write_later)

    async def flush(self) -> None:
        """Write what was said last."""
        self._cancel_timer()
        writing, self._writing = self._writing, None
        if writing is not None:
            await asyncio.gather(writing, return_exceptions=True)
        if self._latest is not None:
            await self._write()

    async def end(self, state: str) -> None:
        """Tell who watches what has become of it."""
        self._cancel_timer()
        if self.told or self._run.seed.actor is not None:
            room = room_of(self._run.job_id)
            await self._live.send_now(self._run.tenant_id, room, "state", {"state": state})

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _write_later(self) -> None:
        self._timer = None
        self._writing = asyncio.get_running_loop().create_task(self._write_quietly())

    async def _write_quietly(self) -> None:
        try:
            await self._write()
        except RowLost:
            log.info("job %s %s speaks of a row it has lost", self._run.kind, self._run.job_id)

    async def _write(self) -> None:
        """Outside the effect's transaction, so that it is seen at once and outlives a failure."""
        async with self._one_by_one:
            said, self._latest = self._latest, None
            if said is None:
                return
            self._wrote_at = time.monotonic()
            self._cancel_timer()
            try:
                kept = await self._kept(said)
            except AWAY as error:
                log.warning("can't write the progress of job %s: %s", self._run.job_id, error)
                return
            if not kept:
                raise RowLost
            self.told = True
            room = room_of(self._run.job_id)
            await self._live.send_now(self._run.tenant_id, room, "progress", said)

    async def _kept(self, said: dict[str, Any]) -> bool:
        values = {"id": self._run.job_id, "run": self._run.token, "progress": said}
        scope = Scope(self._run.tenant_id)
        async with committing(self._database.unit(scope, durable=False)) as unit:
            found: Any = await (await unit.session()).execute(PROGRESS, values)
        return bool(found.rowcount == 1)
