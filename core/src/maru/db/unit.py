"""A unit of work: one transaction, opened at its first use, and the only place that commits.

What a unit starts it finishes: a caller that is cancelled leaves no connection in a transaction,
because commit, rollback and the connection's return run to their end in tasks of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from maru.db.encrypted import SEALER, TENANT, SealingSession
from maru.db.paging import ask, page_of
from maru.db.read import READ, compiled
from maru.db.scope import Scope
from maru_sdk.db import Page, Query, Rows, TenantModel

if TYPE_CHECKING:
    from maru.db.database import Database
    from maru_sdk import CursorParams, PageParams

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=TenantModel)
T = TypeVar("T")
_AT_COMMIT = 50
AfterCommit = Callable[[], Awaitable[object]]

UNDONE_WITHIN = 5.0
"""Seconds that a caller waits for a rollback; a server that hangs gets to it when it can."""

_log = logging.getLogger(__name__)


class UnitClosed(RuntimeError):
    """The unit of work was committed or rolled back; what comes later needs one of its own."""


class UnitSession(AsyncSession):
    """A session that leaves the end of its transaction to the unit of work."""

    async def commit(self) -> None:
        """Refuse: the unit commits, when the work's answer is known."""
        raise UnitClosed("core commits when the answer starts; there is no commit here")

    async def rollback(self) -> None:
        """Refuse: raise an error instead, and the unit rolls back."""
        raise UnitClosed("raise an error and core rolls back; there is no rollback here")


class Unit:
    """One transaction for one scope. Use as `async with`: what isn't committed is rolled back."""

    def __init__(
        self,
        database: Database,
        scope: Scope,
        *,
        readonly: bool = False,
        timeout: float | None = None,
        durable: bool = True,
        by_index: bool = False,
    ) -> None:
        self.scope = scope
        self.readonly = readonly
        self.closed = False
        self._database = database
        self._timeout = timeout
        self._how = {"durable": durable, "by_index": by_index}
        self._session: UnitSession | None = None
        self._after: list[AfterCommit] = []
        self._last: list[str] = []

    @property
    def opened(self) -> bool:
        """Whether a transaction is open, or about to be."""
        return self._session is not None

    @property
    def touched(self) -> bool:
        """Whether anything depends on this unit's commit."""
        return self._session is not None or bool(self._after)

    async def session(self) -> AsyncSession:
        """Return the session of this unit's transaction; the first call opens it."""
        return self.db

    @property
    def db(self) -> AsyncSession:
        """The same session, for `ctx.db`, which is no call."""
        self._check_open()
        if self._session is None:
            engine = self._database.scoped(self.scope, self.readonly, self._timeout, **self._how)
            self._session = UnitSession(
                engine,
                sync_session_class=SealingSession,
                expire_on_commit=False,
                info={SEALER: self._database.sealer, TENANT: self.scope.tenant},
            )
        return self._session

    async def get(self, model: type[R], key: UUID) -> R | None:
        """Return the tenant's row with this id, or None."""
        session = await self.session()
        return await session.get(model, (self.scope.tenant, key) if model.__tenant__ else key)

    async def read(self, query: Query[M], **args: Any) -> Rows[M]:
        """Run a query in one round trip; the unit's own writes are seen."""
        statement = compiled(query)
        return Rows(await self._read(statement.sql, statement.arguments(args)), query.row)

    async def page(
        self, query: Query[M], params: PageParams | CursorParams, **args: Any
    ) -> Page[M]:
        """Run a query for one page of it."""
        asked = ask(query, params)
        arguments = asked.statement.places.values({**args, **asked.arguments})
        return page_of(query, asked, await self._read(asked.statement.sql, arguments))

    async def _read(self, sql: str, arguments: list[str | None]) -> bytes:
        self._check_open()
        if self._session is None:
            return await self._read_bare(sql, arguments)
        await self._session.flush()
        connection = await self._session.connection()
        answer = await connection.exec_driver_sql(READ, (self.scope.tenant, sql, arguments))
        return str(answer.scalar_one()).encode()

    async def _read_bare(self, sql: str, arguments: list[str | None]) -> bytes:
        """Read without a transaction of the unit's own."""
        began = perf_counter()
        reading = self._database.readers.fetch
        try:
            found = await reading(self.scope.tenant, sql, arguments, timeout=self._timeout)
        finally:
            self._database.timed(perf_counter() - began, sql, self.scope.tenant)
        return found.encode()

    async def at_commit(self, sql: str) -> None:
        """Have a statement without parameters run at the end of the transaction, in the commit's
        round trip. What it writes isn't seen in this unit; what it refuses fails the commit."""
        session = self.db
        if session.in_nested_transaction():  # which may be undone without the rest
            await (await session.connection()).exec_driver_sql(sql)
            return
        self._last.append(sql)
        if len(self._last) >= _AT_COMMIT:
            driver = await self._begun(session)
            last, self._last = self._last, []
            await driver.execute("; ".join(last))

    async def _begun(self, session: AsyncSession) -> Any:
        """The connection as it is, in its transaction, which the first statement opens."""
        connection = await session.connection()
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        if not driver.is_in_transaction():
            await connection.exec_driver_sql(self._last.pop(0))
        return driver

    def on_commit(self, callback: AfterCommit) -> None:
        """Have `callback` awaited after a successful commit; its failure is logged, no more."""
        self._check_open()
        self._after.append(callback)

    async def commit(self) -> None:
        """Commit, then run what waits for it. Runs to its end even if the caller is cancelled."""
        self._check_open()
        self.closed = True
        if self._session is not None or self._after:
            await self._database.finish(self._commit())

    async def _commit(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            try:
                if self._last:
                    await session.flush()
                    driver = await self._begun(session)
                    driver.maru_commit = "; ".join(self._last)
                await AsyncSession.commit(session)
            finally:
                await session.close()
        await self._run_after()

    async def _run_after(self) -> None:
        pending = (callback() for callback in self._after)
        for found in await asyncio.gather(*pending, return_exceptions=True):
            if isinstance(found, Exception):
                _log.error("a callback after the commit failed", exc_info=found)

    async def rollback(self) -> None:
        """Undo everything; again, or once a commit has begun, it does nothing."""
        if self.closed:
            return
        self.closed = True
        session, self._session = self._session, None
        self._after.clear()
        if session is not None:
            await self._database.finish(session.close(), within=UNDONE_WITHIN)

    def _check_open(self) -> None:
        if self.closed:
            raise UnitClosed("this unit of work is over")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.rollback()


@asynccontextmanager
async def committing(unit: Unit) -> AsyncIterator[Unit]:
    """Commit the unit when left without an exception, undo it otherwise."""
    async with unit:
        yield unit
        if not unit.closed:
            await unit.commit()


class Finishing:
    """Runs coroutines to their end, whoever stops waiting for them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, T], within: float | None = None) -> T | None:
        """The result of `work`; None where it takes longer than `within` and goes on alone."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        try:
            async with asyncio.timeout(within) as waiting:
                return await asyncio.shield(task)
        except TimeoutError:
            if not waiting.expired():
                raise
            return None

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)

    async def drain(self) -> None:
        """Wait for what is still being finished."""
        while self._tasks:
            await asyncio.wait(self._tasks)
