"""Writes plugins as real distributions into a folder: a package, and metadata as pip leaves it."""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

SDK = "maru-sdk>=1.0"
KINDS = Path(__file__).with_name("kinds")
GUARD = Path(__file__).with_name("guard")
MINIMAL = """
    from maru_sdk import Plugin

    plugin = Plugin(title="{title}")
"""


def importable(folder: Path) -> None:
    """Puts a project's source on the path."""
    source = str(folder / "src")
    if source not in sys.path:
        sys.path.append(source)


class Shelf:
    """A folder of installed distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packages: set[str] = set()

    @property
    def path(self) -> list[str]:
        """The path to look for plugins in."""
        return [str(self.folder)]

    def add(
        self,
        key: str,
        source: str | None = None,
        *,
        needs: Sequence[str] = (SDK,),
        version: str = "1.0",
        distribution: str | None = None,
        package: str | None = None,
        entry: str = "plugin",
        files: Mapping[str, str] | None = None,
        bridges: Mapping[str, str] | None = None,
        group: str = "maru.plugins",
    ) -> Path:
        """Installs one plugin; `files` are further ones of its package. Returns its package."""
        package = package or f"maru_{key}"
        name = distribution or f"maru-{key.replace('_', '-')}"
        module = self._package(package, source or MINIMAL.format(title=key.title()), files or {})
        entries = [f"[{group}]", f"{key} = {package}:{entry}", "[maru.bridges]"]
        entries += [f"{bridge} = {target}" for bridge, target in (bridges or {}).items()]
        self.metadata(name, version, needs, "\n".join(entries))
        return module

    def _package(self, package: str, source: str, files: Mapping[str, str]) -> Path:
        folder = self.folder / package
        for name, text in {"__init__.py": source, **files}.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text))
        self.packages.add(package)
        return folder

    def metadata(self, name: str, version: str, needs: Sequence[str], entries: str) -> Path:
        """Writes a distribution's metadata alone."""
        folder = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(parents=True)
        lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
        lines += ["Summary: Written by a test"]
        lines += [f"Requires-Dist: {need}" for need in needs]
        (folder / "METADATA").write_text("\n".join(lines) + "\n")
        (folder / "entry_points.txt").write_text(entries)
        return folder

    def add_project(self, folder: Path) -> str:
        """Installs a real plugin as an editable install does: its metadata here, its source there.

        It stays in Python's memory: tables can be declared once only. Returns its key.
        """
        project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        groups: dict[str, dict[str, str]] = project["entry-points"]
        lines: list[str] = []
        for group, entries in groups.items():
            lines += [f"[{group}]", *(f"{name} = {target}" for name, target in entries.items())]
        needs = project["dependencies"]
        self.metadata(project["name"], project["version"], needs, "\n".join(lines))
        importable(folder)
        return next(iter(groups["maru.plugins"]))

    def add_kinds(self) -> None:
        """Installs the fixture plugin that declares one of every kind."""
        self.add_project(KINDS)

    def forget(self) -> None:
        """Takes what was imported from here out of Python's memory."""
        for name in [n for n in sys.modules if n.partition(".")[0] in self.packages]:
            del sys.modules[name]
