"""The parent's side: a few warm children, each killed as soon as it is late, wrong or unwanted."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final

from maru.compute.child import LENGTH
from maru.embedded.tether import tethered
from maru_sdk import MaruError
from maru_sdk.compute import (
    ComputeBusy,
    ComputeFailed,
    ComputeKilled,
    ComputeMemory,
    ComputeTimeout,
)

log = logging.getLogger(__name__)

TASKS: Final = 100
IDLE: Final = 300.0
LARGEST: Final = 64 << 20
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "TMPDIR")

Told = Callable[[str, float, str], None]
"""Told of each computation: the plugin, its seconds, and the code of its failure or nothing."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One computation: a function by its name, what it is asked as JSON, and its bounds."""

    plugin: str
    module: str
    function: str
    ask: str
    seconds: float
    memory: int

    def frame(self, seconds: float) -> bytes:
        """As the child reads it."""
        asked = {
            "path": [str(Path(folder).absolute()) for folder in sys.path],
            "module": self.module,
            "function": self.function,
            "ask": self.ask,
            "seconds": seconds,
            "memory": self.memory,
        }
        body = json.dumps(asked).encode()
        return len(body).to_bytes(LENGTH) + body


class _Child:
    """One child, which works for one plugin."""

    def __init__(self, plugin: str, process: asyncio.subprocess.Process) -> None:
        self.plugin, self.tasks = plugin, 0
        self.expiry: asyncio.TimerHandle | None = None
        self._process = process

    @classmethod
    async def start(cls, plugin: str) -> "_Child":
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *tethered([sys.executable, "-P", "-m", "maru.compute.child"]),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,
        )
        return cls(plugin, process)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, frame: bytes) -> dict[str, Any]:
        """Its answer; raises ComputeKilled and its like where there is none."""
        asks, answers = self._process.stdin, self._process.stdout
        assert asks is not None
        assert answers is not None
        self.tasks += 1
        try:
            asks.write(frame)
            await asks.drain()
            length = int.from_bytes(await answers.readexactly(LENGTH))
            if length > LARGEST:
                raise ComputeKilled(reason=f"its answer is larger than {LARGEST >> 20} MB")
            found: dict[str, Any] = json.loads(await answers.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise await self._died() from None
        except ValueError:
            raise ComputeKilled(reason="what it wrote is no answer") from None
        return found

    async def _died(self) -> MaruError:
        code = await self._process.wait()
        if code == -signal.SIGXCPU:
            return ComputeTimeout("The computation used up its processor time")
        if code >= 0:
            return ComputeKilled(reason=f"it left with status {code}")
        return ComputeKilled(reason=f"it was ended by {signal.Signals(-code).name}")

    def kill(self) -> None:
        """End it and whatever it has started."""
        if self.expiry is not None:
            self.expiry.cancel()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def gone(self) -> None:
        await self._process.wait()


class Compute:
    """The children of one process; none before the first is needed."""

    def __init__(
        self,
        children: int = 2,
        *,
        told: Told = lambda plugin, seconds, failure: None,
    ) -> None:
        self._most = children
        self._places = asyncio.Semaphore(children)
        self._children: set[_Child] = set()
        self._idle: list[_Child] = []
        self._leaving: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._told = told

    @property
    def alive(self) -> int:
        """How many children there are."""
        return len(self._children)

    async def close(self) -> None:
        """Kill all children and wait until they are gone."""
        for child in tuple(self._children):
            self._drop(child)
        await asyncio.gather(*self._leaving)

    async def run(self, work: Work) -> str | None:
        """The function's answer as JSON; see `maru_sdk.compute` for what it raises."""
        began, failure = monotonic(), ""
        try:
            return self._read(work, await self._timed(work, began))
        except MaruError as error:
            failure = error.code
            raise
        finally:
            self._told(work.plugin, monotonic() - began, failure)

    async def _timed(self, work: Work, began: float) -> dict[str, Any]:
        at_work = False
        try:
            async with asyncio.timeout(work.seconds), self._places:
                at_work = True
                self._busy += 1
                try:
                    return await self._asked(work, began)
                finally:
                    self._busy -= 1
        except TimeoutError:
            if at_work:
                raise ComputeTimeout(seconds=f"{work.seconds:g}") from None
            raise ComputeBusy from None

    async def _asked(self, work: Work, began: float) -> dict[str, Any]:
        child = await self._child(work.plugin)
        try:
            answer = await child.ask(work.frame(work.seconds - (monotonic() - began)))
        except BaseException:
            self._drop(child)
            raise
        self._rest(child, answer)
        return answer

    def _read(self, work: Work, answer: dict[str, Any]) -> str | None:
        if "answer" in answer:
            found: str | None = answer["answer"]
            return found
        if "memory" in answer:
            raise ComputeMemory(megabytes=work.memory >> 20)
        if "raised" in answer:
            raise _as_raised(answer["raised"])
        log.warning("%s.%s failed:\n%s", work.module, work.function, answer["trace"])
        raise ComputeFailed(error=answer["failed"])

    async def _child(self, plugin: str) -> _Child:
        """One that rests and has worked for this plugin, else a new one."""
        for child in self._idle:
            if child.plugin == plugin and child.alive:
                self._idle.remove(child)
                if child.expiry is not None:
                    child.expiry.cancel()
                return child
        if self._idle and len(self._idle) + self._busy > self._most:
            self._drop(self._idle[0])
        child = await _Child.start(plugin)
        self._children.add(child)
        return child

    def _rest(self, child: _Child, answer: dict[str, Any]) -> None:
        """A child whose work went wrong may have gone wrong itself."""
        if "answer" not in answer or child.tasks >= TASKS:
            self._drop(child)
            return
        self._idle.append(child)
        child.expiry = asyncio.get_running_loop().call_later(IDLE, self._drop, child)

    def _drop(self, child: _Child) -> None:
        child.kill()
        self._children.discard(child)
        if child in self._idle:
            self._idle.remove(child)
        task = asyncio.get_running_loop().create_task(child.gone())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def _as_raised(raised: dict[str, Any]) -> MaruError:
    """The MaruError that the function raised, as the caller would have met it here."""
    kind = getattr(sys.modules.get(raised["module"]), raised["name"], None)
    if not (isinstance(kind, type) and issubclass(kind, MaruError)):
        return ComputeFailed(error=f"{raised['name']}: {raised['is'].get('text', '')}")
    error = kind.__new__(kind)
    error.__dict__.update(raised["is"])
    error.args = (error.text,)
    return error
