"""A demo in a process of its own, started as a person would, to be killed at will."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest


class Running:
    """One start of a demo, from its first line to its end."""

    def __init__(self, data: Path, port: int, *options: str, searches: bool = False) -> None:
        self.data = data
        self.port = port
        words = ["demo", "--data", str(data), "--port", str(port), "--people", "20", *options]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "maru", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "MARU_DEMO_SEARCH": str(searches)},  # seven seconds at each start
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
