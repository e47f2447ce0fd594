"""The database: connections, tenant scope, units of work, reads and migrations.

`Database` makes a `Unit` for a `Scope`; a unit is one transaction under forced row-level security.
`maru.db.migrate` and `maru.db.walk` are for the owner, everything else for roles that own nothing.
"""

from maru.db.database import Database, PoolStatus
from maru.db.scope import NOBODY, Scope
from maru.db.unit import Unit, UnitClosed

__all__ = ["NOBODY", "Database", "PoolStatus", "Scope", "Unit", "UnitClosed"]
