"""How the tests are shared out: every one runs once, a file in one process, and what wants to be
alone runs when nothing else does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.shifts import ALONE, TOGETHER, is_alone, unit_of

ROOT = Path(__file__).parents[2]
CONFTEST = """
import pytest
from tests import shifts

shifts.ALONE = ("test_alone",)


def pytest_xdist_make_scheduler(config, log):
    return shifts.Shifts(config, log)
"""
SAYING = """
import os, pathlib, time
import pytest


@pytest.mark.parametrize("number", range(3))
def test_it(number):
    began = time.monotonic()
    time.sleep(0.05)
    told = f"{pathlib.Path(__file__).stem} {os.getpid()} {began} {time.monotonic()}\\n"
    with open("told", "a") as file:
        file.write(told)
"""


def test_every_named_place_exists() -> None:
    assert [name for name in (*ALONE, *TOGETHER) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    ("nodeid", "unit", "alone"),
    [
        ("tests/core/a/test_b.py::TestC::test_d[e::f]", "tests/core/a/test_b.py", False),
        ("tests/e2e/test_jobs.py::test_a", "tests/e2e grown", False),
        ("tests/bench/test_day.py::test_a", "tests/bench/test_day.py", True),
    ],
)
def test_a_test_belongs_to_its_file(nodeid: str, unit: str, alone: bool) -> None:
    assert unit_of(nodeid) == unit
    assert is_alone(unit) is alone


@pytest.mark.parametrize("names", ["abcde", ""])
def test_what_wants_to_be_alone_is(tmp_path: Path, names: str) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    files = [f"test_{name}" for name in (*names, "alone_first", "alone_second")]
    for name in files:
        (tmp_path / f"{name}.py").write_text(SAYING, "utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-n", "2", "."]
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line.split() for line in (tmp_path / "told").read_text("utf-8").splitlines()]
    assert sorted(file for file, *_ in told) == sorted(files * 3)
    where = {file: {one[1] for one in told if one[0] == file} for file in files}
    assert all(len(processes) == 1 for processes in where.values())
    ends = [float(one[3]) for one in told if "alone" not in one[0]]
    begins = [float(one[2]) for one in told if "alone" in one[0]]
    assert min(begins) >= max(ends, default=0.0)
    assert len({one[1] for one in told if "alone" in one[0]}) == 1
    assert not names or len({one[1] for one in told if "alone" not in one[0]}) == 2
