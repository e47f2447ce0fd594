"""A running job's steps and progress in an isolated process: steps are committed here under the
run's token, progress is written by the worker that has the run."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa

from maru.isolated.door import Door
from maru.jobs.doing import LONGEST_NAME, LONGEST_NOTE, PAUSE
from maru.plugins.isolated.refusals import RunLost
from maru_sdk import InvalidInput

_ID: Final = sa.bindparam("id", type_=sa.Uuid)
_STEP_DONE: Final = sa.text("SELECT maru.isolated_step_done(:id, :name)").bindparams(_ID)
_STEP: Final = sa.text("SELECT maru.isolated_step(:id, :run, :name)").bindparams(_ID)

C = TypeVar("C")


class DoingHere:
    """One run as its handler may speak of it; see `maru.jobs.doing`."""

    def __init__(self, job_id: UUID, run: str, door: Door) -> None:
        self._id, self._run, self._door = job_id, run, door
        self._latest: dict[str, Any] | None = None
        self._told_at = float("-inf")
        self._telling = asyncio.Lock()
        self._told = False

    @asynccontextmanager
    async def step(
        self, name: str, opened: Callable[[], AbstractAsyncContextManager[tuple[Any, C]]]
    ) -> AsyncIterator[C | None]:
        """One transaction, recorded under `name`; None where an earlier run has committed it."""
        if not 0 < len(name) <= LONGEST_NAME or "\x00" in name:
            raise InvalidInput(f"a step's name has 1 to {LONGEST_NAME} characters")
        async with opened() as (unit, context):
            session = await unit.session()
            values = {"id": self._id, "name": name}
            if (await session.execute(_STEP_DONE, values)).scalar_one():
                yield None
                return
            yield context
            await session.flush()
            recorded = await session.execute(_STEP, {**values, "run": self._run})
            if not recorded.scalar_one():
                raise RunLost

    async def progress(self, done: int, total: int | None, note: str) -> None:
        """Say how far it is; the last word is told before the job ends."""
        self._latest = {"done": done, "total": total, "note": note[:LONGEST_NOTE]}
        if time.monotonic() - self._told_at >= PAUSE:
            await self._tell()

    async def flush(self) -> None:
        """See to it that the last word is written."""
        if self._latest is not None:
            await self._tell()
        if self._told:
            await self._door.wish("progress", {})

    async def _tell(self) -> None:
        async with self._telling:
            said, self._latest = self._latest, None
            if said is not None:
                self._told_at, self._told = time.monotonic(), True
                await self._door.wish("progress", said)
