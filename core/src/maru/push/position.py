"""Where a page stands in the log of messages: which transactions its messages were read from.

Numbers are given before the commit, so "everything up to number 7" would step over a message whose
transaction commits late; and waiting for the oldest transaction would let one slow writer delay
everybody. A snapshot says exactly what could be seen, in any process of the same database.
"""

from dataclasses import dataclass
from typing import Self

LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What PostgreSQL calls a snapshot: `xmin:xmax:xid,xid`."""

    xmin: int
    xmax: int
    running: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `pg_current_snapshot()`; ValueError for anything else."""
        xmin, xmax, running = text.split(":")
        return cls(int(xmin), int(xmax), frozenset(int(xid) for xid in running.split(",") if xid))

    def sees(self, xid: int) -> bool:
        """Whether what this transaction has written is visible."""
        return xid < self.xmin or (xid < self.xmax and xid not in self.running)

    def __str__(self) -> str:
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, sorted(self.running)))}"


NOTHING = Snapshot(0, 0, frozenset())


@dataclass(frozen=True, slots=True)
class Position:
    """Everything that `whole` sees, and of what `partly` sees the messages up to `number`.

    `at` is the database's time when it was read, in seconds since 1970.
    """

    at: int
    whole: Snapshot
    number: int = 0
    partly: Snapshot | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a page brings back; ValueError for what isn't ours."""
        if len(text) > LONGEST:
            raise ValueError("too long")
        at, whole, *more = text.split("~")
        if not more:
            return cls(int(at), Snapshot.parse(whole))
        number, partly = more
        return cls(int(at), Snapshot.parse(whole), int(number), Snapshot.parse(partly))

    def has(self, xid: int, number: int) -> bool:
        """Whether the message of this number, written by this transaction, came before."""
        if self.whole.sees(xid):
            return True
        return self.partly is not None and number <= self.number and self.partly.sees(xid)

    def __str__(self) -> str:
        whole = f"{self.at}~{self.whole}"
        return whole if self.partly is None else f"{whole}~{self.number}~{self.partly}"
