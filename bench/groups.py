"""The groups of cases, each run in a process of its own: `python -m bench.groups NAME …`.

One that fails, hangs or leaves something behind spoils no other.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench.company import company
from bench.day.play import Size, day
from bench.ground import Ground
from bench.guards import guards
from bench.isolated import CALLS, isolated
from bench.jobs import MANY, jobs
from bench.keeping import keeping
from bench.portal.browser import browser
from bench.portal.page import portal
from bench.process import Broken
from bench.requests import requests
from bench.rights import rights
from bench.searched.play import SMALL, search
from bench.searched.play import Size as Searched
from bench.sockets import as_many_as_allowed, sockets
from bench.starting import starting
from bench.steps import steps
from bench.tables import Found
from bench.telling import telling
from bench.uploads import SIZE as LARGE_FILE
from bench.uploads import SMALL as SMALL_FILE
from bench.uploads import uploads


@dataclass(frozen=True)
class Ask:
    """How much is asked of a group."""

    rounds: int
    seconds: float
    quick: bool = False


Run = Callable[[Ground, Ask], Coroutine[Any, Any, Found]]


@dataclass(frozen=True)
class Group:
    """Some cases that are measured together, and the longest that they may take, in seconds."""

    title: str
    run: Run
    longest: float
    needs_wrk: bool = False


async def _requests(ground: Ground, ask: Ask) -> Found:
    return await asyncio.to_thread(requests, ground, ask.rounds, ask.seconds)


async def _portal(ground: Ground, ask: Ask) -> Found:
    return await asyncio.to_thread(portal, ground, ask.rounds, ask.seconds)


async def _browser(ground: Ground, ask: Ask) -> Found:
    return await asyncio.to_thread(browser, ground, ask.rounds)


async def _cache(ground: Ground, ask: Ask) -> Found:
    return await keeping(ground, ask.rounds, ask.seconds)


async def _jobs(_: Ground, ask: Ask) -> Found:
    return await jobs(ask.rounds, MANY if ask.quick else 10_000)


async def _sockets(ground: Ground, ask: Ask) -> Found:
    count = 40 if ask.quick else as_many_as_allowed(10_000)
    return await asyncio.to_thread(sockets, ground, count, ask.rounds)


async def _day(_: Ground, ask: Ask) -> Found:
    return await day(Size(12, 6.0, 8) if ask.quick else Size())


async def _isolated(_: Ground, ask: Ask) -> Found:
    return await asyncio.to_thread(isolated, 20 if ask.quick else CALLS)


async def _steps(ground: Ground, ask: Ask) -> Found:
    return await steps(ground, ask.seconds)


async def _rights(ground: Ground, ask: Ask) -> Found:
    return await rights(ground, 2_000 if ask.quick else 100_000)


async def _company(ground: Ground, ask: Ask) -> Found:
    return await company(ground, 200 if ask.quick else 10_000, ask.seconds)


async def _guards(ground: Ground, ask: Ask) -> Found:
    return await guards(ground, ask.seconds)


async def _search(ground: Ground, ask: Ask) -> Found:
    return await search(ground, SMALL if ask.quick else Searched())


async def _uploads(ground: Ground, ask: Ask) -> Found:
    return await asyncio.to_thread(uploads, ground, SMALL_FILE if ask.quick else LARGE_FILE)


async def _telling(ground: Ground, ask: Ask) -> Found:
    return await telling(ground, 2_000 if ask.quick else 200_000)


async def _start(ground: Ground, ask: Ask) -> Found:
    return await asyncio.to_thread(starting, ground, min(ask.rounds, 3), ask.seconds)


GROUPS = {
    "requests": Group("requests and their peers", _requests, 1_200, needs_wrk=True),
    "portal": Group("the portal page and its peer", _portal, 1_200, needs_wrk=True),
    "browser": Group("the portal page in a browser", _browser, 600),
    "cache": Group("the cache and its peers", _cache, 900),
    "jobs": Group("jobs and their peer", _jobs, 2_400),
    "sockets": Group("sockets and their peer", _sockets, 1_200),
    "day": Group("a morning of three hundred people", _day, 600),
    "isolated": Group("a plugin in a process of its own", _isolated, 300),
    "steps": Group("steps of a request", _steps, 300),
    "rights": Group("a question of rights", _rights, 300),
    "guards": Group("what guards a request", _guards, 300),
    "company": Group("a company of ten thousand people", _company, 600),
    "search": Group("search among posts and people", _search, 1_800),
    "uploads": Group("a file of five gigabytes", _uploads, 1_200),
    "telling": Group("one notice to 200,000 people", _telling, 900),
    "start": Group("start and memory", _start, 900, needs_wrk=True),
}


@click.command()
@click.argument("name", type=click.Choice(list(GROUPS)))
@click.option("--ground", "file", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--rounds", type=int, required=True)
@click.option("--seconds", type=float, required=True)
@click.option("--quick", is_flag=True)
def command(name: str, file: Path, out: Path, rounds: int, seconds: float, quick: bool) -> None:
    """Run one group on a ground that is there, and leave what it found in a file."""
    ground = Ground.loaded(file)
    try:
        found = asyncio.run(GROUPS[name].run(ground, Ask(rounds, seconds, quick)))
    except Broken as broken:
        raise click.ClickException(str(broken)) from broken
    out.write_text(json.dumps(found.data(), ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    command()
