"""What only a checkout can do, with its launcher: run the tests, make the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import click

import maru
from maru.settings import Fault

_PASS_ON = {"ignore_unknown_options": True, "help_option_names": []}


@click.command(context_settings=_PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run the tests on real engines."""
    _launch("test", *arguments)


@click.command(context_settings=_PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def install(arguments: tuple[str, ...]) -> None:
    """Make or mend the environment, no more."""
    _launch("install", *arguments)


def _launch(*words: str) -> NoReturn:
    launcher = Path(maru.__file__).parents[3] / "maru"
    if not launcher.is_file():
        raise Fault("this needs a checkout of Maru's repository, with its launcher")
    os.execv(launcher, [str(launcher), *words])  # noqa: S606
