"""The benchmark runs: every case yields figures. What they are depends on the machine."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASES = {"a", "b", "b-br", "b-304", "c0", "c", "c-miss", "d", "d-cold"}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wrk") is None, reason="needs Debian's wrk")
def test_every_case_yields_figures() -> None:
    name = "smoke"
    words = ["--rounds", "1", "--seconds", "0.3", "--only", "a,b,c,d,steps", "--name", name]
    command = [sys.executable, "-m", "bench", *words]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((ROOT / "bench/results" / f"{name}.json").read_text("utf-8"))
    assert found["cases"].keys() == CASES
    assert all(bout["rate"] > 0 for bouts in found["cases"].values() for bout in bouts)
    assert all(cost > 0 for cost in found["steps"].values())


@pytest.mark.slow
def test_sockets_yield_figures() -> None:
    command = [sys.executable, "-m", "bench.sockets", "--count", "40", "--rounds", "1"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=170
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "python-socketio: messages/s" in done.stdout
