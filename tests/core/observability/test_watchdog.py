"""Who blocks a loop is named, even by what lets no other thread run."""

import asyncio
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.core.observability import blocking

from maru.observability.metrics import Metrics
from maru.observability.suspects import Suspects
from maru.observability.watchdog import watched

ROOT = Path(__file__).parents[3]


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = blocking.blocker()
    monkeypatch.setitem(sys.modules, blocking.NAME, module)
    return module


@pytest.mark.parametrize("name", ["sleeps", "counts"])
async def test_named_while_it_blocks_and_once_more_when_it_ends(
    plugin: ModuleType, name: str
) -> None:
    heard = await blocking.blocked(lambda: getattr(plugin, name)(4))
    first, last = heard.said[0], heard.said[-1]
    assert first["said"] == "the loop is blocked"
    assert float(str(first["duration_ms"])) < 3_000  # a second, and slack
    assert str(last["place"]).startswith(f"{name} (maru_blocker/__init__.py:")
    assert "blocker" in heard.tripped
    figures = heard.metrics.counter("maru_loop_blocked_seconds_total", "").values
    assert figures[("blocker",)] > 0.1  # without the time that it waited for a processor


async def test_what_holds_the_interpreters_lock_is_named_when_it_ends() -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.core.observability.blocking"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await child.communicate()
    assert child.returncode == 0
    heard = json.loads(out)
    assert "blocker" in heard["tripped"]
    assert heard["said"][-1]["place"].startswith("locks (maru_blocker/__init__.py:")


async def test_a_loop_that_turns_is_left_alone() -> None:
    tripped: list[str] = []
    async with watched(Suspects({}), Metrics("x"), limit=0.5, tripped=tripped.append):
        for _ in range(20):
            await asyncio.sleep(0.05)
    assert tripped == []
