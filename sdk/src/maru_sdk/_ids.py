"""Identifiers whose order is time, made in Python so that a key is known before the INSERT."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_COUNTER_BITS = 12
_RANDOM_BITS = 62
_COUNTERS = (1 << _COUNTER_BITS) - 1
_RANDOMS = (1 << _RANDOM_BITS) - 1
_MARKS = 0x7 << 76 | 0b10 << _RANDOM_BITS
_NOISE = 9
_POOL = _NOISE * 400


class _Clock:
    """The last stamp given out: a millisecond and a counter below it, never going back.

    What makes it unguessable is asked of the system for hundreds at a time: a bulk of jobs would
    spend most of its time asking.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Know nothing: a forked child would give out what its parent does."""
        self._lock = threading.Lock()
        self._last = 0
        self._pool = b""
        self._at = 0

    def next(self) -> tuple[int, int]:
        """The next stamp, and random bits for below it."""
        now = (time.time_ns() // 1_000_000) << _COUNTER_BITS
        with self._lock:
            noise = self._noise()
            self._last = max(self._last + 1, now | noise >> _RANDOM_BITS)
            return self._last, noise & _RANDOMS

    def _noise(self) -> int:
        """Bits enough for the random part and for all but two of the counter's."""
        at = self._at
        if at == len(self._pool):
            self._pool, at = os.urandom(_POOL), 0
        self._at = at + _NOISE
        return int.from_bytes(self._pool[at : self._at])


_clock = _Clock()
os.register_at_fork(after_in_child=_clock.begin)


def uuid7() -> UUID:
    """Return a new UUIDv7; within one process each is greater than the one before."""
    stamp, noise = _clock.next()
    high = stamp >> _COUNTER_BITS << 16 | stamp & _COUNTERS
    return UUID(int=high << 64 | _MARKS | noise)
