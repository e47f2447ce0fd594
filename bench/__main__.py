"""`python -m bench`: everything, or some of it, in one table."""

import asyncio
import sys
from contextlib import ExitStack

import click

from bench.cases import Case, Stage
from bench.ground import Ground, prepared
from bench.keeping import keeping
from bench.load import need_wrk
from bench.process import Broken
from bench.profile import profile
from bench.report import listed, machine, save, table
from bench.sockets import as_many_as_allowed, sockets
from bench.starting import starting
from bench.steps import steps

LETTERS = ("a", "b", "c", "d", "cache", "sockets", "steps", "start")
_WARM_UP = 1.0


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--seconds", type=click.FloatRange(0.3), default=3.0, show_default=True)
@click.option("--only", default=",".join(LETTERS), show_default=True)
@click.option("--name", default="latest", show_default=True, help="Of the file in bench/results.")
@click.option("--profile", "profiled", default="", help="Cases to look into: b,c,d-cold.")
def command(rounds: int, seconds: float, only: str, name: str, profiled: str) -> None:
    """Measure Maru and its peers on this machine."""
    wanted = frozenset(only.split(","))
    if unknown := wanted - set(LETTERS):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}; there is {', '.join(LETTERS)}")
    try:
        need_wrk()
        if profiled:
            asyncio.run(_profile(frozenset(profiled.split(",")), seconds))
            return
        asyncio.run(_run(rounds, seconds, wanted, name))
    except Broken as broken:
        raise click.ClickException(str(broken)) from broken


async def _run(rounds: int, seconds: float, wanted: frozenset[str], name: str) -> None:
    cases: list[Case] = []
    more: dict[str, dict[str, float]] = {}
    async with prepared() as ground:
        if wanted & {"a", "b", "c", "d"}:
            cases = played(ground, rounds, seconds, wanted)
            print(f"\n{table(cases)}\n")
        if "cache" in wanted:
            more["cache"] = await keeping(ground, rounds, seconds)
            print(listed("the cache and its peers, µs", more["cache"]) + "\n")
        if "sockets" in wanted:
            more["sockets"] = await asyncio.to_thread(
                sockets, ground, as_many_as_allowed(10_000), rounds
            )
            print(listed("sockets and their peer", more["sockets"]) + "\n")
        if "steps" in wanted:
            more["steps"] = await steps(ground, seconds)
            print(listed("step of a request, in the process", more["steps"]) + "\n")
        if "start" in wanted:
            more["start"] = starting(ground, min(rounds, 3), seconds)
            print(listed("process", more["start"]) + "\n")
    print(" · ".join(f"{key}: {value}" for key, value in machine().items()))
    print(save(name, cases, more))


async def _profile(wanted: frozenset[str], seconds: float) -> None:
    async with prepared() as ground:
        with ExitStack() as stack:
            for case in Stage(ground, stack).cases(frozenset(LETTERS)):
                if case.name in wanted:
                    case.play(1)
                    print(profile(case, ground.folder, seconds))


def played(ground: Ground, rounds: int, seconds: float, wanted: frozenset[str]) -> list[Case]:
    """The cases with the bouts of all rounds; every round visits every case."""
    with ExitStack() as stack:
        stage = Stage(ground, stack)
        cases = stage.cases(wanted)
        for case in cases:
            case.play(min(seconds, _WARM_UP))
            case.bouts.clear()
        for number in range(rounds):
            print(f"round {number + 1} of {rounds} …", file=sys.stderr, flush=True)
            for case in cases:
                case.play(seconds)
        return cases


if __name__ == "__main__":
    command()
