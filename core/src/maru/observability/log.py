"""The log: JSON, one line per fact, written in batches, with secrets masked.

JSON itself escapes line ends and control characters, so nothing that a caller sends can forge a
second line.
"""

import asyncio
import logging
import re
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

import orjson

_BATCH: Final = 64
_PATIENCE: Final = 0.1
_MASK: Final = "***"
_SECRET_NAME: Final = re.compile(
    r"passw|secret|token|authorization|cookie|api_?key|private|credential|csrf", re.IGNORECASE
)
_SECRETS: Final = (
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]+"),
    re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"),
    re.compile(r"(?i)(?<=password=)[^\s&]+|(?<=_token=)[^\s&]+|(?<=secret=)[^\s&]+"),
)


def masked(text: str) -> str:
    """The text without what looks like a password, a token or a secret."""
    for pattern in _SECRETS:
        text = pattern.sub(_MASK, text)
    return text


def _clean(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name):
        return _MASK
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(name, item) for item in value]
    return value


def _named(value: Any) -> str:
    return masked(str(value))


class Journal:
    """Where a process writes its log. `service` is the process's role: `web`, `worker`."""

    def __init__(
        self,
        service: str,
        level: str = "INFO",
        out: BinaryIO | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.service = service
        self.level = logging.getLevelNamesMapping()[level]
        self._out = out or sys.stderr.buffer
        self._clock = clock
        self._lines: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    def write(self, level: int, message: str, **fields: Any) -> None:
        """Writes one line where the level is worth it; what `fields` hold is masked."""
        if level >= self.level:
            clean = {name: _clean(name, value) for name, value in fields.items()}
            self._add(level, {**clean, "message": masked(message)})

    def served(self, fields: dict[str, Any]) -> None:
        """The line of a request, whose fields hold nothing secret by construction."""
        if self.level <= logging.INFO:
            self._add(logging.INFO, fields)

    def _add(self, level: int, fields: dict[str, Any]) -> None:
        line = {
            "timestamp": self._clock(),
            "level": logging.getLevelName(level).lower(),
            "service": self.service,
            **fields,
        }
        self._lines.append(
            orjson.dumps(
                line,
                default=_named,
                option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS,
            )
        )
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
            self._timer = loop.call_later(_PATIENCE, self.flush)

    def flush(self) -> None:
        """Writes what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            lines, self._lines = self._lines, []
            self._out.write(b"".join(lines))
            self._out.flush()


class JournalHandler(logging.Handler):
    """Sends what libraries log through the standard module to the journal."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record as a line, with the trace of its exception."""
        fields: dict[str, Any] = {"logger": record.name, **getattr(record, "fields", {})}
        if record.exc_info and record.exc_info[0] is not None:
            fields["exception"] = "".join(traceback.format_exception(*record.exc_info))
        self._journal.write(record.levelno, record.getMessage(), **fields)


def route_standard_logging(journal: Journal) -> None:
    """Makes the journal the one place where the process logs."""
    root = logging.getLogger()
    root.handlers[:] = [JournalHandler(journal)]
    root.setLevel(journal.level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
