"""Names the plugin whose code keeps a loop from turning.

Nothing inside asyncio can time such code out, and while it runs the whole process stands still. A
thread asks the loop for a sign of life; where none comes it looks at the stack of the loop's
thread. C code that holds the interpreter's lock (a regular expression that explodes) holds this
thread up too. For that a timer of faulthandler's, which needs no lock, writes the stack down
beforehand: the plugin is then named as soon as the lock is free.
"""

import asyncio
import faulthandler
import logging
import os
import re
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import BinaryIO, Final

from maru.observability.metrics import Metrics
from maru.observability.suspects import CORE, Place, Suspects

log = logging.getLogger(__name__)

NAMED_AFTER: Final = 0.5
LOCKED_AFTER: Final = 0.7
WRITTEN: Final = 100
_LAST: Final = 2.0
_FRAME: Final = re.compile(r'  File "([^"\n]+)", line (\d+) in (\S+)')

Tell = Callable[[str], object]


class Watchdog:
    """Watches one loop from a thread."""

    def __init__(
        self, suspects: Suspects, metrics: Metrics, *, limit: float, tripped: Tell
    ) -> None:
        """`limit` is how many seconds without an answer are a block; `tripped` is called on the
        loop with the plugin's key, once for each block."""
        self._suspects, self._limit, self._tripped = suspects, limit, tripped
        self._locked_after = max(LOCKED_AFTER, 2 * limit + LOCKED_AFTER / 2)
        self._blocked = metrics.counter(
            "maru_loop_blocked_seconds_total", "Time that a loop stood still.", ("plugin",)
        )
        self._starved = metrics.counter(
            "maru_loop_starved_seconds_total", "Time that a loop waited for a processor."
        )
        for counter, labels in ((self._blocked, (CORE,)), (self._starved, ())):
            counter.add(*labels, by=0)
        self._stopped = threading.Event()

    def start(self) -> None:
        """Watch the running loop."""
        self._loop = asyncio.get_running_loop()
        self._ident, self._task = threading.get_ident(), threading.get_native_id()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()
        self._thread.join(_LAST)

    def _watch(self) -> None:
        with _scratch() as self._dump:
            try:
                while not self._paused():
                    self._ask()
            except RuntimeError:  # the loop is closed
                pass
            finally:
                faulthandler.cancel_dump_traceback_later()

    def _paused(self) -> bool:
        """Wait for the next question; whether there is none. Who is much too late was held up by
        what holds the lock, and so was the loop."""
        began, waited = perf_counter(), self._waited()
        stopped = self._stopped.wait(self._limit)
        late = perf_counter() - began - self._limit
        if late >= self._limit and not stopped:
            self._end(late, self._waited() - waited, self._seen_late())
        return stopped

    def _ask(self) -> None:
        """One sign of life."""
        answered = threading.Event()
        asked, waited = perf_counter(), self._waited()
        faulthandler.dump_traceback_later(self._locked_after, file=self._dump)
        self._loop.call_soon_threadsafe(answered.set)
        if answered.wait(self._limit) and perf_counter() - asked < self._limit:
            return
        seen = self._seen_late()
        self._follow(asked, answered, seen)
        if not self._stopped.is_set():
            self._end(perf_counter() - asked, self._waited() - waited, seen)

    def _seen_late(self) -> "Counter[Place | None]":
        """What was written down while nothing could look, else what is there now."""
        faulthandler.cancel_dump_traceback_later()
        written = self._written()
        if written is not None:
            return Counter({written: WRITTEN})
        return Counter([self._suspects.place(sys._current_frames().get(self._ident))])

    def _waited(self) -> float:
        """Seconds that the loop's thread or this one was ready and had no processor."""
        return max(_waited(self._task), _waited(threading.get_native_id()))

    def _follow(
        self, asked: float, answered: threading.Event, seen: "Counter[Place | None]"
    ) -> None:
        """Look at the stack until the loop answers."""
        named = False
        while not answered.is_set() and not self._stopped.is_set():
            place = self._suspects.place(sys._current_frames().get(self._ident))
            seen[place] += 1
            if not named and perf_counter() - asked >= NAMED_AFTER:
                named = True
                self._say("the loop is blocked", place, perf_counter() - asked)
            answered.wait(self._limit)

    def _end(self, seconds: float, starved: float, seen: "Counter[Place | None]") -> None:
        if starved > 0:
            self._starved.add(by=starved)
        if seconds - starved < self._limit:
            return  # there was no processor to run on: nobody's fault in here
        place = _culprit(seen)
        self._blocked.add(CORE if place is None else place.plugin, by=seconds - starved)
        self._say("the loop was blocked", place, seconds)
        if place is not None:
            self._loop.call_soon_threadsafe(self._tripped, place.plugin)

    def _say(self, message: str, place: Place | None, seconds: float) -> None:
        task = asyncio.current_task(self._loop)
        fields = {
            "plugin": CORE if place is None else place.plugin,
            "place": None if place is None else str(place),
            "duration_ms": round(seconds * 1_000, 3),
            "task": None if task is None else task.get_name(),
        }
        log.warning("%s", message, extra={"fields": fields})

    def _written(self) -> Place | None:
        """Where the loop's thread was when nothing else could run."""
        self._dump.seek(0)
        text = self._dump.read().decode("utf-8", "replace")
        self._dump.seek(0)
        self._dump.truncate()
        for part in re.split(r"\n(?=Thread |Current thread )", text):
            if f"0x{self._ident:016x}" in part.partition("\n")[0]:
                return self._suspects.place_in(_FRAME.findall(part))
        return None


def _culprit(seen: "Counter[Place | None]") -> Place | None:
    """Who was seen most; where it was seen first."""
    plugins = Counter[str | None]()
    for place, times in seen.items():
        plugins[None if place is None else place.plugin] += times
    if not plugins:
        return None
    most = plugins.most_common(1)[0][0]
    return next((place for place in seen if place is not None and place.plugin == most), None)


def _waited(task: int) -> float:
    """Seconds that a thread was ready and had no processor; 0 where the system doesn't say."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/self/task/{task}/schedstat").read_bytes().split()[1]) / 1e9
    return 0.0


def _scratch() -> BinaryIO:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("maru-watchdog"), "w+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)


@asynccontextmanager
async def watched(
    suspects: Suspects, metrics: Metrics, *, limit: float, tripped: Tell
) -> AsyncIterator[None]:
    """Has the running loop watched until left."""
    watchdog = Watchdog(suspects, metrics, limit=limit, tripped=tripped)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.stop()
