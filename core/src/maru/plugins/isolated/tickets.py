"""Tickets: for whom an isolated plugin works just now, signed so that the database believes it.

The plugin's own database role can set any tenant and reaches nothing by that: its rows are those of
the ticket at hand. A ticket is for one plugin, one tenant, one person and a short time.
"""

import hashlib
import time
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from maru.db.database import Database
from maru.db.scope import NOBODY

GRACE = 5.0
"""Seconds that a ticket outlives the deadline of its call, for clocks that differ."""

_KEY = sa.text("SELECT inside, outside FROM maru.ticket_key")


@dataclass(frozen=True)
class Tickets:
    """Signs tickets; only the roles of our own processes can read what with."""

    inside: bytes
    outside: bytes

    @classmethod
    async def open(cls, database: Database) -> "Tickets":
        """The keys that this database checks tickets with."""
        async with database.unit(NOBODY, readonly=True) as unit:
            row = (await unit.db.execute(_KEY)).one()
        return cls(bytes(row.inside), bytes(row.outside))

    def sign(self, key: str, tenant: UUID, person: UUID | None, seconds: float) -> str:
        """A ticket for this plugin that holds for so many seconds and a little more."""
        ends = int(time.time() + seconds + GRACE)
        said = f"{key}|{tenant}|{person or ''}|{ends}"
        inner = hashlib.sha256(self.inside + said.encode()).digest()
        return f"{said}|{hashlib.sha256(self.outside + inner).hexdigest()}"
