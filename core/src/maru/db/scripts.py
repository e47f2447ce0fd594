"""Where migrations lie, and whether a database has had them: the runtime role may ask this too."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from maru.db.named import SCHEMA, VERSIONS
from maru.db.roles import plugin_schema

CORE = "core"


@dataclass(frozen=True)
class PluginMigrations:
    """Where a plugin's Alembic versions lie."""

    key: str
    location: Path

    @property
    def schema(self) -> str:
        return SCHEMA if self.key == CORE else plugin_schema(self.key)


CORE_MIGRATIONS = PluginMigrations(CORE, Path(__file__).with_name("migrations"))


@dataclass(frozen=True)
class MigrationState:
    """The revision that a schema is at, and the one that the installed code needs."""

    current: str | None
    head: str | None

    @property
    def done(self) -> bool:
        return self.current == self.head


def scripts_of(plugin: PluginMigrations) -> ScriptDirectory:
    """Read a plugin's revisions: from its folder, or from `versions` below it."""
    folder = plugin.location
    versions = folder / "versions" if (folder / "versions").is_dir() else folder
    return ScriptDirectory(str(folder), version_locations=[str(versions)])


def migration_state(connection: Connection, plugin: PluginMigrations) -> MigrationState:
    """Compare what the database has with what the code needs; the runtime role may ask too."""
    head = scripts_of(plugin).get_current_head()
    exists = sa.text("SELECT to_regclass(:name) IS NOT NULL")
    name = f"{plugin.schema}.{VERSIONS}"
    if not connection.execute(exists, {"name": name}).scalar_one():
        return MigrationState(None, head)
    current = connection.exec_driver_sql(f"SELECT version_num FROM {name}").scalar()  # noqa: S608
    return MigrationState(current, head)
