"""The connections of one process: an engine for units of work and bare ones for reads."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol, Self, TypeVar

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from maru.db.check import check_role, connection_fault
from maru.db.connection import (
    SCOPE,
    Connect,
    behind_pooler,
    close_quietly,
    connector,
    on_begin,
)
from maru.db.encrypted import Sealer
from maru.db.read import READ
from maru.db.readers import Readers
from maru.db.scope import Scope
from maru.db.unit import Finishing, Unit

T = TypeVar("T")

# A plan that is kept from when a table was empty, or that believes it still is, reads all of it.
BY_INDEX = "SET LOCAL plan_cache_mode = force_custom_plan; " + "".join(
    f"SET LOCAL enable_{way} = off; "
    for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort", "incremental_sort")
)


class Timed(Protocol):
    """Told of each statement: its seconds, its text, and its tenant where the caller knows it."""

    def __call__(self, seconds: float, sql: str, tenant: object = None) -> None: ...


@dataclass(frozen=True)
class PoolStatus:
    """Connections that a process may open, has open, and has at work."""

    size: int
    open: int
    in_use: int


class Database:
    """One process's way to PostgreSQL as its runtime role."""

    def __init__(self, engine: AsyncEngine, readers: Readers, *, pooled: bool) -> None:
        self.engine = engine
        self.pooled = pooled
        self.readers = readers
        self.timed: Timed = lambda seconds, sql, tenant=None: None
        self.sealer: Sealer | None = None
        self._finishing = Finishing()
        event.listen(engine.sync_engine, "before_cursor_execute", _begin_timing)
        event.listen(engine.sync_engine, "after_cursor_execute", self._end_timing)
        event.listen(engine.sync_engine, "handle_error", self._end_failed)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        pool_size: int = 20,
        overflow: int = 5,
        wait: float = 30.0,
        application: str = "maru",
        setting: str = "MARU_DATABASE_URL",
    ) -> Self:
        """Connect once, see whether a pooler stands between, and make both pools.

        What is wrong with the server or the role's password is a SettingFault of `setting`.
        """
        async with connection_fault(setting):
            probe = await connector(url, application=application, pooled=True)()
            try:
                pooled = await behind_pooler(probe)
            finally:
                await close_quietly(probe)
        connect = connector(url, application=application, pooled=pooled)
        engine = _engine(connect, pool_size, overflow, wait, pooled=pooled)
        readers = Readers(connect, size=pool_size, wait=wait, pooled=pooled)
        return cls(engine, readers, pooled=pooled)

    async def settled(self) -> None:
        """Wait for what callers that left have given to be finished."""
        await self._finishing.drain()
        await self.readers.settled()

    async def close(self) -> None:
        """Let what is being finished finish, then close every connection."""
        await self._finishing.drain()
        await self.readers.close()
        await self.engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def unit(
        self,
        scope: Scope,
        *,
        readonly: bool = False,
        timeout: float | None = None,
        durable: bool = True,
        by_index: bool = False,
    ) -> Unit:
        """Make a unit of work; no connection is taken before its first use.

        `timeout` (seconds) takes the place of the role's statement time-out. One that isn't
        `durable` doesn't wait for the disk: after a crash of the server the last of them may be
        gone, whole. One that goes `by_index` is planned anew each time and walks along indexes,
        whatever the statistics say of the tables.
        """
        return Unit(
            self, scope, readonly=readonly, timeout=timeout, durable=durable, by_index=by_index
        )

    def scoped(
        self,
        scope: Scope,
        readonly: bool,
        timeout: float | None,
        *,
        durable: bool = True,
        by_index: bool = False,
    ) -> AsyncEngine:
        """Give the engine whose every transaction begins in this scope."""
        begin = scope.sql()
        if readonly:
            begin += "SET LOCAL transaction_read_only = on; "
        if not durable:
            begin += "SET LOCAL synchronous_commit = off; "
        if by_index:
            begin += BY_INDEX
        if timeout is not None:
            begin += f"SET LOCAL statement_timeout = {int(timeout * 1000)}; "
        return self.engine.execution_options(**{SCOPE: begin})

    async def finish(
        self, work: Coroutine[Any, Any, T], *, within: float | None = None
    ) -> T | None:
        """Run work to its end even if the caller is cancelled, or tired of it `within` seconds."""
        return await self._finishing.run(work, within)

    async def check(self, setting: str = "MARU_DATABASE_URL") -> None:
        """Refuse a server or role that may not serve: a SettingFault that names the setting."""
        await self.readers.run(lambda connection: check_role(connection, setting))

    def _end_timing(self, *given: Any) -> None:
        _, _, sql, values, context, _ = given
        self._time(sql, values, context)

    def _end_failed(self, given: Any) -> None:
        """The slowest statements are those that run into their time-out."""
        if given.statement is not None and hasattr(given.execution_context, "maru_began"):
            self._time(given.statement, given.parameters, given.execution_context)

    def _time(self, sql: str, values: Any, context: Any) -> None:
        if sql == READ:
            sql = values[1]
        self.timed(perf_counter() - context.maru_began, sql)

    def status(self) -> PoolStatus:
        """Count the connections of both pools."""
        pool = self.engine.pool
        assert isinstance(pool, AsyncAdaptedQueuePool)
        readers = self.readers
        return PoolStatus(
            size=pool.size() + pool._max_overflow + readers.size,
            open=pool.checkedin() + pool.checkedout() + readers.open,
            in_use=pool.checkedout() + readers.in_use,
        )


def _engine(
    connect: Connect, size: int, overflow: int, wait: float, *, pooled: bool
) -> AsyncEngine:
    arguments: dict[str, Any] = {"async_creator_fn": connect}
    if pooled:
        arguments["prepared_statement_cache_size"] = 0
        arguments["prepared_statement_name_func"] = str  # "": the unnamed statement
    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args=arguments,
        pool_size=size,
        max_overflow=overflow,
        pool_timeout=wait,
        pool_use_lifo=True,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "begin", on_begin)
    event.listen(engine.sync_engine, "checkout", _refuse_dead)
    return engine


def _begin_timing(*given: Any) -> None:
    """Note when a statement is sent; nothing here waits."""
    given[4].maru_began = perf_counter()


def _refuse_dead(adapted: Any, record: Any, proxy: Any) -> None:
    """Spare the ping: a connection that the server closed already knows it."""
    driver = adapted.driver_connection
    if driver is None or driver.is_closed():
        raise DisconnectionError
