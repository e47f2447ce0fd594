"""The whole demo, killed at every place: nothing committed is lost, no start needs a repair."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults.running import Running

from maru.embedded.engine import free_port
from maru.embedded.folder import alive

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []
    port = free_port()

    def start(name: str = "data", at: int = port, *, searches: bool = False) -> Running:
        started.append(Running(tmp_path / name, at, searches=searches))
        return started[-1]

    yield start
    for each in started:
        each.close()


def wait_until(true: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it didn't come true in time"
        time.sleep(0.05)


def test_it_comes_back_from_the_death_of_each_part(demo: Callable[..., Running]) -> None:
    first = demo(searches=True)
    first.until("Ctrl-C")
    assert first.serves()
    before = first.children()
    for child in before.values():
        os.kill(child["pid"], signal.SIGKILL)

    def all_again() -> bool:
        now = first.children()
        return all(now[name]["restarts"] for name in before) and all(
            child["state"] == "running" for child in now.values()
        )

    wait_until(all_again)
    wait_until(first.serves)
    left = [child["pid"] for child in first.children().values()]
    assert first.end(signal.SIGHUP) == 0
    assert not [pid for pid in left if alive(pid)]


def test_killed_at_each_stage_the_next_start_works(demo: Callable[..., Running]) -> None:
    for stage in ("Making a PostgreSQL database", "core: ", "Ctrl-C"):
        killed = demo()
        killed.until(stage)
        killed.close()
    last = demo()
    last.until("Ctrl-C")
    assert last.serves()
    assert last.end(signal.SIGINT) == 0


def test_two_run_side_by_side(demo: Callable[..., Running]) -> None:
    one, two = demo("one"), demo("two", free_port())
    one.until("Ctrl-C")
    two.until("Ctrl-C")
    assert one.serves()
    assert two.serves()
    assert two.end(signal.SIGTERM) == 0
    assert one.serves()
    assert one.end(signal.SIGTERM) == 0
