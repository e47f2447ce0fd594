"""Keep a demo's processes running, and end all of them whatever ends us.

Every child is tethered (it dies with this process even when that is killed), writes into a log
file of its own, is started again with a growing pause when it dies, and is counted. One that dies
five times in a minute ends everything, with its last lines. A terminal's signals reach this
process alone, since each child has a session of its own: so the order of the end is ours.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from maru.settings import Fault

DEATHS, WINDOW = 5, 60.0
CLEAN = frozenset({0, -signal.SIGTERM})  # the latter before it takes its signals
FAULT_STATUS = 2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_ONE_WISH = 1.0
_PULSE = 1.0
_LOG_SIZE, _LOG_CHECK = 10_000_000, 10.0
_TAIL = 15
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Plan = Callable[["Supervisor"], Coroutine[Any, Any, None]]


class ChildFault(Fault):
    """A child that can't be kept running, or a step that failed."""


def _always() -> bool:
    return True


def _never() -> bool:
    return False


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Child:
    """One process to keep: how it is started, when it serves, how it is stopped.

    `before` and `argv` are called at each start. `before` and `ready` run in a thread; `ready`
    answers within half a second. `inherited` are descriptors that it takes over. While it is
    `held`, it may take as long as it likes to serve. Where it has a `pulse`, which runs in a thread
    too, it is killed when that stays away for `silence` seconds. One that is `spare` may die as
    often as it likes: the others go on without it.
    """

    name: str
    argv: Callable[[], Sequence[str]]
    env: Mapping[str, str] | None = None
    before: Callable[[], None] = _nothing
    ready: Callable[[], bool] = _always
    stop: signal.Signals = signal.SIGTERM
    inherited: tuple[int, ...] = ()
    held: Callable[[], bool] = _never
    patience: float = 15.0
    longest_start: float = 90.0
    pulse: Callable[[], bool] | None = None
    silence: float = 6.0
    spare: bool = False


@dataclass
class _Kept:
    child: Child
    log: Path
    process: Process | None = None
    state: str = "starting"
    restarts: int = 0
    log_start: int = 0
    deaths: deque[float] = field(default_factory=deque)
    served: asyncio.Event = field(default_factory=asyncio.Event)
    up: asyncio.Event = field(default_factory=asyncio.Event)

    def died(self) -> int:
        """Note a death and give how many there were within the window."""
        now = time.monotonic()
        self.deaths.append(now)
        while self.deaths[0] < now - WINDOW:
            self.deaths.popleft()
        return len(self.deaths)

    def last_lines(self) -> str:
        with self.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(min(self.log_start, size), size - 20_000))
            lines = log.read().decode("utf-8", "replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-_TAIL:])


Batch = Sequence[_Kept]


async def served(batch: Batch) -> None:
    """Come back when all of a batch have served once."""
    for kept in batch:
        await kept.served.wait()


class Supervisor:
    """Carries out a plan, keeps the children that it starts, and stops them in reverse order."""

    def __init__(self, data: Path, echo: Callable[[str], None], **facts: object) -> None:
        self._logs = data / "logs"
        self._state_file = data / "run.json"
        self._echo = echo
        self._facts = {"pid": os.getpid(), "started": int(time.time()), **facts}
        self._batches: list[list[_Kept]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._asked = 0.0

    async def run(self, plan: Plan) -> None:
        """Carry out `plan(self)` and wait for a signal; whatever ends the wait, stop everything.

        A fault of the plan or of a child is raised once all has stopped.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._hurry = asyncio.Event()
        heard = self._listen()
        try:
            self._in_background(plan(self))
            self._in_background(self._rotate_logs())
            await self._ended
        finally:
            self._stopping = True
            await self._cancel_tasks()
            await self._stop_batches()
            self._state_file.unlink(missing_ok=True)
            for number in heard:
                asyncio.get_running_loop().remove_signal_handler(number)

    def begin(self, *children: Child, on: Batch | None = None) -> Batch:
        """Start these together and come back at once; what dies is started again.

        They stand on the batch `on` (on all before them): only while that serves, they start.
        """
        ground = [kept for batch in self._batches for kept in batch] if on is None else on
        batch = [_Kept(child, self._logs / f"{child.name}.log") for child in children]
        self._batches.append(batch)
        for kept in batch:
            self._in_background(self._keep(kept, ground))
        return batch

    async def keep(self, *children: Child, on: Batch | None = None) -> Batch:
        """Begin these, and come back when all of them serve."""
        batch = self.begin(*children, on=on)
        await served(batch)
        return batch

    async def step(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Run a program to its end, passing its lines on; a failure is a fault."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *argv, env=env, stdin=DEVNULL, stdout=PIPE, stderr=errors, start_new_session=True
            )
        try:
            assert process.stdout is not None
            async for line in process.stdout:
                self._say(line.decode("utf-8", "replace").rstrip())
            status = await process.wait()
        finally:
            await self._end(process, signal.SIGTERM, 10.0)
        if status:
            raise _step_fault(name, status, log)

    def _listen(self) -> list[signal.Signals]:
        """Take the signals that end us; a hang-up that nohup turned off stays off."""
        taken = [
            number
            for number in _SIGNALS
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
        ]
        for number in taken:
            asyncio.get_running_loop().add_signal_handler(number, self._interrupted, number)
        return taken

    def _interrupted(self, number: signal.Signals) -> None:
        """End, at the first signal; hurry, at one that somebody sends again after a while.

        A closed terminal hangs up twice (its shell and the kernel), `timeout` sends SIGTERM to
        the process and to its group: that is one wish, not impatience.
        """
        now = time.monotonic()
        if not self._ended.done():
            self._say("Stopping …")
            self._asked = now
            self._ended.set_result(None)
        elif number != signal.SIGHUP and now - self._asked > _ONE_WISH:
            self._hurry.set()

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._ended.done():
            self._ended.set_exception(error)

    async def _cancel_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, kept: _Kept, ground: Sequence[_Kept]) -> None:
        while True:
            for each in ground:  # what it stands on may have died with it
                await each.up.wait()
            try:
                status = await self._live(kept)
            except OSError as error:
                raise ChildFault(f"{kept.child.name} can't be started: {error}") from None
            kept.up.clear()
            deaths = kept.died()
            how = _how(status)
            self._note(kept, f"dead ({how})")
            fatal = not kept.child.spare
            if fatal and status == FAULT_STATUS and not kept.served.is_set():
                raise ChildFault(kept.last_lines().strip().splitlines()[-1].removeprefix("maru: "))
            if fatal and deaths >= DEATHS:
                raise ChildFault(
                    f"{kept.child.name} died {DEATHS} times within a minute ({how}); "
                    f"its last lines ({kept.log}):\n{kept.last_lines()}"
                )
            pause = min(_FIRST_PAUSE * 2 ** min(deaths - 1, 10), _LONGEST_PAUSE)
            self._say(f"{kept.child.name} {how}; starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            kept.restarts += 1

    async def _live(self, kept: _Kept) -> int:
        """One life of a child: from its start to its exit status."""
        await asyncio.to_thread(kept.child.before)
        with _log_file(kept.log) as log:
            kept.log_start = log.tell()
            kept.process = await asyncio.create_subprocess_exec(
                *kept.child.argv(),
                env=kept.child.env,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,
                pass_fds=kept.child.inherited,
            )
        self._note(kept, "starting")
        waiting = asyncio.ensure_future(self._await_ready(kept))
        try:
            return await kept.process.wait()
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    async def _await_ready(self, kept: _Kept) -> None:
        assert kept.process is not None
        end = time.monotonic() + kept.child.longest_start
        while not await asyncio.to_thread(kept.child.ready):
            if kept.child.held():
                end = time.monotonic() + kept.child.longest_start
            if time.monotonic() > end:
                kept.process.kill()
                return
            await asyncio.sleep(0.02)
        kept.served.set()
        kept.up.set()
        self._note(kept, "running")
        if kept.child.pulse is not None:
            await self._feel(kept, kept.child.pulse)

    async def _feel(self, kept: _Kept, pulse: Callable[[], bool]) -> None:
        """Kill a child that has been silent for too long: it hangs, or acts as if it did."""
        assert kept.process is not None
        heard = time.monotonic()
        while True:
            await asyncio.sleep(_PULSE)
            if await asyncio.to_thread(pulse):
                heard = time.monotonic()
            elif time.monotonic() - heard > kept.child.silence:
                self._say(f"{kept.child.name} has been silent too long; ending it")
                with suppress(ProcessLookupError):
                    kept.process.kill()
                return

    async def _stop_batches(self) -> None:
        for batch in reversed(self._batches):
            await asyncio.gather(*(self._stop(kept) for kept in batch))

    async def _stop(self, kept: _Kept) -> None:
        if kept.process is None or kept.process.returncode is not None:
            return
        status = await self._end(kept.process, kept.child.stop, kept.child.patience)
        if status not in CLEAN:
            self._say(f"{kept.child.name} {_how(status)} while stopping")

    async def _end(self, process: Process, how: signal.Signals, patience: float) -> int:
        """Signal a process and see it end; after its patience, or a second signal, kill it."""
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(how)
        ended = asyncio.ensure_future(process.wait())
        hurry = asyncio.ensure_future(self._hurry.wait())
        await asyncio.wait({ended, hurry}, timeout=patience, return_when="FIRST_COMPLETED")
        hurry.cancel()
        if not ended.done():
            with suppress(ProcessLookupError):
                process.kill()
        return await ended

    def _note(self, kept: _Kept, state: str) -> None:
        kept.state = state
        children = {
            each.child.name: {
                "pid": each.process.pid if each.process else None,
                "state": each.state,
                "restarts": each.restarts,
            }
            for batch in self._batches
            for each in batch
        }
        draft = self._state_file.with_suffix(".new")
        with suppress(OSError):  # a full disk must not end what still serves
            draft.write_text(json.dumps({**self._facts, "children": children}, indent=1), "utf-8")
            draft.replace(self._state_file)

    def _say(self, line: str) -> None:
        with suppress(OSError):  # a closed terminal is no reason to leave children behind
            self._echo(line)

    async def _rotate_logs(self) -> None:
        while True:
            await asyncio.sleep(_LOG_CHECK)
            for log in self._logs.glob("*.log"):
                with suppress(OSError):
                    if log.stat().st_size > _LOG_SIZE:
                        rotate(log)


def rotate(log: Path) -> None:
    """Keep a log's content as `.1` and empty it in place, since its writer holds it open."""
    shutil.copyfile(log, log.with_suffix(".log.1"))
    os.truncate(log, 0)


def _log_file(log: Path) -> BinaryIO:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_SIZE:
        rotate(log)
    return log.open("ab")


def _how(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"


def _step_fault(name: str, status: int, log: Path) -> ChildFault:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    if status == FAULT_STATUS and lines:
        return ChildFault(lines[-1].removeprefix("maru: "))
    tail = "\n".join(f"  {line}" for line in lines[-_TAIL:])
    return ChildFault(f"{name} {_how(status)}; its last lines ({log}):\n{tail}")
