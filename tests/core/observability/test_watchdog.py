"""Who blocks a loop is named, even by what lets no other thread run."""

import asyncio
import logging
import re
import sys
import time
from collections.abc import Callable
from types import ModuleType

import pytest

from maru.observability.metrics import Metrics
from maru.observability.suspects import Suspects
from maru.observability.watchdog import watched

CODE = """
import re, time

def sleeps(seconds):
    time.sleep(seconds)

def counts(seconds):
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass

def locks(many):
    re.match(r"(a+)+$", "a" * many + "b")
"""


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("maru_blocker")
    module.__path__ = ["/plugins/maru_blocker"]
    exec(compile(CODE, "/plugins/maru_blocker/__init__.py", "exec"), module.__dict__)
    monkeypatch.setitem(sys.modules, "maru_blocker", module)
    return module


async def blocked(
    act: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> tuple[list[str], list[dict[str, object]], Metrics]:
    """Who was told of, what was said, and the figures."""
    tripped: list[str] = []
    metrics = Metrics("test")
    suspects = Suspects({"maru_blocker": "blocker"})
    with caplog.at_level(logging.WARNING, "maru.observability.watchdog"):
        async with watched(suspects, metrics, limit=0.1, tripped=tripped.append):
            await asyncio.sleep(0.3)
            act()
            async with asyncio.timeout(30):
                while not _ended(caplog):  # noqa: ASYNC110 (a thread says it)
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.05)
    said = [{**record.fields, "said": record.getMessage()} for record in caplog.records]  # type: ignore[attr-defined]
    return tripped, said, metrics


def _ended(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether it has been told that the plugin's block is over."""
    return any(
        record.getMessage() == "the loop was blocked"
        and getattr(record, "fields", {}).get("plugin") == "blocker"
        for record in caplog.records
    )


@pytest.mark.parametrize("name", ["sleeps", "counts"])
async def test_named_while_it_blocks_and_once_more_when_it_ends(
    plugin: ModuleType, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    tripped, said, metrics = await blocked(lambda: getattr(plugin, name)(4), caplog)
    said = [one for one in said if one["plugin"] == "blocker"]  # a busy machine blocks too
    first, last = said[0], said[-1]
    assert first["said"] == "the loop is blocked"
    assert first["plugin"] == last["plugin"] == "blocker"
    assert float(str(first["duration_ms"])) < 3_000  # a second, and slack
    assert str(last["place"]).startswith(f"{name} (maru_blocker/__init__.py:")
    assert "blocker" in tripped
    figures = metrics.counter("maru_loop_blocked_seconds_total", "").values
    assert figures[("blocker",)] > 0.1  # without the time that it waited for a processor


async def test_what_holds_the_interpreters_lock_is_named_when_it_ends(
    plugin: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    many, took = 20, 0.0
    while took < 0.4:  # as long as it takes here for a second or more
        began = time.thread_time()
        re.match(r"(a+)+$", "a" * many + "b")
        took, many = time.thread_time() - began, many + 1
    tripped, said, _ = await blocked(lambda: plugin.locks(many + 1), caplog)
    said = [one for one in said if one["plugin"] == "blocker"]  # a busy machine blocks too
    assert "blocker" in tripped
    assert str(said[-1]["place"]).startswith("locks (maru_blocker/__init__.py:")


async def test_a_loop_that_turns_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    tripped: list[str] = []
    async with watched(Suspects({}), Metrics("x"), limit=0.5, tripped=tripped.append):
        for _ in range(20):
            await asyncio.sleep(0.05)
    assert tripped == []
