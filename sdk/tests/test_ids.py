"""Ids are in the order of time, and no two are alike, in a forked child either."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

from maru_sdk.db import uuid7


def test_each_is_greater_than_the_one_before() -> None:
    found = [uuid7() for _ in range(5_000)]
    assert found == sorted(set(found))
    assert {(one.version, one.variant) for one in found} == {(7, RFC_4122)}


def test_it_begins_with_the_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7().int >> 80
    assert made >= before
    assert made - time.time_ns() // 1_000_000 < 1_000  # it runs ahead where many are asked for


def test_threads_get_different_ones() -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: [uuid7() for _ in range(2_000)], range(4)))
    assert len({one for some in found for one in some}) == 8_000


def test_a_forked_child_doesnt_repeat_its_parent() -> None:
    uuid7()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"".join(uuid7().bytes for _ in range(20)))
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 16 * 20)
    os.close(reading)
    os.close(writing)
    assert len(theirs) == 16 * 20
    tails = {UUID(bytes=theirs[at : at + 16]).bytes[8:] for at in range(0, len(theirs), 16)}
    assert not tails & {uuid7().bytes[8:] for _ in range(20)}
