"""Who is at work: the plugin whose code a stack is in, innermost first."""

import sys
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import NamedTuple

from greenlet import getcurrent

CORE = "core"


class Place(NamedTuple):
    """A plugin, and where in its code."""

    plugin: str
    function: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.function} ({self.file}:{self.line})"


class Suspects:
    """The plugins of a process by their packages (`{"maru_board": "board"}`)."""

    def __init__(self, packages: Mapping[str, str]) -> None:
        self._packages = dict(packages)

    def place(self, frame: FrameType | None) -> Place | None:
        """The innermost plugin's code on a stack; None where there is none."""
        while frame is not None:
            module = frame.f_globals.get("__name__", "")
            if isinstance(module, str) and (plugin := self._plugin(module)) is not None:
                code = frame.f_code
                file = "/".join(code.co_filename.split("/")[-2:])
                return Place(plugin, code.co_qualname, file, frame.f_lineno)
            frame = frame.f_back
        return None

    def here(self, frame: FrameType | None) -> Place | None:
        """The same from within a call of SQLAlchemy's, whose stack is a greenlet's of its own."""
        found = self.place(frame)
        outer = getcurrent().parent
        while found is None and outer is not None:
            found = self.place(outer.gr_frame)
            outer = outer.parent
        return found

    def place_in(self, frames: Iterable[tuple[str, str, str]]) -> Place | None:
        """The same for a stack that was written down: files, lines and functions."""
        for file, line, function in frames:
            for package, key in self._packages.items():
                if any(file.startswith(f"{folder}/") for folder in _folders(package)):
                    return Place(key, function, "/".join(file.split("/")[-2:]), int(line))
        return None

    def _plugin(self, module: str) -> str | None:
        while module:
            if module in self._packages:
                return self._packages[module]
            module = module.rpartition(".")[0]
        return None


def _folders(package: str) -> list[str]:
    module = sys.modules.get(package)
    return [str(folder) for folder in getattr(module, "__path__", ())]
