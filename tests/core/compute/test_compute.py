"""A child answers, or is killed and its caller told why; nobody else feels it."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.core.compute import sums
from tests.core.compute.sums import Number

from maru.compute import Compute
from maru.compute.pool import Work
from maru_sdk import Conflict, MaruError, Model, RateLimited
from maru_sdk.compute import (
    ComputeBusy,
    ComputeFailed,
    ComputeKilled,
    ComputeMemory,
    ComputeTimeout,
)

MB = 1 << 20
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
async def compute() -> AsyncIterator[Compute]:
    made = Compute(2)
    yield made
    await made.close()
    assert made.alive == 0


def work(
    function: Callable[[Any], Any],
    value: int = 0,
    *,
    seconds: float = 60,
    memory: int = 512 * MB,
    plugin: str = "kinds",
) -> Work:
    return Work(
        plugin=plugin,
        module=function.__module__,
        function=function.__name__,
        ask=Number(value=value).model_dump_json(),
        seconds=seconds,
        memory=memory,
    )


async def number(
    compute: Compute, function: Callable[[Any], Model], value: int = 0, **k: Any
) -> int:
    answer = await compute.run(work(function, value, **k))
    assert answer is not None
    return Number.model_validate_json(answer).value


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


async def gone(pid: int) -> None:
    await until(lambda: not running(pid))


class TestAnswers:
    async def test_model_in_and_model_out(self, compute: Compute) -> None:
        assert await number(compute, sums.double, 21) == 42

    async def test_there_is_no_child_before_one_is_needed(self, compute: Compute) -> None:
        assert compute.alive == 0

    async def test_a_child_stays_warm(self, compute: Compute) -> None:
        assert await number(compute, sums.pid) == await number(compute, sums.pid)

    async def test_never_more_than_allowed(self, compute: Compute) -> None:
        found = await asyncio.gather(*(number(compute, sums.pid) for _ in range(8)))
        assert len(set(found)) <= 2
        assert compute.alive <= 2

    async def test_another_plugin_has_another_child(self, compute: Compute) -> None:
        first = await number(compute, sums.pid)
        second = await number(compute, sums.pid, plugin="other")
        third = await number(compute, sums.pid, plugin="third")
        assert len({first, second, third}) == 3
        assert compute.alive == 2
        await gone(first)

    async def test_a_child_that_has_worked_long_is_replaced(
        self, compute: Compute, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("maru.compute.pool.TASKS", 2)
        found = [await number(compute, sums.pid) for _ in range(4)]
        assert (found[0], found[2]) == (found[1], found[3])
        assert found[0] != found[2]

    async def test_a_child_that_rests_too_long_leaves(
        self, compute: Compute, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("maru.compute.pool.IDLE", 0.01)
        await gone(await number(compute, sums.pid))
        assert compute.alive == 0

    async def test_what_is_large_goes_through(self, compute: Compute) -> None:
        asked = work(sums.double)
        padded = Number(value=7).model_dump_json() + " " * (5 * MB)
        answer = await compute.run(Work(**{**vars_of(asked), "ask": padded}))
        assert answer == '{"value":14}'


class TestErrors:
    async def test_its_own_refusal_arrives_as_itself(self, compute: Compute) -> None:
        with pytest.raises(sums.TooOdd, match="3 is odd") as odd:
            await compute.run(work(sums.refuse, 3))
        assert (odd.value.code, odd.value.details) == ("TOO_ODD", {"value": 3})
        with pytest.raises(RateLimited) as limited:
            await compute.run(work(sums.refuse, 30))
        assert limited.value.after == 30
        with pytest.raises(Conflict, match="taken"):
            await compute.run(work(sums.refuse, 0))

    async def test_a_bug_is_named(self, compute: Compute) -> None:
        with pytest.raises(ComputeFailed, match="ValueError: no use for 5"):
            await compute.run(work(sums.fail, 5))

    @pytest.mark.parametrize(
        ("function", "value", "said"),
        [
            (sums.leave, 0, "status 0"),
            (sums.leave, 3, "status 3"),
            (sums.crash, 0, "SIGSEGV"),
            (sums.scribble, 0, "no answer"),
        ],
    )
    async def test_a_child_that_ends_is_told_of(
        self, compute: Compute, function: Callable[[Any], Any], value: int, said: str
    ) -> None:
        with pytest.raises(ComputeKilled, match=said):
            await compute.run(work(function, value))
        assert await number(compute, sums.double, 1) == 2

    async def test_what_it_prints_is_nobodys_answer(self, compute: Compute) -> None:
        assert await number(compute, sums.write, 1) == 2
        assert await number(compute, sums.double, 2) == 4


class TestBounds:
    async def test_it_is_killed_at_its_deadline(self, compute: Compute) -> None:
        began = time.monotonic()
        with pytest.raises(ComputeTimeout):
            await compute.run(work(sums.hang, seconds=2))
        assert time.monotonic() - began < 30
        assert compute.alive == 0

    async def test_its_processor_time_is_bounded_too(self, compute: Compute) -> None:
        child_knows = work(sums.burn, 60_000, seconds=0.1)
        await number(compute, sums.double, 1)
        (child,) = compute._idle
        with pytest.raises(ComputeTimeout, match="processor"):
            await child.ask(child_knows.frame(0.1))
        compute._drop(child)

    async def test_memory_is_bounded(self, compute: Compute) -> None:
        assert await number(compute, sums.eat, 100, memory=256 * MB) == 100
        with pytest.raises(ComputeMemory, match="64 MB"):
            await compute.run(work(sums.eat, 1000, memory=64 * MB))
        assert await number(compute, sums.eat, 100, memory=256 * MB) == 100

    async def test_who_gets_no_turn_is_told_so(self, compute: Compute) -> None:
        busy = [asyncio.create_task(compute.run(work(sums.hang))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ComputeBusy):
            await compute.run(work(sums.double, seconds=0.2))
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        assert await number(compute, sums.double, 1) == 2

    async def test_a_caller_who_gives_up_ends_the_child_and_all_it_started(
        self, compute: Compute
    ) -> None:
        mine = os.getpid()
        note = Path(f"/tmp/maru-spawned-{mine}")
        note.unlink(missing_ok=True)
        task = asyncio.create_task(compute.run(work(sums.spawn, mine)))
        await until(lambda: note.exists() and note.read_text().endswith("\n"))
        pid = int(note.read_text())
        note.unlink()
        assert running(pid)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await gone(pid)
        assert compute.alive == 0

    async def test_others_work_on_beside_one_that_hangs(self, compute: Compute) -> None:
        hanging = asyncio.create_task(compute.run(work(sums.hang, seconds=20)))
        assert [await number(compute, sums.double, n) for n in range(5)] == [0, 2, 4, 6, 8]
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)


class TestSecrets:
    async def test_the_environment_tells_nothing(
        self, compute: Compute, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MARU_SECRET_KEY", "planted-secret")
        monkeypatch.setenv("DATABASE_PASSWORD", "planted-secret")
        seen = (await compute.run(work(sums.look)) or "").split('"')[3].split()
        assert "PATH" in seen
        assert set(seen) <= {
            "PATH",
            "LANG",
            "LC_ALL",
            "LC_CTYPE",
            "TZ",
            "LD_LIBRARY_PATH",
            "TMPDIR",
        }

    async def test_no_socket_goes_along(self, compute: Compute) -> None:
        server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        os.set_inheritable(server.sockets[0].fileno(), True)
        try:
            seen = await compute.run(work(sums.descriptors)) or ""
        finally:
            server.close()
        assert "pipe:" in seen
        assert seen.count("socket:") <= OUR_PIPES

    async def test_it_opens_none_either(self, compute: Compute) -> None:
        async with await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(ComputeFailed, match="no network"):
                await compute.run(work(sums.call, port))


OUR_PIPES = 2  # an event loop may make its pipes of sockets


PARENT = """
import asyncio
from maru.compute import Compute
from maru.compute.pool import Work

async def main():
    compute = Compute(1)
    given = dict(plugin="kinds", module="tests.core.compute.sums", ask="{}", memory=1 << 29)
    print(await compute.run(Work(function="pid", seconds=60, **given)), flush=True)
    await compute.run(Work(function="hang", seconds=600, **given))

asyncio.run(main())
"""


async def test_no_child_outlives_a_parent_that_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert parent.stdout is not None
    pid = json.loads(await parent.stdout.readline())["value"]
    assert running(pid)
    parent.kill()
    await parent.wait()
    await gone(pid)


async def test_the_loop_stays_free_while_a_child_burns(compute: Compute) -> None:
    """The longest that a tick of the loop is late while a function burns for two seconds."""
    await number(compute, sums.double)
    task = asyncio.create_task(number(compute, sums.burn, 2_000))
    late = []
    while not task.done():
        before = time.monotonic()
        await asyncio.sleep(0.01)
        late.append(time.monotonic() - before - 0.01)
    assert await task > 1_000
    late.sort()
    assert late[len(late) // 2] < 0.05
    assert late[-1] < 1.0


def vars_of(asked: Work) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in asked.__dataclass_fields__}


async def test_what_fails_is_counted_by_plugin() -> None:
    told: list[tuple[str, str]] = []
    made = Compute(1, told=lambda plugin, seconds, failure: told.append((plugin, failure)))
    try:
        await made.run(work(sums.double))
        with pytest.raises(MaruError):
            await made.run(work(sums.fail))
    finally:
        await made.close()
    assert told == [("kinds", ""), ("kinds", "COMPUTE_FAILED")]
