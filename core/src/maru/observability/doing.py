"""What the running task is at: whose request or job, so that a log line, a slow statement and a
trace can say so without being told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

Facts = Callable[[], Mapping[str, Any]]

_NOTHING: Final[Mapping[str, Any]] = {}
_doing: ContextVar[Facts | None] = ContextVar("maru_doing", default=None)


def doing() -> Mapping[str, Any]:
    """The facts of what the running task is at, by the names of the log's fields."""
    facts = _doing.get()
    return _NOTHING if facts is None else facts()


@contextmanager
def at(facts: Facts) -> Iterator[None]:
    """Has what is done within say these facts; they are asked for when somebody wants them."""
    token = _doing.set(facts)
    try:
        yield
    finally:
        _doing.reset(token)


def begin(facts: Facts) -> Callable[[], None]:
    """The same for where a `with` costs too much; call what it returns at the end."""
    token = _doing.set(facts)
    return lambda: _doing.reset(token)


@contextmanager
def at_plugin(key: str) -> Iterator[None]:
    """Has what is done within be this plugin's, in the same request or job."""
    outer = _doing.get()
    with at(lambda: {**(outer() if outer else _NOTHING), "plugin": key}):
        yield
