"""Makes the tables of an isolated plugin, in a confined process as the role that owns its schema
alone: its migrations are foreign code like the rest."""

import asyncio
import json
import subprocess
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from maru.db.connection import connector
from maru.db.migrate import run_scripts
from maru.db.roles import quoted, run
from maru.db.scripts import PluginMigrations
from maru.isolated.launch import argv_of, environment, ports_of
from maru.plugins.faults import PluginFault
from maru.settings import Settings

PATIENCE = 600.0


def migrate_elsewhere(settings: Settings, key: str, folder: Path, url: str) -> None:
    """Run the plugin's migrations in a process of its own; PluginFault where they fail."""
    told = {"key": key, "memory": settings.isolated_memory, "ports": ports_of(url)}
    told |= {"database": url, "folder": str(folder)}
    done = subprocess.run(  # noqa: S603 - our own program
        argv_of(key, "migrate", tethered=False),
        input=json.dumps(told).encode(),
        capture_output=True,
        env=environment(),
        check=False,
        timeout=PATIENCE,
    )
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        why = last[0][:300] if last else f"status {done.returncode}"
        raise PluginFault(f"Its migrations failed: {why}")


def migrate_here(key: str, url: str, folder: str) -> None:
    """Bring the plugin's schema to the head of the scripts in this folder."""
    asyncio.run(_migrate(PluginMigrations(key, Path(folder)), url))


async def _migrate(plugin: PluginMigrations, url: str) -> None:
    connect = connector(url, application=f"maru migrate {plugin.key}", pooled=False)
    engine = create_async_engine(
        "postgresql+asyncpg://", connect_args={"async_creator_fn": connect}, poolclass=NullPool
    )

    def work(connection: Connection) -> None:
        run(connection, f"SET LOCAL search_path = {quoted(plugin.schema)}, pg_catalog")
        run_scripts(connection, plugin, "head", up=True, echo=lambda _: None)

    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            await connection.run_sync(work)
    finally:
        await engine.dispose()
