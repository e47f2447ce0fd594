"""`maru prepare`: what a demo does before it serves, in one process since each start costs."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import click

from maru.cli import exists
from maru.cli.migrate import migrate
from maru.settings import load_settings

_SEED = "maru.cli.seed"


@click.command()
@click.option("--people", type=click.IntRange(1, 50_000), required=True)
@click.option("--strangers", type=click.Path(path_type=Path), help="Where to say who is isolated.")
def command(people: int, strangers: Path | None) -> None:
    """Migrate the demo's database and fill its tenants."""
    _, isolated = migrate(load_settings())
    if strangers is not None:
        strangers.write_text(json.dumps(isolated), "utf-8")
    if exists(_SEED):
        seed: click.Command = import_module(_SEED).command
        seed.main(["--people", str(people)], standalone_mode=False)
