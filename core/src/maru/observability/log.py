"""The log: JSON, one line per fact, with secrets masked, that never makes anyone wait.

Lines are collected on the loop and written by a thread: a pipe that nobody reads, or a disk that
hangs, costs lines, which are counted, and no request a millisecond. JSON itself escapes line ends
and control characters, so nothing that a caller sends can forge a second line.
"""

import asyncio
import logging
import re
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import orjson

from maru.observability.doing import doing
from maru.observability.drain import Drain
from maru.observability.masking import clean, masked, named

FIELDS: Final = (
    "timestamp",
    "level",
    "service",
    "trace_id",
    "request_id",
    "tenant",
    "user_id",
    "plugin",
    "ip",
    "method",
    "route",
    "status",
    "duration_ms",
    "message",
)
"""What every line has, in this order; null where it doesn't apply. More may follow."""

# A batch wakes the thread that writes, which takes the interpreter from who serves.
_BATCH: Final = 256
_PATIENCE: Final = 0.1
_WAITING: Final = 250
_LAST_WORDS: Final = 2.0
_TAIL: Final = dict.fromkeys(FIELDS[8:-1])
_OPTIONS: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
# C1 controls and the line ends of Unicode: harmless to JSON, not to terminals and line readers.
_ODD: Final = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Journal:
    """Where a process writes its log. `service` is the process's role: `web`, `worker`.

    Any thread may write.
    """

    def __init__(
        self,
        service: str,
        level: str = "INFO",
        out: Any = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`out` takes bytes; standard error unless told."""
        self.service = service
        self.level = logging.getLevelNamesMapping()[level]
        self._clock = clock
        self._lines: deque[bytes] = deque()
        self._timer: asyncio.TimerHandle | None = None
        written = partial(_write, _bare(out or sys.stderr.buffer))
        self._drain: Drain[bytes] = Drain("log", written, limit=_WAITING)

    @property
    def dropped(self) -> int:
        """Lines that nobody will read, because what takes them stood still or was closed."""
        return self._drain.lost

    def write(self, level: int, message: str, **fields: Any) -> None:
        """Writes one line where the level is worth it; what `fields` hold is masked.

        What is being done (`maru.observability.doing`) is said of itself.
        """
        if level >= self.level:
            found = {name: clean(name, value) for name, value in fields.items()}
            self._add(level, {**doing(), **found, "message": masked(message)})

    def served(self, fields: dict[str, Any]) -> None:
        """The line of a request, whose fields hold nothing secret by construction."""
        if self.level <= logging.INFO:
            self._add(logging.INFO, fields)

    def _add(self, level: int, fields: dict[str, Any]) -> None:
        line = {
            "timestamp": self._clock(),
            "level": logging.getLevelName(level).lower(),
            "service": self.service,
            "trace_id": None,
            "request_id": None,
            "tenant": None,
            "user_id": None,
            "plugin": None,
            **_TAIL,
            **fields,
        }
        self._lines.append(_encoded(line))
        if level >= logging.WARNING or len(self._lines) >= _BATCH:
            self.flush()
        elif self._timer is None:
            self._wait()

    def _wait(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
        else:
            self._timer = loop.call_later(_PATIENCE, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.flush()

    def flush(self) -> None:
        """Hands on what waits; never blocks."""
        lines = []
        try:
            while True:
                lines.append(self._lines.popleft())
        except IndexError:
            pass
        if lines:
            self._drain.put(b"".join(lines), len(lines))

    def settle(self, within: float = _LAST_WORDS) -> bool:
        """Waits until everything is written, `within` seconds at most; for a process's end."""
        self.flush()
        return self._drain.settle(within)

    def close(self, within: float = _LAST_WORDS) -> None:
        """The same, and the thread that writes ends; for one of several journals of a process."""
        self.flush()
        self._drain.close(within)


def _encoded(line: dict[str, Any]) -> bytes:
    try:
        found = orjson.dumps(line, default=named, option=_OPTIONS)
    except (TypeError, ValueError):  # half a surrogate, a number beyond 64 bits, too deep
        plain = {str(key): _sound(value) for key, value in line.items()}
        found = orjson.dumps(plain, default=named, option=_OPTIONS)
    if found.isascii() and b"\x7f" not in found:
        return found
    return _ODD.sub(_escaped, found.decode()).encode()


def _sound(value: Any) -> Any:
    if value is None or isinstance(value, bool | float | datetime):
        return value
    return str(value).encode("utf-8", "replace").decode()


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _bare(out: Any) -> Any:
    """What is beneath a buffer: a thread that is stuck in it must not hold the buffer's lock."""
    return getattr(out, "raw", out)


def _write(out: Any, batches: list[bytes]) -> None:
    rest = memoryview(b"".join(batches))
    while rest:
        written = out.write(rest)
        if written is None:  # a descriptor that doesn't block, and is full
            time.sleep(_PATIENCE)
        else:
            rest = rest[written:]


class JournalHandler(logging.Handler):
    """Sends what libraries log through the standard module to the journal."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record as a line, with the trace of its exception."""
        fields: dict[str, Any] = {**getattr(record, "fields", {}), "logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            fields["exception"] = "".join(traceback.format_exception(*record.exc_info))
        self.journal.write(record.levelno, _said(record), **fields)


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # a library's arguments that don't fit its text
        return str(record.msg)


def journal_of_process() -> Journal | None:
    """The journal that `route_standard_logging` was given."""
    handlers = logging.getLogger().handlers
    found = [one.journal for one in handlers if isinstance(one, JournalHandler)]
    return found[0] if found else None


def route_standard_logging(journal: Journal) -> None:
    """Makes the journal the one place where the process logs."""
    root = logging.getLogger()
    root.handlers[:] = [JournalHandler(journal)]
    root.setLevel(journal.level)
    # No line says which thread or process of Python's wrote it, so nobody need look it up.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"


def own_last_words(journal: Journal) -> None:
    """Has what Python prints when something ends badly go to the journal too, masked."""

    def failed(kind: type[BaseException], fault: BaseException, trace: Any) -> None:
        text = "".join(traceback.format_exception(kind, fault, trace))
        journal.write(logging.CRITICAL, "the process ends", exception=text)
        journal.settle()

    def thread_failed(given: threading.ExceptHookArgs) -> None:
        text = "".join(traceback.format_exception(*given[:3]))
        journal.write(logging.ERROR, "a thread ended", exception=text)

    def unraisable(given: Any) -> None:
        text = "".join(
            traceback.format_exception(given.exc_type, given.exc_value, given.exc_traceback)
        )
        journal.write(logging.ERROR, "an error that nobody could be told of", exception=text)

    sys.excepthook, threading.excepthook, sys.unraisablehook = failed, thread_failed, unraisable
    logging.captureWarnings(capture=True)
