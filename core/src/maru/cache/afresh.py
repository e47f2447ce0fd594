"""What many ask for is made anew right after a drop, before the next one asks.

A drop makes a value old at once: nothing old is shown for the sake of speed. But of a list that
everybody looks at it is known that it will be asked for, so it is made beside the others' work, and
who comes meanwhile joins.
"""

import asyncio
from asyncio import Task
from collections.abc import Callable, Mapping
from contextvars import Context
from itertools import islice
from typing import Any

from maru.cache.slot import Again, Slot

AFTER = 0.01  # seconds: drops of one write, heard one after the other, are over by then
AT_ONCE = 4
MOST = 200
LONGEST = 10.0  # seconds

Begin = Callable[[Slot, Again], Task[Any] | None]


class Afresh:
    """The dropped values that are to be made although nobody has asked yet, a few at once."""

    def __init__(self, begin: Begin) -> None:
        """`begin` makes one, or answers None where somebody has come before."""
        self._begin = begin
        self._wanted: dict[Slot, Again] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._under_way = 0

    def want(self, dropped: Mapping[Slot, Again]) -> None:
        """These were asked for often. What is more than can wait here waits for who asks."""
        self._wanted.update(islice(dropped.items(), max(0, MOST - len(self._wanted))))
        if self._wanted and self._timer is None:
            # In no context: it is neither the writer's work, nor in their time.
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(AFTER, self._go_on, context=Context())

    def stop(self) -> None:
        """Begin no more."""
        self._wanted.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go_on(self) -> None:
        self._timer = None
        while self._wanted and self._under_way < AT_ONCE:
            slot = next(iter(self._wanted))
            task = self._begin(slot, self._wanted.pop(slot))
            if task is not None:
                self._under_way += 1
                task.add_done_callback(self._ended)

    def _ended(self, _: Task[Any]) -> None:
        self._under_way -= 1
        if self._timer is None:
            self._go_on()
