"""How long a process takes until it serves, and what it holds in memory."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from statistics import median
from typing import Any

from bench.ground import Ground
from bench.load import Load, Request
from bench.people import Line, signed_in
from bench.process import Broken, Process, maru
from bench.tables import Found, Table, number
from maru.embedded.engine import free_port

ROOT = Path(__file__).resolve().parents[1]
_SETTLED = 0.5
_LONGEST_DEMO = 240.0


def starting(ground: Ground, rounds: int, seconds: float) -> Found:
    """Seconds until each process is at work, its memory then, and the web's after load."""
    found: dict[str, Any] = {"import of maru.app, s": _import_time(rounds)}
    for name in ("serve", "worker", "scheduler", "push"):
        took, memory = zip(*(_one(ground, name) for _ in range(rounds)), strict=True)
        found[f"maru {name}: start, s"] = median(took)
        found[f"maru {name}: memory, MiB"] = median(memory)
    found["maru serve: memory after load, MiB"] = _after_load(ground, seconds)
    first, *later = (_demo(ground.folder / "demo") for _ in range(rounds + 1))
    found["maru demo: first page, from an empty folder, s"] = first
    found["maru demo: first page, later, s"] = median(later)
    rows = [(what, number(value)) for what, value in found.items()]
    return Found([Table("", ("process", "median"), rows)], found)


def _demo(data: Path) -> float:
    """Seconds from the command to the page on which people sign in."""
    port = free_port()
    words = ["-m", "maru", "demo", "--port", str(port), "--data", str(data)]
    log = data.with_suffix(".log")
    with Process("maru demo", words, log, {}, port, longest=_LONGEST_DEMO) as process:
        page = Request("/login", {"Host": f"hanbit.localhost:{port}"})
        while True:
            process.must_live()
            try:
                Line(port).ask(page)
            except (OSError, HTTPException, Broken):
                time.sleep(0.02)
            else:
                return time.monotonic() - process.began


def _import_time(rounds: int) -> float:
    return median(_timed([sys.executable, "-c", "import maru.app, maru.house"], rounds))


def _timed(command: Sequence[str], rounds: int) -> list[float]:
    took = []
    for _ in range(rounds):
        began = time.monotonic()
        subprocess.run(command, check=True)
        took.append(time.monotonic() - began)
    return took


def _one(ground: Ground, name: str) -> tuple[float, float]:
    port = free_port() if name == "serve" else 0
    with maru(name, ground.folder, ground.environment, port) as process:
        took = process.await_port() if port else _idle(process)
        return took, process.memory()


def _idle(process: Process) -> float:
    """Processes without a port have started when they need the processor no more."""
    began = process.began
    while True:
        used, at = process.cpu(), time.monotonic()
        _until(lambda at=at: time.monotonic() > at + _SETTLED)  # type: ignore[misc]
        process.must_live()
        if used and process.cpu() - used < 0.05:
            return at - began


def _until(reached: Callable[[], bool]) -> None:
    while not reached():
        time.sleep(0.01)


def _after_load(ground: Ground, seconds: float) -> float:
    with ExitStack() as stack:
        serve = stack.enter_context(maru("serve", ground.folder, ground.environment, free_port()))
        line = Line(serve.port)
        people = signed_in(line, ground)
        boards = ground.boards
        asked = [
            Request(f"/api/v1/board/boards/{boards[one.tenant][0]}/posts", one.client)
            for one in people
        ]
        pages = [Request("/", one.browser) for one in people]
        for miss, requests in ((True, asked), (False, pages)):
            Load(ground.folder, "memory", requests, miss=miss).run(serve, seconds)
        return serve.memory()
