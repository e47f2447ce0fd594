"""Makes a host: discovers, orders, imports and checks; what breaks a rule is set aside and the
rest runs."""

import importlib
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from importlib_metadata import PackageNotFoundError, version
from packaging.version import Version

from maru.access.permissions import PERMISSIONS
from maru.plugins import checks
from maru.plugins.discovery import (
    RESERVED,
    SDK,
    Discovery,
    Found,
    discover,
    distribution_of,
    narrowed,
)
from maru.plugins.faults import PluginFault, SetAside, StrictPlugins, behind_wall
from maru.plugins.hints import where_and_what
from maru.plugins.hooks import Hooks
from maru.plugins.isolated.standing import stood_in
from maru.plugins.isolated.trust import Isolation
from maru.plugins.ordering import ordered, unmet
from maru.plugins.registry import Installed, PluginHost, host_of
from maru_sdk import Part, Plugin
from maru_sdk.declarations import ExtensionPoint

log = logging.getLogger(__name__)

Mount = Callable[[Installed], Callable[[], None]]
"""Looks whether what a plugin declares can be served (else PluginFault); the answer adds it."""


def load(
    core: Mapping[str, Plugin],
    *,
    strict: bool = False,
    disabled: frozenset[str] = frozenset(),
    faults: Mapping[str, str] | None = None,
    path: Sequence[str] | None = None,
    mount: Mount | None = None,
    isolation: Isolation | None = None,
    only: str | None = None,
) -> PluginHost:
    """The host of this process.

    `core` are core's own plugins by key; a fault in one is a bug and raises PluginFault.
    `disabled` are keys that the operator keeps from being loaded. `faults` are reasons known from
    elsewhere, such as a migration that failed. `path` are the folders to look in instead of
    sys.path. `mount` adds what is loaded to whatever serves it. With `isolation` the code of
    plugins that nobody has vouched for isn't imported: what they declare stands for them. `only`
    is the one plugin to load, with those that it needs. With `strict` the first plugin that would
    be set aside raises StrictPlugins.
    """
    discovery = discover(path) if only is None else narrowed(discover(path), only)
    loading = _Loading(discovery, installed_sdk(), strict, mount or _not_served)
    loading.isolation = isolation
    loading.core(core)
    loading.refuse(dict.fromkeys(disabled, "The operator has switched it off."))
    loading.refuse(faults or {})
    loading.plugins()
    loading.bridges()
    return loading.host()


def _not_served(_: Installed) -> Callable[[], None]:
    return lambda: None


def installed_sdk() -> Version:
    """The version of the SDK that this core serves."""
    try:
        return Version(version(SDK))
    except PackageNotFoundError:
        return Version("1.0.0")


def url_of(key: str) -> str:
    """The URL word that a key stands for unless its plugin chooses another."""
    return key.replace("_", "-")


class _Loading:
    def __init__(self, discovery: Discovery, sdk: Version, strict: bool, mount: Mount) -> None:
        self._discovery, self._sdk, self._strict = discovery, sdk, strict
        self._mount = mount
        self._hooks = Hooks()
        self._installed: dict[str, Installed] = {}
        self._bridges: list[Installed] = []
        self._aside: list[SetAside] = []
        self._urls: dict[str, str] = dict.fromkeys(RESERVED, "core")
        self.isolation: Isolation | None = None
        for aside in discovery.aside:
            self._set_aside(aside)

    def _set_aside(self, aside: SetAside) -> None:
        if self._strict:
            raise StrictPlugins(aside)
        fields = {"plugin": aside.key, "distribution": aside.name, "version": aside.version}
        log.error("plugin %s is set aside: %s", aside.key, aside.reason, extra={"fields": fields})
        self._aside.append(aside)

    def core(self, plugins: Mapping[str, Plugin]) -> None:
        """Installs core's own plugins."""
        known = _permissions(plugins.values())
        folder = Path(str(files("maru")))
        templates = folder / "web" / "templates"
        for key, plugin in sorted(plugins.items()):
            self._check(checks.Subject(key, plugin, "core", folder, templates, frozenset(), known))
            self._install(
                Installed(
                    key,
                    plugin,
                    "maru",
                    str(self._sdk),
                    "maru-core",
                    plugin.url or key,
                    core=True,
                    folder=folder,
                    templates=templates,
                )
            )

    def refuse(self, reasons: Mapping[str, str]) -> None:
        """Sets plugins aside for reasons known beforehand."""
        for key, reason in reasons.items():
            if key in self._discovery.plugins and key not in self._reasons():
                self._set_aside(self._discovery.plugins[key].aside(reason))

    def plugins(self) -> None:
        """Installs every plugin whose needs are met and whose declarations are in order."""
        for found in ordered(self._discovery.plugins):
            reasons = self._reasons()
            if found.key in reasons:
                continue
            try:
                if reason := unmet(found, self._discovery.plugins, self._sdk, reasons):
                    raise PluginFault(reason)
                if self._trusts(found.key):
                    self._refuse_strangers(found, found.needs)
                    self._start(found)
                else:
                    self._stand_in(found)
            except PluginFault as fault:
                self._set_aside(found.aside(str(fault)))

    def _reasons(self) -> dict[str, str]:
        """Why keys don't run; a stranger's claim to a key says nothing about the key."""
        rightful = self._discovery.plugins
        return {
            a.key: a.reason
            for a in self._aside
            if a.key not in rightful or rightful[a.key].distribution == a.name
        }

    def _trusts(self, key: str) -> bool:
        return self.isolation is None or self.isolation.trust.trusts(key)

    def _refuse_strangers(self, found: Found, needs: Iterable[str]) -> None:
        """Code that may be imported here may not bring in code that may not."""
        for need in needs:
            if not self._trusts(need):
                raise PluginFault(
                    f"It needs {distribution_of(need)}, for which nobody has vouched, so that its"
                    f" code can't be imported here. Run: maru plugins trust {need}"
                )

    def _stand_in(self, found: Found) -> None:
        """Installs what a plugin declares while its code stays outside."""
        assert self.isolation is not None
        stand_in = stood_in(self.isolation, found, self._hooks)
        subject = checks.Subject(
            found.key, stand_in.plugin, found.key, None, None, frozenset(found.needs),
            self._known(*found.needs),
        )  # fmt: skip
        faults = behind_wall("Its description can't be checked", checks.faults_of_data, subject)
        if faults:
            raise PluginFault(" ".join(faults[:3]))
        url = stand_in.plugin.url or url_of(found.key)
        self._claim(found.key, url)
        self._install(replace(stand_in, url=url))
        self._urls[url] = found.key

    def _start(self, found: Found) -> None:
        plugin = _imported(found, Plugin)
        folder = _folder(found)
        subject = checks.Subject(
            found.key,
            plugin,
            found.key,
            folder,
            folder / "templates",
            frozenset(found.needs),
            self._known(*found.needs),
        )
        self._check(subject)
        url = plugin.url or url_of(found.key)
        self._claim(found.key, url)
        installed = Installed(
            found.key,
            plugin,
            found.package,
            found.version,
            found.distribution,
            url,
            tuple(sorted(found.needs)),
            folder=folder,
            templates=folder / "templates",
            summary=found.summary,
        )
        self._install(installed)
        self._urls[url] = found.key

    def _known(self, *keys: str) -> frozenset[str]:
        """What a plugin may name beside its own: core's permissions and those of its needs."""
        others = _permissions(i.plugin for i in self._installed.values() if i.core or i.key in keys)
        return others | {p.name for p in PERMISSIONS}

    def _claim(self, key: str, url: str) -> None:
        """Refuses a URL word that is another's: reserved, taken, or a key's own."""
        natural = {url_of(other): other for other in self._discovery.plugins}
        holder = self._urls.get(url) or natural.get(url, key)
        if holder != key:
            raise PluginFault(f"The URL word {url!r} belongs to {holder!r}.")

    def _check(self, subject: checks.Subject) -> None:
        faults = behind_wall("Its declarations can't be checked", checks.faults_of, subject)
        if faults:
            more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
            raise PluginFault(" ".join(faults[:3]) + more)
        behind_wall("It can't be described as JSON", subject.plugin.describe)

    def _install(self, installed: Installed) -> None:
        """Registers it with pluggy, what it publishes before what it fills, and has it served."""
        plugin = installed.plugin
        served = behind_wall("It can't be served", self._mount, installed)
        self._hooks.open([p for p in plugin.declared("publishes") if isinstance(p, ExtensionPoint)])
        self._hooks.register(installed.key, list(plugin.declared("fills")))
        served()
        if "." in installed.key:
            self._bridges.append(installed)
        else:
            self._installed[installed.key] = installed

    def bridges(self) -> None:
        """Installs the bridges of which both plugins run, in the versions that the owner's extra
        asks for; one whose partner isn't installed stays out without a word."""
        for name, found in sorted(self._discovery.bridges.items()):
            owner, _, partner = name.partition(".")
            if owner not in self._installed or partner not in self._installed:
                continue
            try:
                self._refuse_strangers(found, (owner, partner))
                self._bridge(found, self._installed[owner], self._installed[partner])
            except PluginFault as fault:
                self._set_aside(found.aside(str(fault)))

    def _bridge(self, found: Found, owner: Installed, partner: Installed) -> None:
        versions = found.optional.get(partner.key)
        if versions is not None and not versions.contains(partner.version, prereleases=True):
            raise PluginFault(
                f"It fits {partner.distribution}{versions}; installed is {partner.version}."
            )
        part = _imported(found, Part)
        if isinstance(part, Plugin):
            raise PluginFault("A bridge is a Part, not a Plugin.")
        plugin = Plugin(title=f"{owner.title} + {partner.title}", parts=[part])
        needs = (*owner.needs, partner.key)
        self._check(
            checks.Subject(
                found.key,
                plugin,
                owner.key,
                owner.folder,
                owner.templates,
                frozenset(needs),
                self._known(owner.key, *needs),
            )
        )
        self._install(replace(owner, key=found.key, plugin=plugin, needs=(owner.key, partner.key)))

    def host(self) -> PluginHost:
        """What has been loaded."""
        everyone = self._installed.values()
        installed = [
            replace(i, needed_by=tuple(o.key for o in everyone if i.key in o.needs))
            for i in everyone
        ]
        return host_of(installed, self._bridges, self._aside, self._hooks, strict=self._strict)


def _imported(found: Found, kind: type[Any]) -> Any:
    """The object that the entry point names; of the expected kind, standing in its package."""
    module, word = found.entry.module, kind.__name__.lower()
    hint = f"write '{found.key} = {found.package}:{word}' and there '{word} = {kind.__name__}(…)'"
    try:
        value: Any = behind_wall(f"Importing {module} failed", importlib.import_module, module)
    except PluginFault as fault:
        raise PluginFault(f"{fault}{where_and_what(fault.__cause__, found.package)}") from fault
    if not found.entry.attr:
        raise PluginFault(f"Its entry point names a module; {hint}.")
    for name in found.entry.attr.split("."):
        value = behind_wall("Its entry point can't be followed", getattr, value, name, None)
        if value is None:
            raise PluginFault(f"Its entry point names nothing: {module} has no {name!r}; {hint}.")
    if not isinstance(value, kind):
        raise PluginFault(f"{found.entry.value} is no {kind.__name__} but {value!r:.80}.")
    return value


def _folder(found: Found) -> Path:
    file = sys.modules[found.package].__file__
    if file is None:
        raise PluginFault(f"The package {found.package} has no __init__.py.")
    return Path(file).parent


def _permissions(plugins: Any) -> frozenset[str]:
    return frozenset(p.name for plugin in plugins for p in plugin.declared("permissions"))
