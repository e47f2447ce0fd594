"""What guards a request, and what that costs: the line in the audit trail on a request that writes,
the limits on one that reads what is kept.

The same requests in this process, with and without, in turns. What counts is what a tenth of each
stay below, since disk and machine are others' too.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from statistics import quantiles
from typing import Any

from bench.caller import Caller
from bench.ground import Ground
from bench.tables import Found, Table
from maru.api.edge import Edge
from maru.app import serving
from maru.house import House, open_house
from maru.observability.log import Journal

HEADS = ("request", "without, µs", "with, µs", "costs")
TURNS = 20
Ask = Callable[[int], Any]


async def guards(ground: Ground, seconds: float) -> Found:
    """The table of what each guard costs."""
    journal = Journal("bench", "ERROR")
    async with open_house(ground.settings) as house, serving(house, journal) as edge:
        who = ground.people[0]
        caller = await Caller.signed_in(edge, ground, who.tenant, who.username)
        posts = f"/api/v1/board/boards/{ground.boards[who.tenant][0]}/posts"
        written = await _compared(partial(_writes, caller), lambda: _unaudited(house), seconds)
        reads = partial(_reads, caller, posts)
        read = await _compared(reads, lambda: _unlimited(edge), seconds)
    rows = [_row("writing, with its audit line", written), _row("kept list, with limits", read)]
    figures = {"audit": written, "limits": read}
    return Found([Table("", HEADS, rows)], figures)


def _row(title: str, took: dict[str, float]) -> tuple[str, ...]:
    bare, guarded = took["without"], took["with"]
    return title, f"{bare:.1f}", f"{guarded:.1f}", f"{(guarded / bare - 1) * 100:+.1f} %"


async def _compared(ask: Ask, without: Callable[[], Any], seconds: float) -> dict[str, float]:
    """Microseconds that a tenth stay below; in turns, so that what else happens falls on both."""
    took: dict[str, list[float]] = {"without": [], "with": []}
    number, until = 0, time.perf_counter() + seconds * 2
    while time.perf_counter() < until or number < 10 * TURNS:
        with without():
            for _ in range(TURNS):
                number += 1
                took["without"].append(await _timed(ask, number))
        for _ in range(TURNS):
            number += 1
            took["with"].append(await _timed(ask, number))
    return {name: quantiles(each, n=10)[0] * 1e6 for name, each in took.items()}


async def _reads(caller: Caller, posts: str, _: int) -> None:
    """A list that is kept."""
    await caller.ask("GET", posts)


async def _writes(caller: Caller, number: int) -> None:
    """A change that the trail tells of."""
    await caller.ask("PUT", "/api/v1/users/me", {"phone": f"02-{number}"})


async def _timed(ask: Ask, number: int) -> float:
    began = time.perf_counter()
    await ask(number)
    return time.perf_counter() - began


@contextmanager
def _unaudited(house: House) -> Iterator[None]:
    trail: Any = house.services.audit

    async def nothing(*_: Any, **__: Any) -> None: ...

    trail.write = nothing
    try:
        yield
    finally:
        del trail.write


@contextmanager
def _unlimited(edge: Edge) -> Iterator[None]:
    parts = edge._parts
    edge._parts = replace(parts, limiting=None)
    try:
        yield
    finally:
        edge._parts = parts
