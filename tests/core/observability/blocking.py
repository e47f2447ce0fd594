"""A plugin that blocks the loop it runs on, and what a watchdog says of it.

`python -m tests.core.observability.blocking` does it in a process of its own: faulthandler has one
timer for a whole process, so of two watchdogs in one the second hears nothing of a held lock.
"""

import asyncio
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType

from maru.observability.metrics import Metrics
from maru.observability.suspects import Suspects
from maru.observability.watchdog import watched

NAME = "maru_blocker"
CODE = """
import re, time

def sleeps(seconds):
    time.sleep(seconds)

def counts(seconds):
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass

def locks(many):
    re.match(r"(a+)+$", "a" * many + "b")
"""


@dataclass
class Heard:
    """Who was told of, what was said of the plugin, and the figures."""

    tripped: list[str] = field(default_factory=list)
    said: list[dict[str, object]] = field(default_factory=list)
    metrics: Metrics = field(default_factory=lambda: Metrics("test"))

    @property
    def ended(self) -> bool:
        """Whether it has been told that the plugin's block is over."""
        return any(one["said"] == "the loop was blocked" for one in self.said)


class _Ear(logging.Handler):
    def __init__(self, heard: Heard) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        fields = getattr(record, "fields", {})
        if fields.get("plugin") == "blocker":  # a busy machine blocks too
            self._heard.said.append({**fields, "said": record.getMessage()})


@contextmanager
def _listening(heard: Heard) -> Iterator[None]:
    log, ear = logging.getLogger("maru.observability.watchdog"), _Ear(heard)
    log.addHandler(ear)
    try:
        yield
    finally:
        log.removeHandler(ear)


def blocker() -> ModuleType:
    """The plugin's package."""
    module = ModuleType(NAME)
    module.__path__ = ["/plugins/maru_blocker"]
    exec(compile(CODE, "/plugins/maru_blocker/__init__.py", "exec"), module.__dict__)
    return module


async def blocked(act: Callable[[], object]) -> Heard:
    """Have the running loop watched while it is blocked."""
    heard = Heard()
    suspects = Suspects({NAME: "blocker"})
    with _listening(heard):
        async with watched(suspects, heard.metrics, limit=0.1, tripped=heard.tripped.append):
            await asyncio.sleep(0.3)
            act()
            async with asyncio.timeout(30):
                while not (heard.ended and heard.tripped):  # noqa: ASYNC110 (a thread says it)
                    await asyncio.sleep(0.05)
    return heard


def _long_enough() -> int:
    """How many letters keep a regular expression busy for a second or more."""
    many, took = 20, 0.0
    while took < 0.4:
        began = time.thread_time()
        re.match(r"(a+)+$", "a" * many + "b")
        took, many = time.thread_time() - began, many + 1
    return many + 1


def main() -> None:
    """Hold the interpreter's lock, and print what was said."""
    plugin, many = blocker(), _long_enough()
    sys.modules[NAME] = plugin
    heard = asyncio.run(blocked(lambda: plugin.locks(many)))
    print(json.dumps({"tripped": heard.tripped, "said": heard.said}))  # noqa: T201


if __name__ == "__main__":
    main()
