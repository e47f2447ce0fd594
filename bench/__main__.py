"""`python -m bench`: all groups, or some, one after the other; tables printed and documented."""

import asyncio
import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from bench import document
from bench.cases import Stage
from bench.ground import Ground, prepared
from bench.groups import GROUPS, Ask
from bench.load import need_wrk
from bench.process import Broken
from bench.profile import profile
from bench.report import machine, save, versions
from bench.tables import Found

QUICK = Ask(1, 0.3, quick=True)


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--seconds", type=click.FloatRange(0.3), default=3.0, show_default=True)
@click.option("--only", default="", help=f"Some of {','.join(GROUPS)}.")
@click.option("--quick", is_flag=True, help="Whether all of it runs, in a minute or two.")
@click.option("--name", default="latest", show_default=True, help="Of the file in bench/results.")
@click.option("--docs/--no-docs", default=True, help="Put the tables into docs/performance.md.")
@click.option("--profile", "profiled", default="", help="Cases to look into: b,c,d-cold.")
def command(
    rounds: int, seconds: float, only: str, quick: bool, name: str, docs: bool, profiled: str
) -> None:
    """Measure Maru and its peers on this machine."""
    wanted = _wanted(only)
    ask = QUICK if quick else Ask(rounds, seconds)
    try:
        if profiled or any(GROUPS[group].needs_wrk for group in wanted):
            need_wrk()
        if profiled:
            asyncio.run(_profile(frozenset(profiled.split(",")), seconds))
            return
        found, failed = asyncio.run(_run(wanted, ask))
    except Broken as broken:
        raise click.ClickException(str(broken)) from broken
    print(save(name, found))
    if docs and not quick:
        document.write(found)
    if failed:
        raise click.ClickException(f"not measured: {', '.join(failed)}")


def _wanted(only: str) -> list[str]:
    names = only.split(",") if only else list(GROUPS)
    if unknown := set(names) - set(GROUPS):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}; there is {', '.join(GROUPS)}")
    return names


async def _run(wanted: list[str], ask: Ask) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What each group found, with where and when; and those that failed."""
    found: dict[str, dict[str, Any]] = {}
    failed = []
    async with prepared() as ground:
        file = ground.kept()
        for number, name in enumerate(wanted, 1):
            _say(f"[{number}/{len(wanted)}] {GROUPS[name].title} …")
            began, where = time.monotonic(), machine()
            group = await asyncio.to_thread(_apart, name, file, ground.folder, ask)
            took = time.monotonic() - began
            if group is None:
                failed.append(name)
                _say(f"[{number}/{len(wanted)}] {name} failed after {took:.0f} s")
                continue
            found[name] = {**group.data(), "machine": where, "versions": versions(), "took": took}
            _say(f"[{number}/{len(wanted)}] {name} took {took:.0f} s")
            print(f"\n{group.markdown()}\n", flush=True)
            for miss in group.misses:
                print(f"! {miss}", flush=True)
    return found, failed


def _apart(name: str, ground: Path, folder: Path, ask: Ask) -> Found | None:
    """One group in a process of its own; None where it failed."""
    out = folder / f"{name}.json"
    words = ["--ground", str(ground), "--out", str(out), *(["--quick"] if ask.quick else [])]
    words += ["--rounds", str(ask.rounds), "--seconds", str(ask.seconds)]
    command = [sys.executable, "-m", "bench.groups", name, *words]
    try:
        done = subprocess.run(command, check=False, timeout=GROUPS[name].longest, stdout=sys.stderr)
    except subprocess.TimeoutExpired:
        _say(f"{name} took longer than {GROUPS[name].longest:.0f} s")
        return None
    return None if done.returncode else Found.of(json.loads(out.read_text("utf-8")))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def _profile(wanted: frozenset[str], seconds: float) -> None:
    async with prepared() as ground:
        await asyncio.to_thread(_profiled, ground, wanted, seconds)


def _profiled(ground: Ground, wanted: frozenset[str], seconds: float) -> None:
    with ExitStack() as stack:
        for case in Stage(ground, stack).cases(frozenset("abcd")):
            if case.name in wanted:
                case.play(1)
                print(profile(case, ground.folder, seconds))


if __name__ == "__main__":
    command()
