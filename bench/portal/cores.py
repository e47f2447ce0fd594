"""Whose core is whose: the server under test has one to itself, all others share the rest."""

import os
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from bench.ground import Ground
from bench.process import Process


async def apart(ground: Ground) -> bool:
    """Leaves the first core to the servers; the engines, the load and this process get the others.
    False where there is only one, or no saying who gets which."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        return False
    others = set(sorted(os.sched_getaffinity(0))[1:])
    settings = ground.settings
    engines = [await _redis(url) for url in (settings.redis_queue_url, settings.redis_cache_url)]
    for pid in (os.getpid(), await _postmaster(ground), *engines):
        os.sched_setaffinity(pid, others)
    return True


def alone(server: Process) -> None:
    """The first core is this process's only one."""
    for task in Path(f"/proc/{server.pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {0})


async def _postmaster(ground: Ground) -> int:
    connection = await asyncpg.connect(ground.database_url)
    try:
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        return _parent(backend)
    finally:
        await connection.close()


def _parent(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text("ascii")
    return int(stat.rpartition(") ")[2].split()[1])


async def _redis(url: str) -> int:
    async with Redis.from_url(url) as redis:
        return int((await redis.info("server"))["process_id"])
