"""The engines of core's tests: real servers, each run's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maru.embedded import EmbeddedRedis
from maru.settings import Settings


@pytest.fixture(scope="session")
def queue_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """The durable Redis."""
    with EmbeddedRedis(tmp_path_factory.mktemp("queue"), "queue") as server:
        yield server


@pytest.fixture(scope="session")
def cache_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """The Redis that may forget."""
    with EmbeddedRedis(tmp_path_factory.mktemp("cache"), "cache") as server:
        yield server


@pytest.fixture
def redis_settings(
    queue_redis: EmbeddedRedis, cache_redis: EmbeddedRedis, tmp_path: Path
) -> Settings:
    """Settings that name both servers."""
    return Settings(
        redis_queue_url=queue_redis.url, redis_cache_url=cache_redis.url, data=tmp_path
    )
