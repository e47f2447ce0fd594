"""Who is called, as one tenant sees it: how many calls are under way, and whether it keeps failing.

A receiver that is slow or dead costs the tenant that calls it a few places and nobody else any.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from maru_sdk.http import Unreachable

FAILURES = 3
REST = 30.0
AT_ONCE = 256
OF_TENANT = 16
OF_RECEIVER = 8
REMEMBERED = 10_000


@dataclass(slots=True)
class Receiver:
    """One host and port, as one tenant calls it."""

    places: asyncio.Semaphore
    clock: Callable[[], float] = time.monotonic
    users: int = 0
    failures: int = 0
    since: float = field(default=0.0)

    def check(self) -> None:
        """Raise Unreachable while it rests."""
        if self.failures >= FAILURES and self.clock() - self.since < REST:
            raise Unreachable("The other side has failed too often of late")

    def try_again(self) -> None:
        """After the rest let one caller through, and none besides until it is known what came of
        it."""
        self.check()
        if self.failures >= FAILURES:
            self.since = self.clock()

    def failed(self) -> None:
        """It couldn't be reached, was late or failed; the third time in a row opens the breaker."""
        self.failures += 1
        self.since = self.clock()

    def answered(self) -> None:
        """It answered; the breaker is closed again."""
        self.failures = 0


class Receivers:
    """The receivers of one process; the longest unused are forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all = asyncio.Semaphore(AT_ONCE)
        self._kept: OrderedDict[Hashable, Receiver] = OrderedDict()

    @asynccontextmanager
    async def turn(self, tenant_id: UUID, host: str, port: int) -> AsyncIterator[Receiver]:
        """A place among the calls under way, as soon as there is one."""
        tenant = self._get(tenant_id, OF_TENANT)
        receiver = self._get((tenant_id, host, port), OF_RECEIVER)
        receiver.check()
        tenant.users += 1
        receiver.users += 1
        try:
            async with receiver.places, tenant.places, self._all:
                receiver.try_again()
                yield receiver
        finally:
            tenant.users -= 1
            receiver.users -= 1
            self._forget()

    def _get(self, key: Hashable, places: int) -> Receiver:
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = Receiver(asyncio.Semaphore(places), self._clock)
        self._kept.move_to_end(key)
        return found

    def _forget(self) -> None:
        while len(self._kept) > REMEMBERED:
            key, oldest = next(iter(self._kept.items()))
            if oldest.users:
                return
            del self._kept[key]
