"""Which generation of plugin switches this process obeys, without knowing any plugin.

Reported like that of every process, so that the admin's page says when a switch has arrived here
too.
"""

from uuid import UUID

import sqlalchemy as sa

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.signals import Signals

_GENERATION = sa.text("SELECT coalesce(sum(generation), 0)::bigint FROM maru.plugin_state")


class Switches:
    """The sum that `maru.plugins.gate.Gate` makes too, read as the system role."""

    def __init__(self, system: Database, signals: Signals) -> None:
        """Made after the keeper: rooms are closed before it is said."""
        self.generation = 0
        self._system = system
        signals.on("plugin", self._changed)
        signals.on("tenant", self._changed)

    async def load(self) -> None:
        """Reads how often anything was switched."""
        async with self._system.unit(NOBODY, readonly=True) as unit:
            found = await (await unit.session()).scalar(_GENERATION)
        self.generation = int(found or 0)

    async def _changed(self, tenant_id: UUID | None, key: str) -> None:
        await self.load()
