"""`maru prepare`: what a demo does before it serves, in one process since each start costs."""

from __future__ import annotations

from importlib import import_module

import click

from maru.cli import exists
from maru.cli.migrate import migrate
from maru.settings import load_settings

_SEED = "maru.cli.seed"


@click.command()
@click.option("--people", type=click.IntRange(1, 50_000), required=True)
def command(people: int) -> None:
    """Migrate the demo's database and fill its tenants."""
    migrate(load_settings())
    if exists(_SEED):
        seed: click.Command = import_module(_SEED).command
        seed.main(["--people", str(people)], standalone_mode=False)
