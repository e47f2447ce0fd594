"""Which plugins have tables as new as their code."""

from sqlalchemy import Connection

from maru.db.database import Database
from maru.db.failures import kept_failures
from maru.db.scope import NOBODY
from maru.db.scripts import PluginMigrations, migration_state, scripts_of
from maru.db.unit import Unit
from maru.plugins.faults import PluginFault, behind_wall
from maru.plugins.registry import Installed, PluginHost

COMMAND = "maru migrate"


def migrations(host: PluginHost) -> list[PluginMigrations]:
    """Where the migrations of all installed plugins lie, in order: what `maru migrate` runs."""
    return [found for each in host.installed.values() if (found := _migrations_of(each))]


def _migrations_of(installed: Installed) -> PluginMigrations | None:
    folder, name = installed.folder, installed.plugin.migrations
    if installed.core or folder is None or name is None:
        return None
    return PluginMigrations(installed.key, folder / name)


async def unmigrated(database: Database, host: PluginHost) -> dict[str, str]:
    """The plugins whose migrations have not all run, each with a reason."""
    async with database.unit(NOBODY, readonly=True) as unit:
        return {
            each.key: reason
            for each in host.installed.values()
            if (reason := await why_unmigrated(unit, each))
        }


async def why_unmigrated(unit: Unit, installed: Installed) -> str | None:
    """Why the plugin can't run on the tables that there are, or None where it can."""
    found = _migrations_of(installed)
    if found is None:
        return None
    connection = await unit.db.connection()
    return await connection.run_sync(_compare, found)


def _compare(connection: Connection, found: PluginMigrations) -> str | None:
    try:
        behind_wall("Its migrations can't be read", _read_scripts, found)
    except PluginFault as fault:
        return str(fault)
    state = migration_state(connection, found)
    if state.done:
        return None
    failure = kept_failures(connection).get(found.key)
    if failure is not None:
        return f"Its migration failed: {failure}. Mend it and run: {COMMAND}"
    return f"Its migrations have not run. Run: {COMMAND}"


def _read_scripts(found: PluginMigrations) -> str | None:
    return scripts_of(found).get_current_head()
