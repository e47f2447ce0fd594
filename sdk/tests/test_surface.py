"""The SDK's surface is a snapshot: whoever changes it changes a file, and a reviewer sees it.

`MARU_SNAPSHOT=write pytest sdk/tests/test_surface.py` writes the files anew.
"""

import importlib
import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "surface"
MODULES = (
    "maru_sdk",
    "maru_sdk.access",
    "maru_sdk.compute",
    "maru_sdk.db",
    "maru_sdk.declarations",
    "maru_sdk.directory",
    "maru_sdk.documents",
    "maru_sdk.files",
    "maru_sdk.forms",
    "maru_sdk.http",
    "maru_sdk.lifecycle",
    "maru_sdk.live",
    "maru_sdk.mail",
    "maru_sdk.notifications",
    "maru_sdk.operation",
    "maru_sdk.palette",
    "maru_sdk.portal",
    "maru_sdk.rich",
    "maru_sdk.scanning",
    "maru_sdk.search",
    "maru_sdk.sheets",
    "maru_sdk.tally",
    "maru_sdk.testing",
)
WRITE = os.environ.get("MARU_SNAPSHOT") == "write"


def surface(module: str) -> str:
    """Every public name of a module with its signature, and what classes offer."""
    loaded = importlib.import_module(module)
    lines: list[str] = []
    for name in loaded.__all__:
        value = getattr(loaded, name)
        lines.append(line(name, value))
        if inspect.isclass(value) and value.__module__.startswith("maru_sdk"):
            lines += sorted(members(value))
    return "\n".join(lines) + "\n"


def line(name: str, value: object) -> str:
    target = getattr(value, "function", value)
    try:
        text = name + str(inspect.signature(target))  # type: ignore[arg-type]  # may refuse
    except (TypeError, ValueError):
        text = name
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def members(cls: type) -> Iterator[str]:
    for name, member in vars(cls).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            yield f"    {name}"
        elif inspect.isfunction(member) or isinstance(member, classmethod):
            yield f"    {line(name, getattr(member, '__func__', member))}"


@pytest.mark.parametrize("module", MODULES)
def test_the_surface_is_as_recorded(module: str) -> None:
    file = FOLDER / f"{module}.txt"
    found = surface(module)
    if WRITE:
        file.write_text(found)
    assert file.read_text() == found
