"""What stands still costs lines, and nobody time."""

import asyncio
import io
import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import orjson

from maru.observability.drain import Drain
from maru.observability.log import FIELDS, Journal, own_last_words


async def test_a_pipe_that_nobody_reads_blocks_nobody() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as out:
        journal = Journal("web", "INFO", out)
        slowest = 0.0
        for number in range(30_000):
            began = time.perf_counter()
            journal.write(logging.WARNING, "x" * 200, number=number)
            slowest = max(slowest, time.perf_counter() - began)
        assert journal.dropped > 20_000
        assert slowest < 0.5  # one that blocks takes for ever
        assert not journal.settle(0.05)
        dropped, kept = journal.dropped, bytearray()
        while not journal.settle(0.01):
            kept += os.read(reading, 1 << 20)
    kept += os.read(reading, 1 << 20)
    while more := os.read(reading, 1 << 20):
        kept += more
    os.close(reading)
    lines = [orjson.loads(line) for line in kept.splitlines()]
    assert len(lines) + dropped == 30_000
    assert [line["number"] for line in lines] == sorted(line["number"] for line in lines)


def test_a_drain_that_is_closed_has_worked_off_all_and_keeps_no_thread() -> None:
    got: list[int] = []
    drain: Drain[int] = Drain("closing", got.extend, limit=10)
    for number in range(3):
        drain.put(number)
    (thread,) = [one for one in threading.enumerate() if one.name == "closing"]
    drain.close(10)
    thread.join(10)
    assert not thread.is_alive()
    assert got == [0, 1, 2]
    drain.put(3)
    assert drain.settle(10)
    assert got[3:] == [3]


async def test_a_sink_that_is_closed_loses_lines_and_counts_them() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as out:
        journal = Journal("web", "INFO", out)
        for _ in range(5):
            journal.write(logging.ERROR, "x")
        assert journal.settle(10)
    assert journal.dropped == 5


def test_threads_and_the_loop_write_whole_lines() -> None:
    out = io.BytesIO()
    journal = Journal("worker", "INFO", out)

    async def on_the_loop() -> None:
        for number in range(500):
            journal.write(logging.INFO, f"loop {number}")
            if number % 50 == 0:
                await asyncio.sleep(0)

    def in_a_thread(name: int) -> None:
        for number in range(500):
            journal.write(logging.INFO, f"thread {name} {number}")

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(in_a_thread, name) for name in range(4)]
        asyncio.run(on_the_loop())
        for one in running:
            one.result()
    assert journal.settle(30)
    lines = [orjson.loads(line)["message"] for line in out.getvalue().splitlines()]
    assert len(lines) == len(set(lines)) > 0
    assert len(lines) + journal.dropped == 2_500  # five writers can be faster than the one thread


def test_whatever_is_given_becomes_a_line() -> None:
    class Mute:
        def __str__(self) -> str:
            raise RuntimeError

    loop: list[object] = []
    loop.append(loop)
    out = io.BytesIO()
    journal = Journal("web", "INFO", out)
    journal.write(logging.INFO, "half \ud800 of one", big=1 << 80, loop=loop, mute=Mute(), key="b")
    journal.write(logging.INFO, "x" * 1_000_000, deep={"a": {"password": ["HUSH"]}}, raw=b"\xff")
    assert journal.settle(10)
    first, second = (orjson.loads(line) for line in out.getvalue().splitlines())
    assert first["big"] == str(1 << 80)
    assert first["mute"] == "Mute"
    assert len(second["message"]) < 20_000
    assert "HUSH" not in str(second)
    assert tuple(first)[: len(FIELDS) - 1] == FIELDS[:-1]


def test_a_thread_that_ends_badly_says_so_masked() -> None:
    out = io.BytesIO()
    journal = Journal("web", "INFO", out)
    kept = (threading.excepthook,)
    import sys

    hooks = (sys.excepthook, sys.unraisablehook)
    own_last_words(journal)
    try:
        threading.excepthook(
            threading.ExceptHookArgs(
                (
                    ValueError,
                    ValueError("postgresql://u:HUSH@h/d"),
                    None,
                    threading.current_thread(),
                )
            )
        )
    finally:
        (threading.excepthook,) = kept
        sys.excepthook, sys.unraisablehook = hooks
        logging.captureWarnings(capture=False)
    assert journal.settle(10)
    line = orjson.loads(out.getvalue())
    assert line["message"] == "a thread ended"
    assert "HUSH" not in line["exception"]


def test_a_drain_hands_on_in_order_and_in_batches() -> None:
    seen: list[list[int]] = []
    drain: Drain[int] = Drain("test", seen.append, limit=10_000, pause=0.05)
    for number in range(1_500):
        drain.put(number)
    assert drain.settle(30)
    assert [one for batch in seen for one in batch] == list(range(1_500))
    assert max(map(len, seen)) > 1
