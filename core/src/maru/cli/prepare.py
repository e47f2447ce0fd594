"""`maru prepare`: what a demo does before it serves, in one process since each start costs."""

from __future__ import annotations

import click

from maru.cli import exists
from maru.cli.migrate import command as migrate


@click.command()
@click.option("--people", type=click.IntRange(1, 50_000), required=True)
@click.pass_context
def command(ctx: click.Context, people: int) -> None:
    """Migrate the demo's database and fill its tenants."""
    ctx.invoke(migrate)
    if exists("maru.cli.seed"):
        from maru.cli.seed import command as seed

        seed.main(["--people", str(people)], standalone_mode=False)
