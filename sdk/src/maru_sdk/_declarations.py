"""What all declarations share: frozen data, named after the function and the package they stand
in."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import timedelta
from typing import Any

Handler = Callable[..., Awaitable[Any]]

CORE_LIMITS = ("export", "sign-in")
_RATE = re.compile(r"[1-9]\d{0,8}/[smhd]")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def key_of(module: str) -> str:
    """The plugin's key for a module: `maru_board.jobs` → `board`; core's own modules → `core`."""
    package = module.partition(".")[0]
    return package.removeprefix("maru_") if package.startswith("maru_") else "core"


def name_of(function: Handler) -> str:
    """The full name of a declaration: `board.recent_posts`."""
    return f"{key_of(function.__module__)}.{function.__name__}"


@dataclass(frozen=True, eq=False)
class Declaration:
    """A function of a plugin's and what core is to make of it; its name is the function's."""

    function: Handler
    name: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", name_of(self.function))


def duration(text: str) -> timedelta:
    """`"500ms"`, `"30s"`, `"5m"`, `"1h"`, `"2d"` as a time span; ValueError for anything else."""
    for unit in ("ms", "s", "m", "h", "d"):
        number = text.removesuffix(unit)
        if number != text and number.isdigit():
            return timedelta(**{_UNITS[unit]: int(number)})
    raise ValueError(f"{text!r} is not a duration such as '30s' or '5m'")


def check_limit(limit: str | None) -> None:
    """ValueError for a limit that is neither a rate nor one of core's."""
    if limit is not None and limit not in CORE_LIMITS and not _RATE.fullmatch(limit):
        raise ValueError(f"{limit!r} is no limit such as '30/m', nor {', '.join(CORE_LIMITS)}")


def describe(value: Any) -> Any:
    """A declaration as JSON-ready data; functions and classes become `module:name`."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: describe(getattr(value, f.name)) for f in fields(value) if f.repr}
    if isinstance(value, (list, tuple, frozenset, set)):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {str(name): describe(item) for name, item in value.items()}
    if isinstance(value, timedelta):
        return value.total_seconds()
    if callable(value):
        return f"{value.__module__}:{value.__qualname__}"
    return value
