"""Figures in Redis outlive their processes, and no sum goes back."""

import re
import secrets
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from maru.api import figures
from maru.api.figures import RedisSnapshots
from maru.observability.metrics import STALE, Metrics, exposition
from maru.redis import Redises
from maru.settings import Settings


@pytest.fixture
async def redises(settings: Settings) -> AsyncIterator[Redises]:
    found = Redises(settings, quick=5.0)
    yield found
    await found.close()


@pytest.fixture
def instance() -> str:
    return f"f{secrets.token_hex(4)}"


def worker(name: str, done: int) -> Metrics:
    metrics = Metrics("worker")
    metrics.process = name
    metrics.counter("maru_done_total", "Done.").add(by=done)
    metrics.ask("maru_now", "Now.", lambda: 1)
    return metrics


async def total(redises: Redises, instance: str, name: str = "maru_done_total") -> float:
    text = exposition(await RedisSnapshots(redises, instance).all()).decode()
    return sum(map(float, re.findall(rf"^{name}{{.*}} (\S+)$", text, re.MULTILINE)))


async def test_one_that_ends_is_in_the_sum(redises: Redises, instance: str) -> None:
    one, store = worker("a", 3), RedisSnapshots(redises, instance)
    await one.publish(store)
    await worker("b", 4).publish(RedisSnapshots(redises, instance))
    assert await total(redises, instance) == 7
    one.counter("maru_done_total", "Done.").add(by=2)
    await one.leave(store)
    assert await total(redises, instance) == 9
    assert await total(redises, instance, "maru_now") == 1


async def test_one_that_was_killed_is_in_the_sum_once(
    redises: Redises, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed, store = worker("a", 3), RedisSnapshots(redises, instance)
    await killed.publish(store)
    await _aged(redises, store, "a")
    for _ in range(3):
        assert await total(redises, instance) == 3
    await killed.publish(store)  # it was only silent for long
    assert await total(redises, instance) == 3


async def test_another_of_the_same_name_hides_none(redises: Redises, instance: str) -> None:
    await worker("worker-7@box", 3).publish(RedisSnapshots(redises, instance))
    await worker("worker-7@box", 4).publish(RedisSnapshots(redises, instance))
    assert await total(redises, instance) == 7


async def test_the_past_does_not_grow(
    redises: Redises, instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "SETTLED", -1.0)
    for number in range(figures.MANY + 5):
        await worker(f"w{number}", 2).leave(RedisSnapshots(redises, instance))
    for _ in range(3):
        assert await total(redises, instance) == 2 * (figures.MANY + 5)
    kept = await redises.live.client.hlen(f"{{maru:{instance}}}:figures:ended")
    assert kept == 1


async def _aged(redises: Redises, store: RedisSnapshots, process: str) -> None:
    client: Any = redises.live.client
    said = orjson.loads(await client.hget(store._name, process))
    await client.hset(store._name, process, orjson.dumps({**said, "at": said["at"] - 2 * STALE}))
