"""`python -m bench.jobs`: jobs enqueued and done, beside bare dramatiq on the same Redis."""

import asyncio
import json
import shutil
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import click
from redis.asyncio import Redis

from bench.ground import _folder, _settings
from bench.peers.jobs import PEERS, Ask, bare, line, nothing
from bench.process import Process, maru
from bench.report import machine
from bench.tables import Found, Table
from bench.tables import number as shown
from maru.db.database import Database
from maru.db.migrate import migrate_async
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.embedded import EmbeddedPostgres, EmbeddedRedis
from maru.jobs.queue import Queue
from maru.redis import Redises
from maru.signals import Signals
from maru_sdk.db import uuid7

LATE = 0.05
MANY = 1_000
STARTED_WITHIN = 90.0


@dataclass
class Row:
    """One row of the table: figures per second, one a round."""

    name: str
    against: str
    goal: float | None = None
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)


class Stage:
    """Engines, a relay, and the figures of each round."""

    def __init__(self, stack: ExitStack, folder: Path, number: int) -> None:
        server = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
        queue = stack.enter_context(EmbeddedRedis(folder / "queue", "queue"))
        cache = stack.enter_context(EmbeddedRedis(folder / "cache", "cache"))
        self.folder, self.number = folder, number
        self.settings = _settings(folder, server, queue, cache)
        self.admin = f"{server.admin_url.rpartition('/')[0]}/maru"
        self.tenants: list[UUID] = [uuid7() for _ in range(MANY)]

    @property
    def environment(self) -> dict[str, str]:
        given = self.settings.model_dump(mode="json", exclude_unset=True)
        return {
            f"MARU_{name.upper()}": json.dumps(value) if isinstance(value, list) else str(value)
            for name, value in given.items()
            if name != "database_owner_url"
        }

    async def prepare(self) -> None:
        """Migrate, and make the tenants."""
        await migrate_async(self.settings, plugins=[])
        connection = await asyncpg.connect(self.admin)
        rows = [(one, f"t-{one}", "T") for one in self.tenants]
        insert = "INSERT INTO maru.tenant (id, slug, name) VALUES ($1, $2, $3)"
        await connection.executemany(insert, rows)
        await connection.close()

    async def enqueued(self, job: Any, tenants: int) -> float:
        """Enqueue in bulk, one transaction for each tenant; the jobs per second."""
        share = self.number // tenants
        async with await Database.open(self.settings.database_url, pool_size=4) as database:
            redises = Redises(self.settings)
            queue = Queue(Signals(database, redises))
            began = time.perf_counter()
            for tenant in self.tenants[:tenants]:
                asks = [Ask(number=n).model_dump_json() for n in range(share)]
                async with committing(database.unit(Scope(tenant))) as unit:
                    await queue.enqueue_many(unit, tenant, job, asks)
            took = time.perf_counter() - began
            await redises.close()
        return share * tenants / took

    async def done(
        self, process: Process, left: Callable[[], Awaitable[int]]
    ) -> tuple[float, float]:
        """Jobs per second from the first twentieth to the last, and the worker's time for each."""
        first: tuple[float, int, float] | None = None
        before = (time.perf_counter(), self.number, process.cpu())
        while True:
            process.must_live()
            now, number = time.perf_counter(), await left()
            here = (now, number, process.cpu())
            if first is None and number <= self.number * (1 - LATE):
                first = here if number else before  # few jobs are done between two looks
            if number == 0:
                assert first is not None
                rate = first[1] / (now - first[0])
                return rate, (here[2] - first[2]) / first[1] * 1e6
            before = here
            await asyncio.sleep(0.02)

    async def ours(self, job: Any, tenants: int) -> tuple[float, float, float]:
        """Enqueue and do all with one worker process beside one relay."""
        with (
            self._process("maru") as process,
            maru("scheduler", self.folder, self.environment) as scheduler,
        ):
            await _calm(process, scheduler)
            rate = await self.enqueued(job, tenants)
            connection = await asyncpg.connect(self.admin)
            query = "SELECT count(*) FROM maru.job WHERE finished_at IS NULL AND plugin = 'core'"
            found = await self.done(process, lambda: connection.fetchval(query))
            failed = "SELECT count(*) FROM maru.job WHERE state <> 'done' AND plugin = 'core'"
            assert await connection.fetchval(failed) == 0
        await connection.execute("TRUNCATE maru.job CASCADE")  # nobody holds a lock any more
        await connection.close()
        return rate, *found

    async def theirs(self) -> tuple[float, float, float]:
        """The same with bare dramatiq."""
        broker, actor = bare(self.settings.redis_queue_url)
        began = time.perf_counter()
        await asyncio.to_thread(lambda: [actor.send(n) for n in range(self.number)])
        rate = self.number / (time.perf_counter() - began)
        client = Redis.from_url(self.settings.redis_queue_url)
        with self._process("dramatiq") as process:
            found = await self.done(process, lambda: client.hlen(f"{PEERS}:bench.msgs"))
        await client.aclose()
        broker.close()
        return rate, *found

    def _process(self, role: str) -> Process:
        env = {**self.environment, "BENCH_REDIS_URL": self.settings.redis_queue_url}
        argv = ["-m", "bench.peers.jobs", role]
        return Process(role, argv, self.folder / f"{role}.log", env)


async def jobs(rounds: int, number: int) -> Found:
    """All rows on engines of their own; every round visits each."""
    folder = _folder()
    rows = {
        "send": Row("dramatiq .send()", "send"),
        "bulk-1": Row("enqueue in bulk, 1 tenant", "send", 8),
        "bulk-1000": Row("enqueue in bulk, 1,000 tenants", "send"),
        "bare": Row("no-op, bare dramatiq, 8 threads", "bare"),
        "noop-1": Row("no-op, 1 tenant", "bare", 0.9),
        "noop-1000": Row("no-op, 1,000 tenants", "bare", 0.9),
        "row-1": Row("a row written, 1 tenant", "bare"),
        "row-1000": Row("a row written, 1,000 tenants", "bare"),
    }
    try:
        with ExitStack() as stack:
            stage = Stage(stack, folder, number)
            await stage.prepare()
            for turn in range(rounds):
                _say(f"  round {turn + 1} of {rounds} …")
                await _round(stage, rows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _found(rows, number)


async def _calm(*processes: Process) -> None:
    """Wait until they have started: a scheduler first takes stock of all tenants' schedules and
    sizes, which would be counted as if jobs cost it."""
    until = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < until:
        before = sum(one.cpu() for one in processes)
        await asyncio.sleep(2)
        if sum(one.cpu() for one in processes) - before < 0.2:
            return


def _found(rows: dict[str, Row], number: int) -> Found:
    figures = {name: {"rates": row.rates, "cpu": row.cpu} for name, row in rows.items()}
    heads = (f"{number:,} jobs", "per second", "worst", "ratio", "CPU µs each", "goal")
    return Found(
        [Table("", heads, [_cells(row, rows[row.against]) for row in rows.values()])], figures
    )


def _cells(row: Row, base: Row) -> tuple[str, ...]:
    each = len(row.rates) // len(base.rates)  # enqueuing is measured twice a round
    against = [rate for rate in base.rates for _ in range(each)]
    ratio = statistics.median(a / b for a, b in zip(row.rates, against, strict=True))
    cpu = shown(statistics.median(row.cpu)) if row.cpu else ""
    goal = "" if row.goal is None else f"≥ {row.goal:g}"
    return row.name, shown(row.rate), shown(min(row.rates)), f"{ratio:.2f}", cpu, goal


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def _round(stage: Stage, rows: dict[str, Row]) -> None:
    sent, rate, cpu = await stage.theirs()
    print(f"dramatiq: {sent:.0f}/s sent, {rate:.0f}/s done", file=sys.stderr, flush=True)
    rows["send"].rates.append(sent)
    rows["bare"].rates.append(rate)
    rows["bare"].cpu.append(cpu)
    for name, job, tenants in (
        ("noop", nothing, 1),
        ("noop", nothing, MANY),
        ("row", line, 1),
        ("row", line, MANY),
    ):
        print(f"{name}, {tenants} tenants …", file=sys.stderr, flush=True)
        enqueued, rate, cpu = await stage.ours(job, tenants)
        print(f"{enqueued:.0f}/s enqueued, {rate:.0f}/s done", file=sys.stderr, flush=True)
        rows[f"bulk-{tenants}"].rates.append(enqueued)
        rows[f"{name}-{tenants}"].rates.append(rate)
        rows[f"{name}-{tenants}"].cpu.append(cpu)


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--number", type=click.IntRange(MANY), default=10_000, show_default=True)
def command(rounds: int, number: int) -> None:
    """Measure the queue and its peer on this machine."""
    print(asyncio.run(jobs(rounds, number)).markdown())
    print(" · ".join(f"{key}: {value}" for key, value in machine().items()))


if __name__ == "__main__":
    command()
