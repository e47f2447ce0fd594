"""The embedded Redis in its two roles: what the queue keeps, what the cache may forget."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from maru.embedded import EmbeddedRedis
from maru.embedded.folder import alive

UNTIED = """
import os, sys
from pathlib import Path
from maru.embedded import EmbeddedRedis
engine = EmbeddedRedis(Path(sys.argv[1]))
tied = engine.command
engine.command = lambda: [w for w in tied() if w not in ("--pdeathsig", "TERM")]
engine.start()
print(engine.pid, flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis") / "queue") as engine:
        yield engine


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path_factory.mktemp("redis") / "cache", "cache") as engine:
        yield engine


def info(engine: EmbeddedRedis) -> dict[str, object]:
    with Redis.from_url(engine.url) as client:
        return dict(client.info())


def test_the_queue_never_evicts_and_writes_a_log(queue: EmbeddedRedis) -> None:
    said = info(queue)
    assert said["maxmemory_policy"] == "noeviction"
    assert said["aof_enabled"] == 1


def test_the_cache_may_forget_and_writes_nothing(cache: EmbeddedRedis) -> None:
    said = info(cache)
    assert said["maxmemory_policy"] == "allkeys-lru"
    assert said["aof_enabled"] == 0


def test_nobody_comes_in_without_the_password(queue: EmbeddedRedis) -> None:
    with (
        Redis(port=queue.port, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(AuthenticationError),
    ):
        client.ping()
    assert queue.password("redis") not in Path(f"/proc/{queue.pid}/cmdline").read_text("utf-8")


def test_the_queue_outlives_its_death(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as engine:
        with Redis.from_url(engine.url) as client:
            client.rpush("jobs", *range(2000))
            wait_for_sync(client)
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
    with EmbeddedRedis(tmp_path) as engine, Redis.from_url(engine.url) as client:
        assert client.llen("jobs") == 2000


def wait_for_sync(client: Redis) -> None:
    """Until the log that is written each second is on disk."""
    end = time.monotonic() + 5
    while client.info("persistence")["aof_pending_bio_fsync"] or not aof_written(client):
        assert time.monotonic() < end
        time.sleep(0.02)


def aof_written(client: Redis) -> bool:
    return bool(client.info("persistence")["aof_buffer_length"] == 0)


def test_a_server_that_nobody_ties_is_ended_first(tmp_path: Path) -> None:
    started = subprocess.run(
        [sys.executable, "-c", UNTIED, str(tmp_path)], stdout=subprocess.PIPE, check=True
    )
    pid = int(started.stdout)
    assert alive(pid, "redis-server")
    with EmbeddedRedis(tmp_path):
        assert not alive(pid, "redis-server")


def test_a_log_with_a_torn_end_is_read(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as engine, Redis.from_url(engine.url) as client:
        client.set("kept", "1")
    with (engine.store / "appendonly.aof").open("ab") as log:
        log.write(b"*3\r\n$3\r\nSET\r\n$4\r\nto")
    with EmbeddedRedis(tmp_path) as engine, Redis.from_url(engine.url) as client:
        assert client.get("kept") == b"1"
