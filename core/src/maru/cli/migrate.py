"""`maru migrate`: bring a database to the version of core and plugins that are installed."""

from __future__ import annotations

import click

from maru.cli import say
from maru.db.migrate import migrate
from maru.settings import load_settings


@click.command()
def command() -> None:
    """Bring the database to this version; makes and grants the roles that serve."""
    settings = load_settings()
    settings.require("database_owner_url", "database_url", "database_system_url")
    migrate(settings, say)
