"""`maru isolated KEY`: the process of one plugin that nobody has vouched for."""

from __future__ import annotations

import click

from maru.crypto.keys import Keys
from maru.isolated.launch import become
from maru.plugins.isolated.places import socket_of, token_of
from maru.plugins.isolated.probe import answers
from maru.settings import load_settings


@click.command()
@click.argument("key")
@click.option("--ping", is_flag=True, help="Only ask whether the process answers: status 0 or 1.")
@click.option("--tethered", is_flag=True, hidden=True)
def command(key: str, ping: bool, tethered: bool) -> int:
    """Run one isolated plugin until a signal ends it."""
    settings = load_settings()
    settings.require("database_url")
    if not ping:
        become(settings, key, tethered=tethered)
    keys = Keys.open(settings.secret_key, settings.data)
    return 0 if answers(socket_of(settings.data, key), token_of(keys, key)) else 1
