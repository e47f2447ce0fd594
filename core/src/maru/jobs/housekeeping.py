"""Forgets what nobody asks for any more, so that the tables stay small."""

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy as sa

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.events.delivery import PRUNE as EVENTS
from maru.jobs.queries import PRUNE as JOBS
from maru.jobs.queries import PRUNE_RUNS as RUNS
from maru.signals import Loop
from maru.signals.signals import PRUNE as SIGNALS

PAUSE = 60.0

KEPT: Mapping[sa.TextClause, dict[str, float]] = MappingProxyType(
    {
        SIGNALS: {"seconds": 3_600.0},
        EVENTS: {"days": 7},
        RUNS: {"days": 90},
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
        """Prune once, a bounded number of rows of each table."""
        for statement, kept in self._kept.items():
            async with committing(self._database.unit(NOBODY)) as unit:
                await (await unit.session()).execute(statement, kept)
