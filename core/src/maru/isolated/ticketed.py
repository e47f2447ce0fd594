"""A call under way in an isolated process, and the database as its ticket opens it."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from maru.access.granted import Granted
from maru.db.connection import SCOPE
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit
from maru.isolated.door import Door
from maru_sdk import User


@dataclass
class Work:
    """One call under way: in whose name, and what its caller must see to afterwards."""

    ticket: str
    user: User | None
    granted: Granted
    door: Door
    nudges: set[str] = field(default_factory=set)
    dropped: list[str] = field(default_factory=list)


WORK: ContextVar[Work] = ContextVar("work")


class TicketUnit(Unit):
    """A unit of work that reads in a transaction, since that is what holds the ticket; before it
    has one of its own, in one that is over afterwards, so that it can still call outside."""

    async def _read_bare(self, sql: str, arguments: list[str | None]) -> bytes:
        async with TicketUnit(self._database, self.scope, readonly=True) as apart:
            _ = apart.db
            return await apart._read(sql, arguments)


class TicketDatabase(Database):
    """The plugin's own way to the database: every transaction begins with the ticket at hand."""

    def unit(
        self,
        scope: Scope,
        *,
        readonly: bool = False,
        timeout: float | None = None,
        durable: bool = True,
        by_index: bool = False,
    ) -> Unit:
        """See `Database`."""
        return TicketUnit(
            self, scope, readonly=readonly, timeout=timeout, durable=durable, by_index=by_index
        )

    def scoped(
        self, scope: Scope, readonly: bool, timeout: float | None, **how: bool
    ) -> AsyncEngine:
        """See `Database`."""
        engine = super().scoped(scope, readonly, timeout, **how)
        begin = engine.get_execution_options()[SCOPE]
        shown = WORK.get().ticket.replace("'", "")
        return self.engine.execution_options(
            **{SCOPE: f"SET LOCAL maru.ticket = '{shown}'; {begin}"}
        )
