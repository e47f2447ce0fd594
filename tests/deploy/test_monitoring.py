"""What operators load into Prometheus and Grafana loads, and speaks of figures that Maru shows."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maru.alerts.rule import default_rules

FOLDER = Path(__file__).parents[2] / "deploy" / "monitoring"
PROMETHEUS = FOLDER / "prometheus"
ALERT = re.compile(r"- alert: (\w+)\n(?:(?!- alert).)*?severity: (\w+)", re.DOTALL)
# Figures of plugins and of Prometheus itself.
OTHERS = {"maru_ocr_seconds_bucket", "up"}


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed")
    return found


def run(*command: str) -> None:
    done = subprocess.run(
        command,
        cwd=PROMETHEUS,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "maru.rules.yml"),
        ("test", "rules", "maru.tests.yml"),
    ],
)
def test_promtool_takes_them(promtool: str, command: tuple[str, ...]) -> None:
    run(promtool, *command)


def test_they_mirror_the_rules_that_maru_judges_itself() -> None:
    text = (PROMETHEUS / "maru.rules.yml").read_text("utf-8")
    theirs = dict(ALERT.findall(text))
    ours = {rule.name: rule.severity for rule in default_rules().rules}
    assert theirs == {**ours, "MaruDown": "critical"}
    for rule in default_rules().rules:
        block = text[text.index(f"- alert: {rule.name}\n") :].partition("labels:")[0]
        sign = {"gt": ">", "lt": "<"}[rule.operator]
        assert re.search(rf"{sign} {rule.threshold:g}\s", block), rule.name
        holds = re.search(r"for: (\d+)m", block)
        assert (int(holds[1]) * 60 if holds else 0) == rule.for_.total_seconds(), rule.name


def expressions() -> Iterator[str]:
    board = json.loads((FOLDER / "grafana" / "maru.json").read_text("utf-8"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$job", "maru")


def test_every_expression_of_the_dashboard_is_one(promtool: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression}
        for number, expression in enumerate(expressions())
    ]
    assert len(rules) > 20
    file = tmp_path / "panels.json"
    content: dict[str, Any] = {"groups": [{"name": "panels", "rules": rules}]}
    file.write_text(json.dumps(content), "utf-8")
    run(promtool, "check", "rules", str(file))


def test_panels_dont_overlap_and_have_a_title_each() -> None:
    board = json.loads((FOLDER / "grafana" / "maru.json").read_text("utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["title"] for panel in board["panels"]}) == len(board["panels"])
