"""The benchmark runs: every group yields figures. What they are depends on the machine."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench import document
from bench.groups import GROUPS

ROOT = Path(__file__).resolve().parents[2]
CASES = {"a", "b", "b-br", "b-304", "c0", "c", "c-miss", "d", "d-cold"}
JOBS = {"send", "bulk-1", "bulk-1000", "bare", "noop-1", "noop-1000", "row-1", "row-1000"}


def measured(*groups: str) -> dict[str, Any]:
    """What these groups find in their quick form."""
    name = f"smoke-{'-'.join(groups)}"
    words = ["--quick", "--only", ",".join(groups), "--name", name]
    command = [sys.executable, "-m", "bench", *words]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(
        (ROOT / "bench/results" / f"{name}.json").read_text("utf-8")
    )["groups"]
    assert list(found) == list(groups)
    assert all(table["rows"] for group in found.values() for table in group["tables"])
    return {name: group["figures"] for name, group in found.items()}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wrk") is None, reason="needs Debian's wrk")
def test_requests_and_their_steps_yield_figures() -> None:
    found = measured("requests", "steps")
    cases = found["requests"]["cases"]
    assert cases.keys() == CASES
    assert all(bout["rate"] > 0 for bouts in cases.values() for bout in bouts)
    assert all(cost > 0 for cost in found["steps"].values())


@pytest.mark.slow
def test_cache_and_sockets_yield_figures() -> None:
    found = measured("cache", "sockets")
    assert all(min(took) > 0 for row in found["cache"]["rows"].values() for took in row.values())
    assert found["sockets"]["python-socketio: messages/s"] > 0


@pytest.mark.slow
def test_isolation_yields_figures() -> None:
    found = measured("isolated")["isolated"]
    assert found["process: memory after the calls, MiB"] > 0
    assert found["portlet, isolated: median, ms"] > 0


@pytest.mark.slow
def test_rights_and_a_company_yield_figures() -> None:
    found = measured("rights", "company")
    assert all(figure > 0 for group in found.values() for figure in group.values())


@pytest.mark.slow
def test_jobs_yield_figures() -> None:
    found = measured("jobs")["jobs"]
    assert found.keys() == JOBS
    assert all(min(row["rates"]) > 0 for row in found.values())


def test_every_group_has_its_part_of_the_page() -> None:
    assert sorted(document.parts(document.PAGE.read_text("utf-8"))) == sorted(GROUPS)


def test_only_what_was_measured_is_renewed() -> None:
    page = (
        "one\n<!-- bench: day -->\nold\n<!-- end -->\ntwo\n<!-- bench: jobs -->\nold\n<!-- end -->"
    )
    where = {"at": "2026-11-20T", "processor": "2 x", "python": "3", "commit": "c", "load": "1"}
    table = {"text": "", "heads": ["what"], "rows": [["new"]]}
    group = {"machine": where, "versions": {"peer": "1.2"}, "tables": [table]}
    renewed = document.renewed(page, {"day": group})
    assert "| new |" in renewed
    assert "peer 1.2" in renewed
    assert renewed.startswith("one\n<!-- bench: day -->\n| what |")
    assert renewed.endswith("<!-- end -->\ntwo\n<!-- bench: jobs -->\nold\n<!-- end -->")
    assert document.renewed(renewed, {"day": group}) == renewed
