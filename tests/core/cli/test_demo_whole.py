"""The whole demo, killed at every place: nothing committed is lost, no start needs a repair."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from maru.embedded.engine import free_port
from maru.embedded.folder import alive

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


class Running:
    """A demo in a process of its own, started as a person would."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.port = port
        words = ["demo", "--data", str(data), "--port", str(port), "--people", "20"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "maru", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []

    def until(self, words: str) -> None:
        """Read what it says until these words; its end before them is a failure."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if words in line:
                return
        pytest.fail("\n".join(["it ended early:", *self.said]))

    def children(self) -> dict[str, Any]:
        state = json.loads((self.data / "run.json").read_text("utf-8"))
        return dict(state["children"])

    def serves(self) -> bool:
        where = f"http://127.0.0.1:{self.port}/health/live"
        with suppress(URLError, OSError), urlopen(where, timeout=5) as answer:
            return bool(answer.status == 200)
        return False

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []
    port = free_port()

    def start(name: str = "data", at: int = port) -> Running:
        started.append(Running(tmp_path / name, at))
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
    first = demo()
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
