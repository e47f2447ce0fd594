"""What the names in the queue mean in this process: which function, with what, for how long."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Protocol, get_type_hints
from uuid import UUID

from maru_sdk import Model, Plugin
from maru_sdk.declarations import Handler, Job, Listener, Schedule

LISTENER = "listener:"
SCHEDULE = "schedule:"
LISTENER_DEADLINE = timedelta(minutes=5)
LISTENER_TRIES = 10
SCHEDULE_TRIES = 3
PRIORITIES = {"high": 10, "normal": 50, "low": 90}


class Escaped(RuntimeError):
    """A handler raised what would have ended its worker, or passed for a stop of it."""


class Elsewhere(Protocol):
    """What stands for a function that runs in another process, with a transaction of its own."""

    async def run_job(
        self, call: Any, payload: Mapping[str, Any], job_id: UUID, run: str, seconds: float
    ) -> None:
        """Run it there, where "done" is written under the run's token with its effect."""
        ...


@dataclass(frozen=True)
class Work:
    """One kind of job and how it is run."""

    kind: str
    plugin: str
    function: Handler
    ask: type[Model] | None
    tries: int
    deadline: timedelta
    priority: int = PRIORITIES["normal"]

    @property
    def elsewhere(self) -> Elsewhere | None:
        """Where it runs, None for here."""
        return getattr(self.function, "elsewhere", None)


class Catalog:
    """Everything that the installed plugins let the queue run, by kind."""

    def __init__(self, plugins: Iterable[tuple[str, Plugin]]) -> None:
        installed = tuple(plugins)
        self.schedules: dict[str, tuple[str, Schedule]] = {}
        self.listeners: dict[str, tuple[str, Listener]] = {}
        self._works: dict[str, Work] = {}
        for key, plugin in installed:
            for work in self._declared(key, plugin):
                self._works[work.kind] = work

    def find(self, kind: str) -> Work | None:
        """The work of this kind, None where no installed plugin has it."""
        return self._works.get(kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._works)

    def _declared(self, key: str, plugin: Plugin) -> Iterator[Work]:
        for job in plugin.declared("jobs"):
            yield _job(key, job)
        for schedule in plugin.declared("schedules"):
            self.schedules[schedule.name] = (key, schedule)
            yield _schedule(key, schedule)
        for listener in plugin.declared("listeners"):
            self.listeners[listener.name] = (key, listener)
            yield _listener(key, listener)


def _job(key: str, job: Job) -> Work:
    return Work(
        kind=job.name,
        plugin=key,
        function=contained(job.function),
        ask=asked(job.function),
        tries=job.tries,
        deadline=job.deadline,
        priority=PRIORITIES[job.priority],
    )


def _schedule(key: str, schedule: Schedule) -> Work:
    kind = SCHEDULE + schedule.name
    function = contained(schedule.function)
    return Work(kind, key, function, None, SCHEDULE_TRIES, schedule.deadline)


def _listener(key: str, listener: Listener) -> Work:
    return Work(
        kind=LISTENER + listener.name,
        plugin=key,
        function=contained(listener.function),
        ask=listener.event,
        tries=LISTENER_TRIES,
        deadline=LISTENER_DEADLINE,
    )


def contained(function: Handler) -> Handler:
    """The handler, which fails by ordinary exceptions alone; a stop from outside passes."""

    @wraps(function)
    async def call(*given: Any) -> Any:
        try:
            return await function(*given)
        except (Exception, KeyboardInterrupt):
            raise
        except asyncio.CancelledError as fault:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise Escaped(f"{function.__name__} cancelled itself") from fault
        except BaseException as fault:
            raise Escaped(f"{function.__name__} raised {type(fault).__name__}: {fault}") from fault

    return call


def asked(function: Handler) -> type[Model] | None:
    """The model that a handler takes after `ctx`, None where it takes none."""
    hints: dict[str, Any] = get_type_hints(function)
    names = [name for name in hints if name != "return"][1:]
    return hints[names[0]] if names else None
