"""uvicorn's connection with a shorter way for answers that are whole: one write instead of two.

A write is a system call and wakes who reads. uvicorn writes an answer's head and its body each by
itself, and looks through every header with two expressions, though most are the same each time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from maru.api.exchange import WHOLE, Header

_FRAMING: Final = frozenset({b"connection", b"transfer-encoding"})
_NAMES: Final = 1_000


class Protocol(HttpToolsProtocol):
    """Offers each request the way for whole answers."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.scope["extensions"] = {WHOLE: Whole(cycle)}  # type: ignore[dict-item]
        super()._start_asgi_task(cycle, app)


class Whole:
    """Writes one request's answer at once (`maru.api.exchange.SendWhole`)."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def __call__(self, status: int, headers: list[Header], standing: bytes, body: bytes) -> bool:
        """False where uvicorn must decide: a client that lags or has left, a connection that ends,
        a header that it might refuse."""
        cycle = self._cycle
        if cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
            return False
        told = _lines(headers) if cycle.keep_alive else None
        if told is None:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        dated = b"".join([b"%s: %s\r\n" % header for header in cycle.default_headers])
        head = (STATUS_LINE[status], dated, told, standing, b"\r\n", body)
        cycle.transport.write(b"".join(head))
        cycle.message_event.set()
        cycle.on_response()
        return True


def _lines(headers: list[Header]) -> bytes | None:
    """The headers as they go out; None where one could be read as something else."""
    parts: list[bytes] = []
    for name, value in headers:
        if not _is_plain(name):
            return None
        parts += (name, b": ", value, b"\r\n")
    values = b"".join(parts[2::4])
    if not values.isascii() or not values.decode("ascii").isprintable():
        return None
    return b"".join(parts)


@lru_cache(_NAMES)
def _is_plain(name: bytes) -> bool:
    """Whether this names a header that means nothing to the connection itself."""
    return HEADER_RE.search(name) is None and name.lower() not in _FRAMING
