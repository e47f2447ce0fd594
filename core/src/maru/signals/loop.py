"""A loop that must not end while the process serves: it survives its faults and says them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

log = logging.getLogger(__name__)

LONGEST_PAUSE = 5.0
AGAIN = 1.0


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task until it is done: a library may swallow the first cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=AGAIN)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s ended with an error", task.get_name(), exc_info=error)


class Loop:
    """Repeats `step` every `pause` seconds, at once when woken; after faults less and less often.

    `step` may answer True to be repeated without a pause.
    """

    def __init__(self, name: str, step: Callable[[], Awaitable[bool | None]], pause: float) -> None:
        self.name = name
        self.pause = pause
        self.faults = 0
        self._step = step
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin repeating."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=self.name)

    def wake(self) -> None:
        """Repeat now rather than after the pause."""
        self._woken.set()

    async def stop(self) -> None:
        """End, in the middle of a step if need be."""
        task, self._task = self._task, None
        if task is not None:
            await end(task)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            if await self._once():
                await asyncio.sleep(0)
                continue
            pause = min(self.pause * 2**self.faults, max(LONGEST_PAUSE, self.pause))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _once(self) -> bool:
        try:
            again = bool(await self._step())
        except Exception:  # the wall of a process: a loop that ended would fail in silence
            self.faults = min(self.faults + 1, 8)
            log.exception("%s failed, goes on", self.name)
            return False
        self.faults = 0
        return again
