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
QUICK = ("requests", "steps", "cache", "sockets", "isolated", "rights", "company", "jobs")
JOBS = {"send", "bulk-1", "bulk-1000", "bare", "noop-1", "noop-1000", "row-1", "row-1000"}


Found = dict[str, Any]


@pytest.fixture(scope="module")
def found() -> Found:
    """What groups find in their quick form, one after the other on one ground: to make a ground
    takes longer than to measure on it."""
    if shutil.which("wrk") is None:
        pytest.skip("needs Debian's wrk")
    words = ["--quick", "--only", ",".join(QUICK), "--name", "smoke"]
    command = [sys.executable, "-m", "bench", *words]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=800
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text = (ROOT / "bench/results/smoke.json").read_text("utf-8")
    groups: Found = json.loads(text)["groups"]
    assert tuple(groups) == QUICK
    assert all(table["rows"] for group in groups.values() for table in group["tables"])
    return {name: group["figures"] for name, group in groups.items()}


@pytest.mark.slow
@pytest.mark.timeout(850)
class TestFigures:
    def test_requests_and_their_steps(self, found: Found) -> None:
        cases = found["requests"]["cases"]
        assert cases.keys() == CASES
        assert all(bout["rate"] > 0 for bouts in cases.values() for bout in bouts)
        assert all(cost > 0 for cost in found["steps"].values())

    def test_cache_and_sockets(self, found: Found) -> None:
        rows = found["cache"]["rows"].values()
        assert all(min(took) > 0 for row in rows for took in row.values())
        assert found["sockets"]["python-socketio: messages/s"] > 0

    def test_isolation(self, found: Found) -> None:
        assert found["isolated"]["process: memory after the calls, MiB"] > 0
        assert found["isolated"]["portlet, isolated: median, ms"] > 0

    @pytest.mark.parametrize("group", ["rights", "company"])
    def test_rights_and_a_company(self, found: Found, group: str) -> None:
        assert all(figure > 0 for figure in found[group].values())

    def test_jobs(self, found: Found) -> None:
        assert found["jobs"].keys() == JOBS
        assert all(min(row["rates"]) > 0 for row in found["jobs"].values())


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
