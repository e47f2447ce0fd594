"""The figures as a table and as a file."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench.cases import Case
from bench.load import Bout

_NAMED = (
    "fastapi",
    "uvicorn",
    "sqlmodel",
    "redis",
    "cashews",
    "dramatiq",
    "python-socketio",
    "websockets",
)
RESULTS = Path(__file__).parent / "results"
HEADS = ("", "case", "req/s", "worst", "ratio", "CPU µs", "CPU ratio", "p50 ms", "bytes", "goal")


def _middle(case: Case, figure: str) -> float:
    return float(median(getattr(bout, figure) for bout in case.bouts))


def ratios(case: Case, base: Case) -> tuple[float, float]:
    """How many times the base's requests, by the clock and by the server's processor time."""
    pairs = list(zip(case.bouts, base.bouts, strict=True))
    return median(_by_clock(*pair) for pair in pairs), median(_by_cpu(*pair) for pair in pairs)


def _by_clock(bout: Bout, base: Bout) -> float:
    return bout.rate / base.rate


def _by_cpu(bout: Bout, base: Bout) -> float:
    return base.cpu / bout.cpu if bout.cpu else 0.0


def row(case: Case, base: Case) -> tuple[str, ...]:
    """A line of the table."""
    clock, cpu = ratios(case, base)
    return (
        case.name,
        case.title,
        f"{_middle(case, 'rate'):,.0f}",
        f"{min(bout.rate for bout in case.bouts):,.0f}",
        f"{clock:.2f}",
        f"{_middle(case, 'cpu'):,.0f}",
        f"{cpu:.2f}",
        f"{_middle(case, 'p50'):.1f}",
        f"{_middle(case, 'size'):,.0f}",
        "" if case.goal is None else f"≥ {case.goal:g}",
    )


def listed(title: str, figures: Mapping[str, float]) -> str:
    """Figures by name."""
    lines = [f"| {name} | {value:,.2f} |" for name, value in figures.items()]
    return "\n".join([f"| {title} | |", "| --- | --- |", *lines])


def machine() -> dict[str, str]:
    """Where and of what this was measured."""
    said = Path("/proc/cpuinfo").read_text("utf-8")
    model = next((ln for ln in said.splitlines() if ln.startswith("model name")), ":")
    commit = ["git", "describe", "--always", "--dirty"]
    told = subprocess.run(commit, capture_output=True, text=True, check=False, cwd=RESULTS.parent)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": told.stdout.strip(),
        "processor": f"{os.cpu_count()} x {model.partition(':')[2].strip()}",
        "python": platform.python_version(),
        "load": " ".join(f"{part:.1f}" for part in os.getloadavg()),
    }


def versions() -> dict[str, str]:
    """Of the peers, and of what both sides stand on."""
    return {name: version(name) for name in _NAMED}


def save(name: str, found: Mapping[str, Any]) -> Path:
    """Write everything that was measured; gives the file."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    text = json.dumps({**machine(), "groups": found}, indent=1, ensure_ascii=False)
    file.write_text(text, "utf-8")
    return file
