"""`maru seed`: the demo's two companies. Killed at any moment, the next run completes it."""

from __future__ import annotations

import asyncio
import secrets

import click

from maru.cli import say
from maru.cli.demo import OPERATOR
from maru.crypto.passwords import Passwords
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.demo.steps import is_complete
from maru.operators.queries import CREDENTIALS
from maru.settings import Settings, load_settings

_NEEDS = ("database_url", "database_system_url", "redis_queue_url", "secret_key")


@click.command()
@click.option("--people", type=click.IntRange(1, 50_000), default=300, show_default=True)
@click.option("--password", envvar="MARU_DEMO_PASSWORD", help="For admin, manager and member.")
def command(people: int, password: str | None) -> None:
    """Fill the demo's tenants."""
    settings = load_settings()
    settings.require(*_NEEDS)
    given = password or secrets.token_urlsafe(9)
    asyncio.run(_seed(settings, people, given))
    if password is None:
        say(f"admin, manager and member sign in with: {given}")


async def _seed(settings: Settings, people: int, password: str) -> None:
    """Every start of a demo comes by here: what is complete costs a look and no house."""
    passwords = Passwords()
    try:
        async with await Database.open(settings.database_url, pool_size=1) as database:
            known = await database.unit(NOBODY, readonly=True).read(CREDENTIALS, key=OPERATOR)
            if known and await is_complete(database, passwords, password):
                return
    finally:
        passwords.close()
    from maru.cli.seeding import seed_all

    await seed_all(settings, people, password)
