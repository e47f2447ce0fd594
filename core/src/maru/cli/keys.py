"""`maru keys`: the keys of this installation and its tenants."""

import click

from maru.cli.data_keys import data


@click.group()
def command() -> None:
    """Keys of this installation and its tenants."""


command.add_command(data)
