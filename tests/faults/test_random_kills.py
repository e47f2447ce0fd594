"""SIGKILL for any process of a demo at any moment: what was confirmed is there, and nothing needs a
repair."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2 as httpx
import pytest
from tests.faults.running import Running

from maru.embedded.engine import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PASSWORD = "kill me if you can 9"
POSTS = "/api/v1/board/posts"


def descendants(root: int) -> list[int]:
    """Every process below one, those of PostgreSQL too."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()[1:]]
    found: list[int] = []
    waiting = [root]
    while waiting:
        above = waiting.pop()
        below = [pid for pid, parent in rows if parent == above]
        found += below
        waiting += below
    return found


@contextmanager
def started(data: Path, port: int) -> Iterator[Running]:
    demo = Running(data, port, "--password", PASSWORD)
    try:
        yield demo
    finally:
        demo.close()


@contextmanager
def signed_in(port: int) -> Iterator[httpx.Client]:
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, headers={"x-maru-tenant": "hanbit"}, timeout=20) as client:
        body = {"username": "admin", "password": PASSWORD}
        answer = client.post("/api/v1/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        client.headers["authorization"] = f"Bearer {answer.json()['data']['access_token']}"
        yield client


def writable(client: httpx.Client) -> str:
    boards = client.get("/api/v1/board/boards").json()["data"]
    return next(str(b["id"]) for b in boards if b["kind"] == "normal" and not b["is_closed"])


def outcome(client: httpx.Client, board: str) -> httpx.Response | None:
    body = {"board_id": board, "title": "confirmed", "content": "or not there"}
    with suppress(httpx.TransportError):
        return client.post(POSTS, json=body)
    return None


def write(port: int, headers: Any, board: str, stop: Event, kept: list[str]) -> None:
    """Write posts and remember those that were confirmed."""
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, headers=headers, timeout=20) as client:
        while not stop.is_set():
            answer = outcome(client, board)
            if answer is None:
                time.sleep(0.05)
            elif answer.status_code == 201:
                kept.append(answer.json()["data"]["id"])
            else:  # nothing but "later" is an answer while an engine is away
                assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def again(client: httpx.Client, board: str) -> None:
    """Wait until a post goes through."""
    end = time.monotonic() + 40
    while (answer := outcome(client, board)) is None or answer.status_code != 201:
        assert time.monotonic() < end, "it doesn't come back"
        time.sleep(0.05)


def test_killed_at_random_while_people_write(tmp_path: Path) -> None:
    """Each kind of process once, and one of PostgreSQL's own; sessions and posts stay."""
    rng, port = random.Random(20261120), free_port()
    with started(tmp_path / "data", port) as demo:
        demo.until("Ctrl-C")
        kept: list[str] = []
        with signed_in(port) as client:
            board, stop = writable(client), Event()
            given = (port, dict(client.headers), board, stop, kept)
            writers = [Thread(target=write, args=given) for _ in range(3)]
            for writer in writers:
                writer.start()
            names = list(demo.children())
            for name in rng.sample(names, len(names)):
                time.sleep(rng.uniform(0.2, 1))
                os.kill(demo.children()[name]["pid"], signal.SIGKILL)
                again(client, board)
            os.kill(rng.choice(descendants(demo.children()["postgres"]["pid"])), signal.SIGKILL)
            again(client, board)
            stop.set()
            for writer in writers:
                writer.join()
            assert len(kept) > len(names)
            lost = [id_ for id_ in kept if client.get(f"{POSTS}/{id_}").status_code != 200]
            assert lost == []
        assert demo.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("seed", [3, 5])
def test_killed_at_random_before_it_serves(tmp_path: Path, seed: int) -> None:
    """Engines being made, migration, seeding: the next start carries on, whoever was killed."""
    rng, port, data = random.Random(seed), free_port(), tmp_path / "data"
    for whole in (False, True):
        with started(data, port) as demo:
            time.sleep(rng.uniform(1, 7))
            below = descendants(demo.process.pid)
            victim = rng.choice(below) if below and not whole else demo.process.pid
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
    with started(data, port) as demo:
        demo.until("Ctrl-C")
        with signed_in(port) as client:
            people = client.get("/api/v1/users?limit=1").json()["pagination"]
            boards = client.get("/api/v1/board/boards").json()["data"]
            assert (people["total"], len(boards)) == (20, 13)
            assert all(board["post_count"] for board in boards)
        assert demo.end(signal.SIGINT) == 0


def test_killed_with_its_process_group(tmp_path: Path) -> None:
    """`timeout` and closing terminals reach supervisor and launcher at once; every part ends
    cleanly."""
    port = free_port()
    with started(tmp_path / "data", port) as demo:
        demo.until("Ctrl-C")
        children = [child["pid"] for child in demo.children().values()]
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGTERM):
            for pid in (demo.process.pid, *children):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        assert demo.process.wait(60) == 0
        assert demo.process.stdout is not None
        assert "SIGKILL" not in demo.process.stdout.read()
    log = (tmp_path / "data" / "logs" / "postgres.log").read_text("utf-8")
    assert log.rstrip().endswith("database system is shut down")
