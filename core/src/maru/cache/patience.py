"""How long one piece of work may wait for Redis in total, however often it asks."""

import time
from contextvars import ContextVar

AT_MOST = 0.05


class Patience:
    """What a piece of work has left; waits that run side by side count once."""

    __slots__ = ("_began", "_waiting", "left")

    def __init__(self, seconds: float = AT_MOST) -> None:
        self.left = seconds
        self._waiting = 0
        self._began = 0.0

    def __enter__(self) -> None:
        if not self._waiting:
            self._began = time.perf_counter()
        self._waiting += 1

    def __exit__(self, *_: object) -> None:
        self._waiting -= 1
        if not self._waiting:
            self.left -= time.perf_counter() - self._began


_OF_THIS_WORK: ContextVar[Patience | None] = ContextVar("patience", default=None)


def begin_patience() -> None:
    """A new piece of work begins in this context; what it starts shares its patience."""
    _OF_THIS_WORK.set(Patience())


def patience(otherwise: float) -> Patience:
    """That of the work at hand; one of its own, of so many seconds, outside of any."""
    return _OF_THIS_WORK.get() or Patience(otherwise)
