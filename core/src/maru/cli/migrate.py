"""`maru migrate`: bring a database to the version of core and plugins that are installed."""

from __future__ import annotations

import sys

import click

from maru.cli import say
from maru.db.migrate import MigrationReport
from maru.db.migrate import migrate as run
from maru.db.scripts import PluginMigrations
from maru.plugins.migrated import migrations
from maru.plugins.registry import PluginHost
from maru.settings import Settings, load_settings


@click.command()
def command() -> None:
    """Bring the database to this version; status 1 where a plugin's migration failed."""
    if migrate(load_settings()).failed:
        sys.exit(1)


def migrate(settings: Settings) -> MigrationReport:
    """Migrate core and all plugins; one that fails is said and stays where it was."""
    settings.require("database_owner_url", "database_url", "database_system_url")

    def installed() -> list[PluginMigrations]:
        return migrations(PluginHost.load({}, strict=settings.strict_plugins))

    return run(settings, say, installed)
