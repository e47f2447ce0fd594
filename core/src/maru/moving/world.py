"""What of an installation a move stands on, and which versions of its schemas it has."""

from collections.abc import Iterable
from typing import Protocol

import sqlalchemy as sa

from maru.crypto.keys import Keys
from maru.db.database import Database
from maru.db.named import VERSIONS
from maru.db.roles import quoted
from maru.db.unit import Unit
from maru.files.store import Store
from maru.plugins.registry import PluginHost
from maru.redis import Redises
from maru.signals import Signals


class World(Protocol):
    """See `maru.house.House`."""

    @property
    def database(self) -> Database: ...
    @property
    def redises(self) -> Redises: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def store(self) -> Store: ...
    @property
    def host(self) -> PluginHost: ...


async def revisions(unit: Unit, schemas: Iterable[str]) -> dict[str, str]:
    """The migration that each schema has reached."""
    found = {}
    for schema in sorted(schemas):
        sql = f"SELECT version_num FROM {quoted(schema)}.{VERSIONS}"  # noqa: S608 (quoted)
        found[schema] = str(await unit.db.scalar(sa.text(sql)) or "")
    return found
