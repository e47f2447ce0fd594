"""What an author should do about a fault that Python itself found while importing a plugin."""

import re
import traceback
from dataclasses import fields
from difflib import get_close_matches

from maru_sdk import Plugin

_BARE = re.compile(r"(\w+)\(\) takes 0 positional arguments but 1 was given")
_MISSING = re.compile(r"(\w+)\(\) missing \d+ required keyword-only arguments?: (.*)")
_UNKNOWN = re.compile(r"Plugin\.__init__\(\) got an unexpected keyword argument '(\w+)'")
_DECORATORS = frozenset(
    {"action", "admin_page", "command", "health_check", "job", "listen", "metric", "page"}
    | {"portlet", "schedule"}
)


def where_and_what(fault: BaseException | None, package: str) -> str:
    """The line of the plugin that failed, and what to write there; empty where neither is known."""
    if fault is None:
        return ""
    return f"{_line(fault, package)}{_hint(fault, package)}"


def _line(fault: BaseException, package: str) -> str:
    """The last line of the plugin's own on the way to the fault."""
    for frame in reversed(traceback.extract_tb(fault.__traceback__)):
        _, found, inside = frame.filename.replace("\\", "/").rpartition(f"/{package}/")
        if found:
            return f" ({package}/{inside}, line {frame.lineno})"
    return ""


def _hint(fault: BaseException, package: str) -> str:
    text = str(fault) if isinstance(fault, (ImportError, TypeError)) else ""
    if isinstance(fault, ModuleNotFoundError) and fault.name:
        top = fault.name.partition(".")[0]
        return "" if top == package else f"; does pyproject.toml name what {top!r} comes from?"
    if bare := _BARE.match(text):
        return f"; write @{bare[1]}(…) with brackets" if bare[1] in _DECORATORS else ""
    if (missing := _MISSING.match(text)) and missing[1] in _DECORATORS:
        return f"; write @{missing[1]}(…) with {missing[2]}"
    if unknown := _UNKNOWN.match(text):
        near = get_close_matches(unknown[1], [field.name for field in fields(Plugin)], 1, 0.5)
        return f"; did you mean {near[0]!r}?" if near else ""
    return ""
