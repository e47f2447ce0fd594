"""Forgets what nobody asks for any more, so that the tables stay small."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.events.queries import PRUNE as EVENTS
from maru.jobs.queries import PRUNE as JOBS
from maru.jobs.schedule_queries import PRUNE as RUNS
from maru.mail.queries import PRUNE as MAILS
from maru.push.log import KEPT as LIVE_KEPT
from maru.push.log import PRUNE as LIVE
from maru.signals import Loop
from maru.signals.signals import PRUNE as SIGNALS

PAUSE = 60.0
ROUNDS = 40
FULL = 5_000

KEPT: Mapping[sa.TextClause, dict[str, float]] = MappingProxyType(
    {
        SIGNALS: {"seconds": 3_600.0},
        EVENTS: {"days": 7},
        LIVE: {"seconds": LIVE_KEPT},
        RUNS: {"days": 14},
        MAILS: {"days": 30},
    }
)


class Housekeeping:
    """Prunes as `maru_system`; any number may run."""

    def __init__(self, database: Database, jobs_kept_days: int = 14) -> None:
        self._database = database
        self._kept: dict[sa.TextClause, dict[str, float]] = {**KEPT, JOBS: {"days": jobs_kept_days}}
        self._loop = Loop("housekeeping", self.tidy, PAUSE)

    def start(self) -> None:
        """Begin to prune."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop pruning."""
        await self._loop.stop()

    async def tidy(self) -> None:
        """Prune each table; what is very much goes in pieces, the rest of it next time."""
        for statement, kept in self._kept.items():
            for _ in range(ROUNDS):
                if await self._pruned(statement, kept) < FULL:
                    break

    async def _pruned(self, statement: sa.TextClause, kept: Mapping[str, float]) -> int:
        async with committing(self._database.unit(NOBODY)) as unit:
            found: Any = await (await unit.session()).execute(statement, kept)
        return int(found.rowcount)
