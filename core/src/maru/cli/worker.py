"""`maru worker`: the process that runs jobs."""

from __future__ import annotations

import click

from maru.settings import load_settings
from maru.worker import run


@click.command()
def command() -> None:
    """Run jobs until a signal ends it."""
    settings = load_settings()
    settings.require("database_url", "redis_queue_url", "redis_live_url", "secret_key")
    run(settings)
