"""The day itself: everybody lives their morning, and what it showed becomes tables."""

import asyncio
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.day.kept import Kept, share
from bench.day.morning import SEED, mornings
from bench.day.probe import Probe
from bench.day.stage import NOTHING, Stage, running, staged
from bench.day.visitor import Visitor
from bench.ground import Ground, prepared
from bench.tables import Found, Table, number

Counted = Mapping[tuple[str, str], Mapping[str, float]]
_ORDER = (
    ("form", "sign-in's form"),
    ("sign-in", "signing in (argon2)"),
    ("portal", "portal page"),
    ("fragment", "live portlet again"),
    ("boards", "all boards"),
    ("board", "a board's posts"),
    ("post", "a post with its comments"),
    ("comments", "live comments again"),
    ("list", "a board's posts, JSON"),
    ("new post", "form of a post"),
    ("comment", "comment written"),
    ("write", "post written"),
)


@dataclass(frozen=True)
class Size:
    """How large a day is."""

    people: int = 300
    seconds: float = 70.0
    steps: int = 14


@dataclass(frozen=True)
class Seen:
    """All that was seen of a day."""

    kept: Kept
    took: float
    cpu: Mapping[str, float]
    memory: Mapping[str, float]
    cached: Counted
    waited: Sequence[float]
    states: Mapping[str, int]


async def day(size: Size, profile: Path | None = None) -> Found:
    """Replay a morning on engines of its own."""
    async with prepared(size.people, size.people) as ground:
        with running(ground, profile) as processes:
            seen = await _replayed(await staged(ground, processes), ground, size)
    return _told(seen, size)


async def _replayed(stage: Stage, ground: Ground, size: Size) -> Seen:
    async with Probe.of(ground) as probe:
        cached, cpu, own = stage.cached(), stage.cpu(), _own_cpu()
        probing = asyncio.create_task(probe.go_on())
        began = time.monotonic()
        kept = await _lived(stage, size)
        took = time.monotonic() - began
        probing.cancel()
        with suppress(asyncio.CancelledError):
            await probing
        spent = {name: used - cpu[name] for name, used in stage.cpu().items()}
        spent["the browsers (this bench)"] = _own_cpu() - own
        return Seen(
            kept,
            took,
            spent,
            stage.memory(),
            _since(cached, stage.cached()),
            await probe.waited(),
            await probe.states(),
        )


async def _lived(stage: Stage, size: Size) -> Kept:
    kept, start = Kept(), time.monotonic()
    planned = mornings(len(stage.people), size.seconds, size.steps)
    async with asyncio.TaskGroup() as everybody:
        for at, (one, morning) in enumerate(zip(stage.people, planned, strict=True)):
            company, chance = stage.companies[one.tenant], Random(SEED + at)
            visitor = Visitor(company, one.username, stage.port, kept, chance, start)
            everybody.create_task(visitor.live(morning))
    return kept


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _since(before: Counted, after: Counted) -> dict[tuple[str, str], dict[str, float]]:
    return {
        key: {name: count - before.get(key, NOTHING)[name] for name, count in counts.items()}
        for key, counts in sorted(after.items())
    }


def _told(seen: Seen, size: Size) -> Found:
    kept = seen.kept
    hits = sum(one["hits"] for one in seen.cached.values())
    asked = hits + sum(one["misses"] for one in seen.cached.values())
    figures: dict[str, Any] = {
        "people": size.people,
        "requests": kept.requests,
        "requests_a_second": kept.requests / seen.took,
        "writes": kept.writes,
        "server_errors": kept.server_errors,
        "faults": kept.shown_faults(),
        "statuses": {str(status): count for status, count in sorted(kept.statuses.items())},
        "hit_rate": hits / asked if asked else 0.0,
        "cached": {" ".join(key): counts for key, counts in seen.cached.items()},
        "refreshed": sum(one["refreshed"] for one in seen.cached.values()),
        "frames": kept.frames,
        "jobs": len(seen.waited),
        "states": seen.states,
        "cpu": seen.cpu,
    }
    tables = [_whole(seen, figures), _kinds(kept), _processes(seen), _hits(seen), _delays(seen)]
    misses = [] if not kept.server_errors else [f"{kept.server_errors} answers of 5xx"]
    return Found(tables, figures, misses + kept.shown_faults())


def _whole(seen: Seen, figures: Mapping[str, Any]) -> Table:
    kept = seen.kept
    rows = [
        ("people", f"{figures['people']:,}"),
        ("requests", f"{kept.requests:,} in {seen.took:.0f} s"),
        ("requests/s", number(figures["requests_a_second"])),
        ("of them writes, sign-in apart", f"{kept.writes:.1%}"),
        ("answers of 5xx (must be 0)", f"{kept.server_errors}"),
        ("other answers that were wrong, none at all", f"{len(kept.faults)}"),
        ("sockets and rooms that failed", f"{len(kept.fallen)}"),
        ("messages that open pages heard", f"{kept.frames:,}"),
        ("hit rate of the cache, all plugins", f"{figures['hit_rate']:.1%}"),
        ("kept values made anew, nobody waiting", number(figures["refreshed"])),
    ]
    return Table("", ("the day", ""), rows)


def _kinds(kept: Kept) -> Table:
    return Table(
        "As the browsers saw it, milliseconds:",
        ("kind of request", "number", "p50", "p95", "p99", "worst"),
        list(_kind_rows(kept)),
    )


def _kind_rows(kept: Kept) -> Iterator[tuple[str, ...]]:
    for kind, title in _ORDER:
        took = sorted(kept.took.get(kind, ()))
        if took:
            cells = (share(took, 0.5), share(took, 0.95), share(took, 0.99), took[-1])
            yield title, f"{len(took):,}", *(number(cell * 1_000) for cell in cells)


def _processes(seen: Seen) -> Table:
    rows = [
        (name, f"{used:.1f}", f"{used / seen.took:.0%}", _held(seen, name))
        for name, used in seen.cpu.items()
    ]
    heads = ("process", "processor seconds", "of one core", "MiB at the end")
    return Table("", heads, rows)


def _held(seen: Seen, name: str) -> str:
    return f"{seen.memory[name]:.0f}" if name in seen.memory else ""


def _hits(seen: Seen) -> Table:
    rows = [
        (plugin, pattern, *(f"{one[name]:,.0f}" for name in NOTHING), _rate(one))
        for (plugin, pattern), one in seen.cached.items()
        if one["hits"] + one["misses"]
    ]
    heads = ("cache, by plugin", "and pattern", "hits", "misses", "made anew", "rate")
    return Table("", heads, rows)


def _rate(counts: Mapping[str, float]) -> str:
    return f"{counts['hits'] / (counts['hits'] + counts['misses']):.1%}"


def _delays(seen: Seen) -> Table:
    told = sorted(seen.kept.told)
    rows = [
        (title, f"{len(took):,}", *(number(share(took, part) * 1_000) for part in (0.5, 0.95, 1)))
        for title, took in (
            ("a job, from due to begun", seen.waited),
            ("a post sent, until other pages hear of it", told),
        )
        if took
    ]
    return Table("Delays, milliseconds:", ("", "number", "p50", "p95", "worst"), rows)
