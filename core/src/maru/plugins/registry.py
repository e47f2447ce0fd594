"""What runs: the plugins that passed, in order, with everything they declare."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from maru.plugins.faults import SetAside
from maru.plugins.hooks import Hooks
from maru_sdk import Plugin

_BY_NAME = (
    *("portlets", "jobs", "schedules", "commands", "listeners", "channels", "permissions"),
    "search",
    "files",
    "notifications",
    "notification_channels",
)
if TYPE_CHECKING:
    from maru.plugins.isolated.described import Described
    from maru.plugins.isolated.remote import Remote
    from maru.plugins.isolated.trust import Isolation


@dataclass(frozen=True, eq=False)
class Installed:
    """One plugin, or one bridge, that runs in this process.

    A bridge's key is dotted (`hr.approval`): it is on where both plugins are, its declarations
    belong to its `owner`. Everyone else's owner is its key. `names` is what its declarations'
    names begin with: the owner, or `core`.
    """

    key: str
    plugin: Plugin
    package: str
    version: str
    distribution: str
    url: str
    needs: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    core: bool = False
    folder: Path | None = None
    templates: Path | None = None
    summary: str = ""
    remote: "Remote | None" = None
    described: "Described | None" = None

    @property
    def isolated(self) -> bool:
        """Whether its code runs in a process of its own and never in this one."""
        return self.remote is not None

    @property
    def isolation(self) -> Literal["trusted", "isolated"]:
        """The same as a word."""
        return "isolated" if self.isolated else "trusted"

    @property
    def owner(self) -> str:
        """The key whose schema, permissions and settings this works with."""
        return self.key.partition(".")[0]

    @property
    def names(self) -> str:
        """What the names of its declarations begin with."""
        return "core" if self.core else self.owner

    @property
    def title(self) -> str:
        """What people call it."""
        return self.plugin.title


@dataclass(frozen=True, eq=False)
class PluginHost:
    """The plugins of one process. Nothing in it changes while the process runs.

    `installed` is ordered: core's own, then each plugin after those it needs, ties by key.
    """

    installed: Mapping[str, Installed]
    bridges: Mapping[str, Installed]
    set_aside: Mapping[str, SetAside]
    hooks: Hooks
    strict: bool
    _named: Mapping[tuple[str, str], tuple[Installed, Any]] = field(repr=False)

    @classmethod
    def load(
        cls,
        core: Mapping[str, Plugin],
        *,
        strict: bool = False,
        disabled: frozenset[str] = frozenset(),
        faults: Mapping[str, str] | None = None,
        path: Sequence[str] | None = None,
        mount: Callable[[Installed], Callable[[], None]] | None = None,
        isolation: "Isolation | None" = None,
        only: str | None = None,
    ) -> "PluginHost":
        """The host of this process; see `maru.plugins.loading.load`."""
        from maru.plugins.loading import load  # it builds what is declared here

        return load(
            core,
            strict=strict,
            disabled=disabled,
            faults=faults,
            path=path,
            mount=mount,
            isolation=isolation,
            only=only,
        )

    def everyone(self) -> Iterator[Installed]:
        """Plugins and bridges in the order in which they are asked: a bridge after all plugins."""
        yield from self.installed.values()
        yield from self.bridges.values()

    def declared(self, kind: str) -> Iterator[tuple[Installed, Any]]:
        """All declarations of one kind with whose they are; ask the gate about `installed.key`."""
        for installed in self.everyone():
            for one in installed.plugin.declared(kind):
                yield installed, one

    def find(self, kind: str, name: str) -> tuple[Installed, Any] | None:
        """The declaration of this kind and full name (`"jobs"`, `"board.recount"`)."""
        return self._named.get((kind, name))

    def get(self, key: str) -> Installed | None:
        """The plugin or bridge of this key."""
        return self.installed.get(key) or self.bridges.get(key)


def host_of(
    installed: Sequence[Installed],
    bridges: Sequence[Installed],
    aside: Sequence[SetAside],
    hooks: Hooks,
    *,
    strict: bool = False,
) -> PluginHost:
    """Puts a host together; of two things set aside under one key both are kept."""
    named = {
        (kind, one.name): (each, one)
        for each in [*installed, *bridges]
        for kind in _BY_NAME
        for one in each.plugin.declared(kind)
    }
    return PluginHost(
        installed={each.key: each for each in installed},
        bridges={each.key: each for each in bridges},
        set_aside=_by_key(installed, aside),
        hooks=hooks,
        strict=strict,
        _named=named,
    )


def _by_key(installed: Sequence[Installed], aside: Sequence[SetAside]) -> dict[str, SetAside]:
    taken = {each.key for each in installed}
    result: dict[str, SetAside] = {}
    for one in aside:
        key = one.key
        if key in taken or key in result:
            key = f"{one.key} of {one.name}"
        result[key] = one
    return result
