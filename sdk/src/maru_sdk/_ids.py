"""Identifiers whose order is time, made in Python so that a key is known before the INSERT."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

_COUNTER_BITS = 12
_RANDOM_BITS = 62


class _Clock:
    """The last stamp given out: a millisecond and a counter below it, never going back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        now = (time.time_ns() // 1_000_000) << _COUNTER_BITS
        with self._lock:
            self._last = max(self._last + 1, now | secrets.randbits(_COUNTER_BITS - 2))
            return self._last


_clock = _Clock()


def uuid7() -> UUID:
    """Return a new UUIDv7; within one process each is greater than the one before."""
    milliseconds, counter = divmod(_clock.next(), 1 << _COUNTER_BITS)
    high = (milliseconds << 16) | 0x7000 | counter
    low = (0b10 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    return UUID(int=(high << 64) | low)
