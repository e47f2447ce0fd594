"""The supervisor: it keeps what dies, gives up on what keeps dying, and ends all in order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maru.supervisor import Child, ChildFault, Supervisor, rotate, served

PYTHON = [sys.executable, "-S", "-E", "-c"]
SLEEPER = "import time; time.sleep(60)"

# A program that keeps two batches of children, which write down when they are told to end.
KEEPER = """
import asyncio, sys
from pathlib import Path
from maru.embedded.tether import tethered
from maru.supervisor import Child, Supervisor

NOTE = '''
import signal, sys, time
def end(number, frame):
    open(sys.argv[1], "a").write(sys.argv[2] + "\\\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(sys.argv[1] + "." + sys.argv[2], "w").close()
time.sleep(60)
'''
data = Path(sys.argv[1])

def child(name):
    argv = tethered([sys.executable, "-S", "-E", "-c", NOTE, str(data / "ends"), name])
    return Child(name, lambda: argv, ready=(data / f"ends.{name}").exists)

async def plan(supervisor):
    await supervisor.keep(child("engine"))
    await supervisor.keep(child("web"), child("worker"))
    print("kept", flush=True)

asyncio.run(Supervisor(data, print).run(plan))
"""


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "kept\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def state(data: Path) -> dict[str, Any]:
    return dict(json.loads((data / "run.json").read_text("utf-8")))


def wait_until(true: Callable[[], bool], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it didn't come true in time"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_stops_all_in_reverse_order(
    keeper: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    keeper.send_signal(number)
    assert keeper.wait(10) == 0
    ends = (tmp_path / "ends").read_text("ascii").split()
    assert sorted(ends[:2]) == ["web", "worker"]
    assert ends[2:] == ["engine"]
    assert not (tmp_path / "run.json").exists()


def test_a_killed_supervisor_leaves_nobody(keeper: subprocess.Popen[str], tmp_path: Path) -> None:
    pids = [child["pid"] for child in state(tmp_path)["children"].values()]
    keeper.kill()
    wait_until(lambda: all(map(is_gone, pids)))
    assert len(pids) == 3


def test_a_killed_child_comes_back_and_is_counted(
    keeper: subprocess.Popen[str], tmp_path: Path
) -> None:
    first = state(tmp_path)["children"]["web"]["pid"]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: state(tmp_path)["children"]["web"]["restarts"] == 1)
    wait_until(lambda: state(tmp_path)["children"]["web"]["state"] == "running")
    web = state(tmp_path)["children"]["web"]
    assert web["pid"] != first
    assert state(tmp_path)["children"]["worker"]["restarts"] == 0


async def test_what_stands_on_a_dead_engine_waits_for_it(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    order: list[str] = []
    started = {"engine": asyncio.Event(), "web": asyncio.Event()}

    def child(name: str, ready: Callable[[], bool]) -> Child:
        def argv() -> list[str]:
            order.append(name)
            started[name].set()
            return [*PYTHON, SLEEPER]

        return Child(name, argv, ready=ready)

    def serves() -> bool:
        if gate.exists():
            order.append("serves")
        return gate.exists()

    async def plan(supervisor: Supervisor) -> None:
        await supervisor.keep(child("engine", serves))
        await supervisor.keep(child("web", lambda: True))
        gate.unlink()
        order.clear()
        for start in started.values():
            start.clear()
        for each in state(tmp_path)["children"].values():
            os.kill(each["pid"], signal.SIGKILL)
        await started["engine"].wait()
        await asyncio.sleep(0.4)  # longer than the pause after which web would start alone
        gate.touch()
        await started["web"].wait()
        os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(Supervisor(tmp_path, order.append).run(plan), 10)
    assert [word for word in order if word in {"engine", "serves", "web"}] == [
        "engine",
        "serves",
        "web",
    ]


async def run(tmp_path: Path, child: Child, seconds: float = 20) -> list[str]:
    """Keep one child until the supervisor gives up; give what it said."""
    said: list[str] = []

    async def plan(supervisor: Supervisor) -> None:
        await supervisor.keep(child)

    await asyncio.wait_for(Supervisor(tmp_path, said.append).run(plan), seconds)
    return said


async def test_five_deaths_in_a_minute_end_it_with_the_last_lines(tmp_path: Path) -> None:
    child = Child("web", lambda: [*PYTHON, "print('no such table'); raise SystemExit(7)"])
    with pytest.raises(ChildFault) as fault:
        await run(tmp_path, child)
    text = str(fault.value)
    assert text.startswith("web died 5 times within a minute (ended with status 7)")
    assert "  no such table" in text
    assert (tmp_path / "logs" / "web.log").read_text("utf-8") == "no such table\n" * 5


async def test_a_fault_of_settings_is_not_tried_again(tmp_path: Path) -> None:
    script = "import sys; sys.exit(print('maru: MARU_PORT: in use', file=sys.stderr) or 2)"
    child = Child("web", lambda: [*PYTHON, script], ready=lambda: False)
    with pytest.raises(ChildFault, match=r"^MARU_PORT: in use$"):
        await run(tmp_path, child)
    assert (tmp_path / "logs" / "web.log").read_text("utf-8").count("MARU_PORT") == 1


async def test_a_child_that_never_serves_is_started_again(tmp_path: Path) -> None:
    starts: list[int] = []

    def argv() -> list[str]:
        starts.append(1)
        return [*PYTHON, SLEEPER]

    child = Child(
        "web",
        argv,
        ready=lambda: len(starts) > 1,
        longest_start=0.1,
        patience=1.0,
    )
    said: list[str] = []

    async def plan(supervisor: Supervisor) -> None:
        await supervisor.keep(child)
        os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(Supervisor(tmp_path, said.append).run(plan), 10)
    assert len(starts) == 2
    assert said[-1] == "Stopping …"


async def test_a_child_that_ignores_its_signal_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "deaf"
    deaf = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); "
    deaf += "open(sys.argv[1], 'w').close(); time.sleep(60)"
    child = Child("web", lambda: [*PYTHON, deaf, str(mark)], ready=mark.exists, patience=0.2)
    said: list[str] = []

    async def plan(supervisor: Supervisor) -> None:
        await supervisor.keep(child)
        os.kill(os.getpid(), signal.SIGTERM)

    began = time.monotonic()
    await Supervisor(tmp_path, said.append).run(plan)
    assert time.monotonic() - began < 5
    assert said[-1] == "web was ended by SIGKILL while stopping"


SLOW = """
import signal, sys, time
def end(number, frame):
    time.sleep(float(sys.argv[2]))
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(sys.argv[1], "w").close()
time.sleep(60)
"""


async def stop_slowly(tmp_path: Path, seconds: float, *signals: tuple[float, int]) -> list[str]:
    """Stop a child that needs `seconds` to end; give what was said after these signals."""
    mark = tmp_path / "slow"
    argv = [*PYTHON, SLOW, str(mark), str(seconds)]
    child = Child("postgres", lambda: argv, ready=mark.exists)
    said: list[str] = []

    async def plan(supervisor: Supervisor) -> None:
        await supervisor.keep(child)
        loop = asyncio.get_running_loop()
        for after, number in signals:
            loop.call_later(after, os.kill, os.getpid(), number)

    await Supervisor(tmp_path, said.append).run(plan)
    return said


@pytest.mark.parametrize("again", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
async def test_one_wish_that_comes_by_two_signals_hurries_nobody(
    tmp_path: Path, again: signal.Signals
) -> None:
    said = await stop_slowly(tmp_path, 0.6, (0, signal.SIGHUP), (0.1, again), (0.2, again))
    assert said == ["Stopping …"]


async def test_a_signal_that_is_sent_again_hurries(tmp_path: Path) -> None:
    said = await stop_slowly(tmp_path, 30, (0, signal.SIGINT), (1.3, signal.SIGINT))
    assert said == ["Stopping …", "postgres was ended by SIGKILL while stopping"]


async def test_a_failed_step_tells_its_last_lines(tmp_path: Path) -> None:
    async def plan(supervisor: Supervisor) -> None:
        await supervisor.step("seed", [*PYTHON, "print('[1/2] people'); 1/0"], os.environ)

    said: list[str] = []
    with pytest.raises(ChildFault, match="seed ended with status 1") as fault:
        await Supervisor(tmp_path, said.append).run(plan)
    assert said == ["[1/2] people"]
    assert "ZeroDivisionError" in str(fault.value)


async def test_a_step_is_ended_by_a_signal(tmp_path: Path) -> None:
    async def plan(supervisor: Supervisor) -> None:
        script = f"import os, time; print(os.getpid(), flush=True); {SLEEPER}"
        await supervisor.step("seed", [*PYTHON, script], os.environ)

    pids: list[int] = []

    def hear(line: str) -> None:
        if line.isdigit():
            pids.append(int(line))
            os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(Supervisor(tmp_path, hear).run(plan), 10)
    assert is_gone(pids[0])


async def test_a_closed_terminal_stops_nothing_halfway(tmp_path: Path) -> None:
    def broken(line: str) -> None:
        raise OSError(5, "Input/output error")

    async def plan(supervisor: Supervisor) -> None:
        await supervisor.keep(Child("web", lambda: [*PYTHON, SLEEPER]))
        os.kill(os.getpid(), signal.SIGHUP)

    await asyncio.wait_for(Supervisor(tmp_path, broken).run(plan), 10)
    assert not (tmp_path / "run.json").exists()


def test_rotation_keeps_one_older_log_and_the_open_file(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n")
        rotate(log)
        writer.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "web.log.1").read_bytes() == b"old\n"


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ChildFault, match=r"^web can't be started: .*'/nowhere/python'"):
        await run(tmp_path, Child("web", lambda: ["/nowhere/python"]))


async def test_a_held_child_has_all_the_time(tmp_path: Path) -> None:
    gate, starts = tmp_path / "gate", []

    def argv() -> list[str]:
        starts.append(1)
        return [*PYTHON, SLEEPER]

    child = Child(
        "web", argv, ready=gate.exists, held=lambda: not gate.exists(), longest_start=0.05
    )

    async def plan(supervisor: Supervisor) -> None:
        batch = supervisor.begin(child)
        await supervisor.step("prepare", [*PYTHON, "import time; time.sleep(0.3)"], os.environ)
        gate.touch()
        await served(batch)
        os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(Supervisor(tmp_path, lambda _: None).run(plan), 10)
    assert len(starts) == 1


async def test_a_silent_child_is_ended_and_a_spare_one_ends_nothing(tmp_path: Path) -> None:
    """What hangs is killed and started again, however often; the others go on."""
    said: list[str] = []
    keeper = Supervisor(tmp_path, said.append)
    started = 0

    def argv() -> list[str]:
        nonlocal started
        started += 1
        return [*PYTHON, SLEEPER]

    async def plan(supervisor: Supervisor) -> None:
        silent = Child("silent", argv, pulse=lambda: False, silence=0.1, spare=True)
        quitter = Child("quitter", lambda: [*PYTHON, "raise SystemExit(2)"], spare=True)
        supervisor.begin(silent, quitter)
        while started < 2 or sum("quitter" in line for line in said) < 6:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(keeper.run(plan), 60)
    assert any("silent has been silent too long" in line for line in said)
