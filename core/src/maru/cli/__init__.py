"""The command line: what is there is listed, and imported when it is called."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import click

from maru.settings import Fault


class _Entry(NamedTuple):
    """What a command is for, where it stands, and the modules without which it can't work."""

    help: str
    target: str
    needs: tuple[str, ...] = ()
    hidden: bool = False


_COMMANDS = {
    "demo": _Entry(
        "Run everything here: engines, two tenants, all processes.",
        "maru.cli.demo:command",
        ("maru.app", "maru.db.migrate", "maru.scheduler", "maru.worker"),
    ),
    "test": _Entry("Run the tests on real engines.", "maru.cli.checkout:test"),
    "install": _Entry("Make or mend the environment, no more.", "maru.cli.checkout:install"),
    "serve": _Entry("Serve pages and the API.", "maru.cli.serve:command", ("maru.app",)),
    "push": _Entry("Hold sockets for live pages.", "maru.cli.push:command", ("maru.pusher",)),
    "worker": _Entry("Run jobs.", "maru.cli.worker:command", ("maru.worker",)),
    "scheduler": _Entry(
        "Run schedules, relay jobs, deliver events.",
        "maru.cli.scheduler:command",
        ("maru.scheduler",),
    ),
    "search": _Entry(
        "Read for search, as Korean is written; take everything up anew.",
        "maru.cli.search:command",
        ("maru.searcher",),
    ),
    "isolated": _Entry(
        "Run one plugin that nobody has vouched for.",
        "maru.cli.isolated:command",
        ("maru.isolated",),
    ),
    "migrate": _Entry(
        "Bring the database to this version.", "maru.cli.migrate:command", ("maru.db.migrate",)
    ),
    "plugins": _Entry(
        "List, enable, disable, trust and explain plugins.",
        "maru.cli.plugins:command",
        ("maru.cli.plugins",),
    ),
    "tenants": _Entry("Manage tenants.", "maru.cli.tenants:command", ("maru.cli.tenants",)),
    "operators": _Entry(
        "Manage who runs the installation.",
        "maru.cli.operators:command",
        ("maru.cli.operators",),
    ),
    "layouts": _Entry(
        "Carry portal pages from tenant to tenant.", "maru.cli.layouts:command", ("maru.portal",)
    ),
    "users": _Entry("Manage users.", "maru.cli.users:command", ("maru.cli.users",)),
    "addresses": _Entry(
        "Let admins in again whom a list keeps out.",
        "maru.cli.addresses:command",
        ("maru.cli.addresses",),
    ),
    "keys": _Entry("Manage keys.", "maru.cli.keys:command", ("maru.cli.keys",)),
    "signing-keys": _Entry(
        "List and replace the keys that sign tokens.",
        "maru.cli.signing_keys:command",
        ("maru.cli.signing_keys",),
    ),
    "audit": _Entry("Check the audit trail.", "maru.cli.audit:command", ("maru.db.migrate",)),
    "doctor": _Entry(
        "Say what is wrong and how to mend it.", "maru.cli.doctor:command", ("maru.db.walk",)
    ),
    "prepare": _Entry(
        "Migrate and seed a demo.", "maru.cli.prepare:command", ("maru.db.migrate",), hidden=True
    ),
    "seed": _Entry(
        "Fill the demo's tenants.", "maru.cli.seed:command", ("maru.cli.seed",), hidden=True
    ),
}


def exists(module: str) -> bool:
    """Whether a module is part of this installation."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


class _Commands(click.Group):
    """Imports a command when it is asked for, so that each starts as fast as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name, entry in _COMMANDS.items() if all(map(exists, entry.needs))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None if cmd_name in _COMMANDS else _of_a_plugin(cmd_name)
        module, _, attribute = _COMMANDS[cmd_name].target.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = [name for name in self.list_commands(ctx) if not _COMMANDS[name].hidden]
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name].help) for name in shown])


def _of_a_plugin(key: str) -> click.Command | None:
    """`maru board …`: plugins are looked at only for a word that is none of ours."""
    if not exists("maru.cli.commands"):
        return None
    found: click.Command | None = import_module("maru.cli.commands").commands_of(key)
    return found


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The data folder of the demo that a command is about (.maru beside the launcher).",
)
def cli(data: Path | None) -> None:
    """Maru: a portal in which every feature is a plugin."""
    if data is not None:
        os.environ["MARU_DATA"] = str(data)


def main() -> None:
    """Run one command; what the operator can mend is said in one line, with status 2."""
    status = 0
    try:
        given = cli.main(prog_name="maru", standalone_mode=False)
        status = given if isinstance(given, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.ClickException as error:
        _complain(error.format_message())
        status = 2
    except Fault as fault:
        _complain(str(fault))
        status = 2
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except BrokenPipeError:
        status = 1
    _flush()
    sys.exit(status)


def say(line: str) -> None:
    """Print a line; without a terminal or reader any more, go on in silence."""
    try:
        print(line, flush=True)  # noqa: T201
    except OSError:
        _silence(sys.stdout.fileno())


def _complain(problem: str) -> None:
    with suppress(OSError):
        print(f"maru: {problem}", file=sys.stderr, flush=True)  # noqa: T201


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _silence(stream.fileno())


def _silence(handle: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, handle)
    os.close(nothing)
