"""Bare connections for reads: one statement each time, and nothing to clean up afterwards.

A general pool resets what it takes back, in a task of its own; a read leaves nothing behind, and
that work cost more than the read itself. What a caller abandons is mended before it serves again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from maru.db.connection import Connect, close_quietly
from maru.db.read import READ, READ_KEPT

T = TypeVar("T")
Asked = tuple[UUID | None, str, list[str | None]]
"""The tenant, the SQL and its arguments."""

LOST = (
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    ConnectionResetError,
)
_MENDED_WITHIN = 5.0
_SILENCE = 60.0  # longer than any statement time-out: then the server is gone without a word


class Readers:
    """At most `size` connections; a caller waits `wait` seconds for one."""

    def __init__(self, connect: Connect, *, size: int, wait: float, pooled: bool) -> None:
        self.size = size
        self._connect = connect
        self._wait = wait
        self._pooled = pooled
        self._free = asyncio.Semaphore(size)
        self._idle: list[asyncpg.Connection] = []
        self._open: set[asyncpg.Connection] = set()
        self._mending: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._open)

    @property
    def in_use(self) -> int:
        """How many of them are at work."""
        return len(self._open) - len(self._idle)

    async def fetch(
        self,
        tenant: UUID | None,
        sql: str,
        arguments: list[str | None],
        *,
        timeout: float | None = None,  # noqa: ASYNC109  # asyncpg's own, cheaper than a context
    ) -> str:
        """Run compiled SQL through `maru.read`; once more where the connection turns out lost.

        After `timeout` seconds it is a TimeoutError, however well the server keeps silent.
        """
        asked = (tenant, sql, arguments)
        try:
            return await self._fetch(asked, timeout or _SILENCE)
        except LOST:
            return await self._fetch(asked, timeout or _SILENCE)

    async def _fetch(self, asked: Asked, limit: float) -> str:
        connection = await self._take()
        try:
            found = await self._ask(connection, asked, limit)
        except asyncpg.PostgresError:
            self._give(connection)  # the statement failed, the connection is well
            raise
        except BaseException:
            self._mend(connection)
            raise
        self._give(connection)
        return found

    async def _ask(self, connection: Any, asked: Asked, limit: float) -> str:
        found: str
        if self._pooled:  # what is prepared and what runs it must meet on one server connection
            async with connection.transaction():
                found = await connection.fetchval(READ, *asked, timeout=limit)
            return found
        tenant, sql, arguments = asked
        name = await connection.plans.name(connection, sql)
        if name is None:
            found = await connection.fetchval(READ, *asked, timeout=limit)
        else:
            found = await connection.fetchval(READ_KEPT, tenant, name, arguments, timeout=limit)
        return found

    async def run(self, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """Lend a connection to `work`."""
        connection = await self._take()
        try:
            return await work(connection)
        finally:
            self._mend(connection)

    async def _take(self) -> asyncpg.Connection:
        if self._free.locked():
            async with asyncio.timeout(self._wait):
                await self._free.acquire()
        else:
            await self._free.acquire()
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._open.discard(connection)
        try:
            connection = await self._connect()
        except BaseException:
            self._free.release()
            raise
        self._open.add(connection)
        return connection

    def _give(self, connection: asyncpg.Connection) -> None:
        if connection.is_closed() or self._closed:
            self._open.discard(connection)
            connection.terminate()
        else:
            self._idle.append(connection)
        self._free.release()

    def _mend(self, connection: asyncpg.Connection) -> None:
        """Wait, in the background, until what was abandoned has ended on the server too."""
        task = asyncio.ensure_future(self._settle(connection))
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def _settle(self, connection: asyncpg.Connection) -> None:
        try:
            async with asyncio.timeout(_MENDED_WITHIN):
                await connection.reset()  # which rolls back, and forgets that it had begun
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection.terminate()
        finally:
            self._give(connection)

    async def settled(self) -> None:
        """Wait for what is being mended."""
        while self._mending:
            await asyncio.wait(self._mending)

    async def close(self) -> None:
        """Close what is idle; what is at work is closed when it comes back."""
        self._closed = True
        await self.settled()
        while self._idle:
            connection = self._idle.pop()
            self._open.discard(connection)
            await close_quietly(connection)
