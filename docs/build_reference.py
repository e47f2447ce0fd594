"""Writes docs/reference/ from the docstrings of the SDK: `python docs/build_reference.py`."""

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_origin

MODULES = (
    "maru_sdk",
    "maru_sdk.access",
    "maru_sdk.compute",
    "maru_sdk.db",
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
    "maru_sdk.declarations",
)
FOLDER = Path(__file__).parent / "reference"
NOISE = (
    (r" at 0x[0-9a-f]+", ""),
    (r"<(?:class|function) '?([\w.]+).*?>", r"\1"),
    (r"\b(typing|collections\.abc|contextlib|maru_sdk\._?[a-z]+|uuid|datetime|builtins)\.", ""),
    (r"~(?=[A-Z])", ""),
    (r"((?:: |-> ))'([^']+)'", r"\1\2"),
)


def pages() -> dict[str, str]:
    """File name → content, one page a module."""
    return {f"{name.replace('.', '-')}.md": page(importlib.import_module(name)) for name in MODULES}


def page(module: ModuleType) -> str:
    """The page of one module: its docstring, then each public name."""
    parts = [f"# `{module.__name__}`", inspect.getdoc(module) or ""]
    for name in module.__all__:
        parts += list(entry(name, getattr(module, name)))
    return "\n\n".join(part for part in parts if part) + "\n"


def entry(name: str, value: Any) -> Iterator[str]:
    """One public name: signature, docstring, and for classes their public members.

    Of what comes from a library only the library is named: its own documentation tells the rest.
    """
    yield f"## {name}"
    if (owner := library(value)) is not None:
        yield f"`{name}` of {owner}, as it is."
        return
    if get_origin(value) is Annotated:
        yield next(str(said) for said in value.__metadata__ if isinstance(said, str))
        return
    if line := signature(name, value):
        yield f"```python\n{line}\n```"
    target = getattr(value, "function", value)
    yield inspect.getdoc(target) or ""
    if inspect.isclass(value):
        yield from members(value)


def library(value: Any) -> str | None:
    """The library that a public name comes from, None for our own."""
    top = str(getattr(value, "__module__", None) or type(value).__module__).partition(".")[0]
    return {"sqlalchemy": "SQLAlchemy", "sqlmodel": "SQLModel"}.get(top)


def members(cls: type) -> Iterator[str]:
    """The documented public methods and properties that the class itself defines."""
    for name, member in vars(cls).items():
        target = member.fget if isinstance(member, property) else member
        target = getattr(target, "__func__", target)
        if name.startswith("_") or not inspect.isfunction(target) or not inspect.getdoc(target):
            continue
        shown = name if isinstance(member, property) else signature(name, target)
        yield f"### `{shown}`\n\n{inspect.getdoc(target)}"


def signature(name: str, value: Any) -> str:
    """The call as a reader writes it, or nothing for what isn't called."""
    target = getattr(value, "function", value)
    if inspect.isclass(target) and getattr(target, "_is_protocol", False):
        return ""
    try:
        text = str(inspect.signature(target))
    except (TypeError, ValueError):
        return ""
    for noise, instead in NOISE:
        text = re.sub(noise, instead, text)
    return name + text


def main() -> None:
    """Writes every page."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
