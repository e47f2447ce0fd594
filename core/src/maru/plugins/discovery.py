"""What is installed, read from the distributions' metadata before any plugin code is imported."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importlib_metadata import EntryPoint, distributions
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from maru.plugins.faults import PluginFault, SetAside, behind_wall

if TYPE_CHECKING:
    from importlib_metadata import IDistribution

PLUGINS = "maru.plugins"
BRIDGES = "maru.bridges"
TESTING = "maru.testing"
SDK = "maru-sdk"
CORE = "maru-core"

RESERVED = frozenset(
    {"admin", "api", "auth", "core", "design", "docs", "files", "health", "help", "jobs"}
    | {"login", "logout", "maru", "metrics", "notifications", "operator", "organization"}
    | {"people", "person", "portal", "preferences", "realtime", "sdk", "search", "settings"}
    | {"static", "tenants", "users"}
)

_GROUP = re.compile(r"^\s*\[maru\b", re.MULTILINE)
_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Found:
    """One entry point of one distribution: a plugin, or a bridge (`hr.approval`)."""

    key: str
    entry: EntryPoint
    distribution: str
    version: str
    sdk: SpecifierSet | None = None
    needs: Mapping[str, SpecifierSet] = field(default_factory=dict)
    optional: Mapping[str, SpecifierSet] = field(default_factory=dict)
    summary: str = ""

    @property
    def package(self) -> str:
        """The top package that the entry point names."""
        return self.entry.module.partition(".")[0]

    def aside(self, reason: str) -> SetAside:
        """This entry as one that doesn't run."""
        return SetAside(self.key, self.distribution, self.version, reason)


@dataclass(frozen=True)
class Discovery:
    """What the metadata says: plugins by key, bridges by name, and what can't be considered."""

    plugins: Mapping[str, Found]
    bridges: Mapping[str, Found]
    aside: tuple[SetAside, ...]


def distribution_of(key: str) -> str:
    """The name that the distribution of a plugin must have: `acme_board` → `maru-acme-board`."""
    return "maru-" + key.replace("_", "-")


def discover(path: Sequence[str] | None = None) -> Discovery:
    """Reads the metadata of every distribution on the path; each stands behind a wall of its
    own."""
    found: list[Found] = []
    aside: list[SetAside] = []
    for distribution, name in _distributions(path):
        try:
            found += behind_wall("Its metadata can't be read", _read, distribution)
        except PluginFault as fault:
            aside.append(_unread(distribution, name, str(fault)))
    return _claims(found, aside)


def narrowed(discovery: Discovery, key: str) -> Discovery:
    """What was discovered of one plugin and of those that it needs, directly or not."""
    wanted: set[str] = set()
    waiting = [key]
    while waiting:
        one = waiting.pop()
        if one in discovery.plugins and one not in wanted:
            wanted.add(one)
            waiting += discovery.plugins[one].needs
    plugins = {k: found for k, found in discovery.plugins.items() if k in wanted}
    return Discovery(plugins, {}, tuple(a for a in discovery.aside if a.key == key))


def _distributions(path: Sequence[str] | None) -> Iterator[tuple["IDistribution", str]]:
    """Those that name one of our groups; of two of one name the first on the path, as in an
    import."""
    seen: set[str] = set()
    for distribution in distributions() if path is None else distributions(path=list(path)):
        try:
            text = behind_wall("", distribution.read_text, "entry_points.txt") or ""
            name = behind_wall("", _name, distribution)
        except PluginFault:
            continue
        if name not in seen and _GROUP.search(text):
            yield distribution, name
        seen.add(name)


def _name(distribution: "IDistribution") -> str:
    name = distribution.metadata.get("Name")
    return str(canonicalize_name(name)) if name else "nameless"


def _read(distribution: "IDistribution") -> list[Found]:
    _refuse_groups(distribution)
    entries = [e for e in distribution.entry_points if e.group in (PLUGINS, BRIDGES)]
    name, version = _name(distribution), distribution.version
    Version(version)
    required, optional = _requirements(distribution.requires or ())
    needs = {_key(n): s for n, s in required.items() if n.startswith("maru-") and n != SDK}
    partners = {_key(n): s for n, s in optional.items() if n.startswith("maru-")}
    summary = str(distribution.metadata.get("Summary") or "")
    return [
        Found(e.name, e, name, version, required.get(SDK), needs, partners, summary)
        for e in sorted(entries, key=lambda e: (e.group, e.name))
    ]


def _refuse_groups(distribution: "IDistribution") -> None:
    for entry in distribution.entry_points:
        if entry.group.startswith("maru") and entry.group not in (PLUGINS, BRIDGES, TESTING):
            raise PluginFault(
                f"The entry point {entry.name!r} stands in the group {entry.group!r};"
                f" a plugin's group is {PLUGINS!r}."
            )


def _requirements(
    lines: Iterable[str],
) -> tuple[dict[str, SpecifierSet], dict[str, SpecifierSet]]:
    """What is needed here, and what only an extra asks for; a malformed line raises."""
    required: dict[str, SpecifierSet] = {}
    optional: dict[str, SpecifierSet] = {}
    for line in lines:
        requirement = Requirement(line)
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        into = required if applies else optional
        name = str(canonicalize_name(requirement.name))
        into[name] = into.get(name, SpecifierSet()) & requirement.specifier
    return required, optional


def _key(distribution: str) -> str:
    return distribution.removeprefix("maru-").replace("-", "_")


def _unread(distribution: "IDistribution", name: str, reason: str) -> SetAside:
    try:
        version = str(behind_wall("", getattr, distribution, "version"))
    except PluginFault:
        version = ""
    return SetAside(_key(name), name, version, reason)


def _claims(found: Iterable[Found], aside: list[SetAside]) -> Discovery:
    """Gives each key to one distribution: to the one of its name, else to none."""
    plugins: dict[str, Found] = {}
    bridges: dict[str, Found] = {}
    for one in found:
        into = bridges if one.entry.group == BRIDGES else plugins
        if reason := _misnamed(one):
            aside.append(one.aside(reason))
        elif one.key in into:
            aside.append(one.aside(f"Its distribution claims the key {one.key!r} twice."))
        else:
            into[one.key] = one
    return Discovery(plugins, bridges, tuple(aside))


def _misnamed(found: Found) -> str | None:
    key, partner = found.key, None
    if found.entry.group == BRIDGES:
        key, _, partner = found.key.partition(".")
    for word in (key, partner):
        if word is not None and not _KEY.fullmatch(word):
            return (
                f"The key {found.key!r} is not made of small letters, digits and single '_';"
                " it is the name of the entry point."
            )
    if key in RESERVED:
        return f"The key {key!r} is reserved."
    if found.distribution != distribution_of(key):
        named = _key(found.distribution)
        ours = found.distribution.startswith("maru-") and _KEY.fullmatch(named)
        other = f" or the entry point {named!r}" if ours else ""
        return (
            f"The key {key!r} belongs to the distribution {distribution_of(key)!r};"
            f" {found.distribution!r} may not claim it."
            f" Name the distribution {distribution_of(key)!r}{other}."
        )
    if found.package != f"maru_{key}":
        return f"The plugin {key!r} must stand in the package 'maru_{key}', not {found.package!r}."
    return None
