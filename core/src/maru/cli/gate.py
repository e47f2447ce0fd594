"""A gate before which a process waits, ready to go, until what it needs is there.

The demo's web process imports its modules while the database is prepared, and serves when that is
done. The gate is a pipe: closing its only writing end opens it for all who wait and for all who
come later.
"""

from __future__ import annotations

import os


class Gate:
    """The keeper's side; `handle` is what a process inherits."""

    def __init__(self) -> None:
        self.handle, self._writing = os.pipe()
        self._closed = True

    @property
    def is_closed(self) -> bool:
        return self._closed

    def open(self) -> None:
        """Let everybody through, for good."""
        if self._closed:
            os.close(self._writing)
            self._closed = False


def pass_gate(handle: int) -> None:
    """Wait until the gate is open."""
    os.read(handle, 1)
    os.close(handle)
