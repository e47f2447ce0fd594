"""What the running task is at: whose request or job, so that a log line, a slow statement and a
trace can say so without being told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

Facts = Callable[[], Mapping[str, Any]]

_NOTHING: Final[Mapping[str, Any]] = {}
_NAMING: Final = ("user_id", "ip")


@dataclass(slots=True)
class _Work:
    """A request or a job, for all tasks that it is made of."""

    facts: Facts
    is_unnamed: bool = False

    def said(self) -> Mapping[str, Any]:
        """Its facts; of what is done anonymously, none that names somebody."""
        facts = self.facts()
        return {**facts, **dict.fromkeys(_NAMING)} if self.is_unnamed else facts


_doing: ContextVar[_Work | None] = ContextVar("maru_doing", default=None)
_plugin: ContextVar[str | None] = ContextVar("maru_doing_plugin", default=None)


def doing() -> Mapping[str, Any]:
    """The facts of what the running task is at, by the names of the log's fields."""
    work, plugin = _doing.get(), _plugin.get()
    facts = _NOTHING if work is None else work.said()
    return facts if plugin is None else {**facts, "plugin": plugin}


def unname() -> None:
    """Has nothing that is said of the request or job at hand name anybody from now on."""
    work = _doing.get()
    if work is not None:
        work.is_unnamed = True


def is_unnamed() -> bool:
    """Whether `unname` was called for it."""
    work = _doing.get()
    return work is not None and work.is_unnamed


@contextmanager
def at(facts: Facts) -> Iterator[None]:
    """Has what is done within say these facts; they are asked for when somebody wants them."""
    done = begin(facts)
    try:
        yield
    finally:
        done()


def begin(facts: Facts) -> Callable[[], None]:
    """The same for where a `with` costs too much; call what it returns at the end."""
    token = _doing.set(_Work(facts))
    return lambda: _doing.reset(token)


@contextmanager
def at_plugin(key: str) -> Iterator[None]:
    """Has what is done within be this plugin's, in the same request or job."""
    token = _plugin.set(key)
    try:
        yield
    finally:
        _plugin.reset(token)
