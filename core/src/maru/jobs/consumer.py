"""dramatiq's worker inside our process: its threads wait, our one loop works."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any
from uuid import UUID

from dramatiq import Worker
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from maru.jobs.rows import Asked
from maru.jobs.window import Window

log = logging.getLogger(__name__)

THREADS = 8
POLL = 200
GRACE = 20.0
TAKING_BACK = 5.0
SOON = 0.01

Handle = Callable[[Sequence[Asked]], Awaitable[None]]


class Consumer:
    """Takes messages from the window and has `handle` called on the loop, `threads` at a time.

    One thread is enough for dramatiq to be ten times slower, so there are eight; none of them runs
    a plugin's code.
    """

    def __init__(
        self,
        window: Window,
        handle: Handle,
        nudge: Callable[[], Awaitable[None]],
        *,
        threads: int = THREADS,
    ) -> None:
        self._window = window
        self._handle = handle
        self._nudge = nudge
        self._nudging: asyncio.Task[None] | None = None
        self._threads = threads
        self._running: set[asyncio.Task[None]] = set()
        self._worker: Worker | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    @property
    def active(self) -> int:
        """How many messages are being worked off."""
        return len(self._running)

    async def start(self) -> None:
        """Begin to take messages."""
        self._loop = asyncio.get_running_loop()
        self._window.serve(self._take)
        self._worker = Worker(self._window, worker_threads=self._threads, worker_timeout=POLL)
        await asyncio.to_thread(self._worker.start)

    async def stop(self, grace: float = GRACE) -> None:
        """Take nothing more; what isn't finished in `grace` seconds is handed back."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        self._stopping = True
        patience = int((grace + TAKING_BACK) * 1_000)
        stopping = asyncio.ensure_future(asyncio.to_thread(_stop, worker, patience))
        if self._running:
            await asyncio.wait(tuple(self._running), timeout=grace)
        for task in tuple(self._running):
            task.cancel()
        await stopping
        if self._nudging is not None:
            self._nudging.cancel()
            await asyncio.gather(self._nudging, return_exceptions=True)

    def _take(self, message: str, jobs: list[list[str]]) -> None:
        """Runs in one of dramatiq's threads."""
        assert self._loop is not None
        asked = [Asked(UUID(tenant_id), UUID(job_id), message) for tenant_id, job_id in jobs]
        with suppress(CancelledError):
            asyncio.run_coroutine_threadsafe(self._run(asked), self._loop).result()

    async def _run(self, asked: Sequence[Asked]) -> None:
        task: Any = asyncio.current_task()
        self._running.add(task)
        try:
            await self._handle(asked)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # The rows are as they were; a relay sends them again when their lease is over.
            log.warning("%d jobs can't be started: %s", len(asked), error)
            await asyncio.sleep(0 if self._stopping else 1)
        finally:
            self._running.discard(task)
            self._ask_for_more()

    def _ask_for_more(self) -> None:
        """The window is short, so relays hear at once, though not for each job, of places in it."""
        if not self._stopping and (self._nudging is None or self._nudging.done()):
            self._nudging = asyncio.get_running_loop().create_task(self._nudge_soon())

    async def _nudge_soon(self) -> None:
        await asyncio.sleep(SOON)
        await self._nudge()


def _stop(worker: Worker, patience: int) -> None:
    try:
        worker.stop(timeout=patience)
    except (RedisError, OSError) as error:  # dramatiq lets it through; the leases take care
        log.warning("the window can't take back its messages: %s", error)
