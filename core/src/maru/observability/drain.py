"""A bounded queue in front of a thread: whoever gives never waits, what doesn't fit is counted.

The log and the traces leave through one of these each, so that a pipe nobody reads or a collector
that hangs costs lines and spans, and no request a millisecond.
"""

import threading
import time
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

MOST: Final = 512


class _Given(NamedTuple, Generic[T]):
    item: T
    weight: int


class _Count:
    """What was lost; the thread counts too, and must not keep the drain alive."""

    def __init__(self) -> None:
        self.lost = 0


class Drain(Generic[T]):
    """Hands what it is given to `work`, in batches and in order, in a thread of its own.

    `work` may take as long as it likes. What it raises OSError or ValueError for is lost and
    counted, like what comes while `limit` items wait. A batch is collected for `pause` seconds.
    """

    def __init__(
        self, name: str, work: Callable[[list[T]], None], *, limit: int, pause: float = 0.0
    ) -> None:
        self._name, self._work, self._limit, self._pause = name, work, limit, pause
        self._queue: SimpleQueue[_Given[T] | threading.Event | None] = SimpleQueue()
        self._count = _Count()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    @property
    def lost(self) -> int:
        """The weight of all that was dropped."""
        return self._count.lost

    def put(self, item: T, weight: int = 1) -> None:
        """Give one item; any thread may."""
        if self._queue.qsize() >= self._limit:
            self._count.lost += weight
            return
        self._queue.put(_Given(item, weight))
        if self._thread is None:
            self._start()

    def settle(self, within: float) -> bool:
        """Wait until all that was given is worked off; False where that takes longer."""
        if self._thread is None:
            return True
        reached = threading.Event()
        self._queue.put(reached)
        return reached.wait(within)

    def close(self, within: float) -> None:
        """Work off what was given, waiting `within` seconds at most, and end the thread.

        What is given afterwards begins another one.
        """
        self.settle(within)
        with self._starting:
            if self._thread is not None:
                self._queue.put(None)
                self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                given = (self._queue, self._work, self._count, self._pause)
                self._thread = threading.Thread(
                    target=_drain, args=given, name=self._name, daemon=True
                )
                self._thread.start()
                weakref.finalize(self, self._queue.put, None)


_Queue = SimpleQueue[_Given[T] | threading.Event | None]


def _drain(queue: _Queue[T], work: Callable[[list[T]], None], count: _Count, pause: float) -> None:
    mark: threading.Event | bool | None = True
    while mark is not None:
        batch, mark = _collected(queue, pause)
        if batch:
            _worked(batch, work, count)
        if isinstance(mark, threading.Event):
            mark.set()


def _collected(
    queue: _Queue[T], pause: float
) -> tuple[list[_Given[T]], threading.Event | bool | None]:
    """A batch, and what ended it: a mark in the queue, the end (None), or neither (True)."""
    batch: list[_Given[T]] = []
    found = queue.get()
    until = time.monotonic() + pause
    while isinstance(found, _Given):
        batch.append(found)
        if len(batch) >= MOST:
            return batch, True
        try:
            found = queue.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            return batch, True
    return batch, found


def _worked(batch: list[_Given[T]], work: Callable[[list[T]], None], count: _Count) -> None:
    try:
        work([given.item for given in batch])
    except (OSError, ValueError):
        count.lost += sum(given.weight for given in batch)
