"""What leaves for one client: written at once where its socket takes it, else kept up to a bound.

A client that doesn't read fills its own queue and nobody else's; at the bound it is dropped.
"""

from collections import deque
from typing import Final, Protocol

from maru.push.frames import Frame
from maru.push.visitor import Close

MESSAGES: Final = 512
BYTES: Final = 1 << 20


class Pipe(Protocol):
    """The near end of a client's connection."""

    @property
    def ready(self) -> bool:
        """Whether it takes a frame without waiting."""
        ...

    def write(self, frame: Frame) -> None:
        """Send a frame; never waits."""
        ...

    def leave(self, code: int, reason: str) -> None:
        """Close, and break off what doesn't let itself be closed."""
        ...


class Outgoing:
    """The queue of one client."""

    __slots__ = ("_bytes", "_pipe", "_waiting", "closed")

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._waiting: deque[Frame] | None = None
        self._bytes = 0
        self.closed = False

    def offer(self, frame: Frame) -> bool:
        """Send, now or when the client takes it; False where the client is gone, or goes now."""
        if self.closed:
            return False
        if self._waiting is None and self._pipe.ready:
            self._pipe.write(frame)
            return True
        return self._keep(frame)

    def _keep(self, frame: Frame) -> bool:
        waiting = self._waiting = self._waiting or deque()
        waiting.append(frame)
        self._bytes += len(frame.text)
        if len(waiting) <= MESSAGES and self._bytes <= BYTES:
            return True
        self.close(Close.TOO_SLOW, "this client doesn't read")
        return False

    def flush(self) -> None:
        """Send what waits, as far as the client takes it."""
        while self._waiting and self._pipe.ready and not self.closed:
            frame = self._waiting.popleft()
            self._bytes -= len(frame.text)
            self._pipe.write(frame)
        if not self._waiting:
            self._waiting, self._bytes = None, 0

    def close(self, code: int, reason: str) -> None:
        """Send nothing more."""
        if not self.closed:
            self.closed, self._waiting = True, None
            self._pipe.leave(code, reason)
