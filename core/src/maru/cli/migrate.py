"""`maru migrate`: bring a database to the version of core and plugins that are installed."""

from __future__ import annotations

import asyncio
import sys

import click

from maru.cli import say
from maru.db.migrate import MigrationReport
from maru.db.migrate import migrate as run
from maru.db.scripts import PluginMigrations
from maru.isolated.preparing import Strangers
from maru.plugins.isolated.remote import nowhere
from maru.plugins.isolated.trust import Isolation
from maru.plugins.migrated import migrations
from maru.plugins.registry import PluginHost
from maru.settings import Settings, load_settings


@click.command()
def command() -> None:
    """Bring the database to this version; status 1 where a plugin's migration failed."""
    report, _ = migrate(load_settings())
    if report.failed:
        sys.exit(1)


def migrate(settings: Settings) -> tuple[MigrationReport, list[str]]:
    """Migrate core and all plugins; one that fails is said and stays where it was.

    Plugins that nobody has vouched for are described, and their tables made, in processes of their
    own; the second answer are the keys of those that can run so.
    """
    settings.require("database_owner_url", "database_url", "database_system_url")
    strangers = asyncio.run(Strangers.look(settings))
    isolation = Isolation(strangers.trust, nowhere)

    def installed() -> list[PluginMigrations]:
        return migrations(PluginHost.load({}, strict=settings.strict_plugins, isolation=isolation))

    report = run(settings, say, installed)
    return report, asyncio.run(strangers.settle(settings, say))
