"""`maru scheduler`: the process of schedules, relay and delivery."""

from __future__ import annotations

import click

from maru.scheduler import run
from maru.settings import load_settings


@click.command()
def command() -> None:
    """Run schedules, relay jobs and deliver events until a signal ends it."""
    settings = load_settings()
    settings.require("database_system_url", "redis_queue_url", "redis_live_url", "secret_key")
    run(settings)
