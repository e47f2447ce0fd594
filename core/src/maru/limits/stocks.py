"""Stocks of reads: drawn ahead from what all processes share, so that a read asks nobody.

A key that a process sees for the first time begins with a small credit, a thousandth of its rate,
which is booked within a second; everything else is drawn before it is used. So of any rate at most
a thousandth per process is let through too much.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from maru.limits.rates import Rate

LIVES: Final = 2.5
"""Seconds for which what was drawn may be used; the shared window counts longer than that."""

_CREDIT: Final = 1_000
_AT_ONCE: Final = 500
_LONGEST_NO: Final = 1.0
Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Stock:
    """What one process holds for one key."""

    key: str
    name: str
    tenant: str
    rate: Rate
    left: int
    until: float
    used: int = 0
    owed: int = 0
    on_credit: bool = True
    refused_until: float = 0.0
    free_at: float = 0.0
    seen: float = 0.0
    drawing: asyncio.Future[None] | None = None
    headers: Headers = field(default_factory=list)

    @classmethod
    def begun(cls, key: str, name: str, tenant: str, rate: Rate, now: float) -> "Stock":
        """A stock on credit."""
        credit = max(1, rate.most // _CREDIT)
        made = cls(key, name, tenant, rate, credit, now + LIVES, owed=credit, seen=now)
        made.tell(rate.most, 0)
        return made

    @property
    def at_once(self) -> int:
        """How many are drawn when there are none: a refill is worth its round trip."""
        return max(1, self.rate.most // _AT_ONCE, self.used)

    def settles(self) -> tuple[int, int]:
        """What is to be booked (or is given back, below zero), and how many are wanted next."""
        used, self.used = self.used, 0
        if self.on_credit:
            return self.spent_on_credit(), 2 * used
        more = 2 * used - self.left
        if more >= 0:
            return 0, more
        self.left += more
        return more, 0

    def spent_on_credit(self) -> int:
        """What must be booked, once."""
        if not self.on_credit:
            return 0
        spent, self.left, self.on_credit = self.owed - self.left, 0, False
        return spent

    def drawn(self, granted: int, left: int, wait: float, now: float) -> None:
        """Puts on stock what was granted."""
        self.left += granted
        self.until = now + LIVES
        if not granted and left == 0:
            self.free_at = now + wait
            self.refused_until = now + min(wait, _LONGEST_NO)
        self.tell(left + self.left, wait)

    def tell(self, left: int, wait: float) -> None:
        """What the caller is told until the next settling."""
        self.headers = headers_of(self.name, self.rate, left, wait)


def headers_of(name: str, rate: Rate, left: int, wait: float) -> Headers:
    """The headers of draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it."""
    reset = max(1, round(wait)) if wait else rate.seconds
    return [
        (b"ratelimit-policy", f'"{name}";q={rate.most};w={rate.seconds}'.encode()),
        (b"ratelimit", f'"{name}";r={left};t={reset}'.encode()),
    ]
