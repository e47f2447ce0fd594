"""The one gate: which plugins a tenant has on, answered from memory on every surface."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from maru.db.database import Database
from maru.db.scope import NOBODY, Scope
from maru.plugins.faults import SetAside, StrictPlugins
from maru.plugins.isolated.trust import SIGNAL as TRUST
from maru.plugins.isolated.trust import trusted_by_command
from maru.plugins.migrated import unmigrated
from maru.plugins.registry import Installed, PluginHost
from maru.signals import Signals
from maru.tenancy.queries import STATES, TENANT_IDS


@dataclass(frozen=True, slots=True)
class _Known:
    enabled: frozenset[str] = frozenset()
    on: frozenset[str] = frozenset()
    generations: Mapping[str, int] = field(default_factory=dict)


class Gate:
    """Which plugins are on where, in this process; every change arrives by signal.

    A plugin whose migrations have not run is off everywhere, and so is what needs it.
    """

    def __init__(self, database: Database, signals: Signals, host: PluginHost) -> None:
        self._database, self._host = database, host
        self._core = frozenset(i.key for i in host.installed.values() if i.core) | {"core"}
        self._known: dict[UUID, _Known] = {}
        self._unmigrated: Mapping[str, str] = {}
        self._distrusted: frozenset[str] = frozenset()
        self._loading = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        signals.on("plugin", self.changed)
        signals.on("tenant", self.changed)
        signals.on(TRUST, self._heard_trust)
        signals.on_gap(self._reload)

    async def load(self) -> None:
        """Reads which plugins are migrated, and what every tenant has on."""
        async with self._loading:
            self._unmigrated = await unmigrated(self._database, self._host)
            if self._host.strict:
                self._refuse_unmigrated()
            unit = self._database.unit(NOBODY, readonly=True)
            for row in await unit.read(TENANT_IDS):
                await self._load(row.id)

    def _refuse_unmigrated(self) -> None:
        for key, reason in self._unmigrated.items():
            one = self._host.installed[key]
            raise StrictPlugins(SetAside(key, one.distribution, one.version, reason))

    async def _load(self, tenant_id: UUID) -> None:
        unit = self._database.unit(Scope(tenant_id), readonly=True)
        states = list(await unit.read(STATES))
        enabled = frozenset(s.key for s in states if s.enabled)
        generations = {s.key: s.generation for s in states}
        self._known[tenant_id] = _Known(enabled, self.effective(enabled), generations)

    def effective(self, enabled: Iterable[str]) -> frozenset[str]:
        """Of the plugins switched on, those that run: installed and migrated, with all they need,
        and the bridges between them."""
        wanted, running = set(enabled) - self._unmigrated.keys(), set(self._core)
        wanted -= self._distrusted
        for installed in self._host.everyone():
            asked = "." in installed.key or installed.key in wanted
            if asked and running.issuperset(installed.needs):
                running.add(installed.key)
        return frozenset(running)

    async def changed(self, tenant_id: UUID | None, key: str = "") -> None:
        """Reads a tenant's plugins anew; without a tenant, everything."""
        if tenant_id is None or key in self._unmigrated:
            await self.load()
            return
        async with self._loading:
            await self._load(tenant_id)

    async def _heard_trust(self, _: UUID | None, key: str) -> None:
        """A plugin that runs here and lost an operator's trust is off at once; one that has won it
        runs where it runs until this process ends."""
        found = self._host.installed.get(key)
        if found is not None and not found.isolated:
            trusted = await trusted_by_command(self._database, key)
            lost = self._distrusted - {key}
            self._distrusted = lost if trusted else lost | {key}
            await self.load()

    def _reload(self) -> None:
        task = asyncio.get_running_loop().create_task(self.load(), name="gate")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def on(self, tenant_id: UUID, key: str) -> bool:
        """Whether this plugin, bridge or core's own part runs for the tenant."""
        known = self._known.get(tenant_id)
        return key in (self._core if known is None else known.on)

    def running(self, tenant_id: UUID) -> list[Installed]:
        """Everything that runs for the tenant, in order."""
        return [i for i in self._host.everyone() if self.on(tenant_id, i.key)]

    def tenants_with(self, key: str) -> list[UUID]:
        """The tenants in which this is on."""
        return [tenant for tenant in self._known if self.on(tenant, key)]

    @property
    def unmigrated(self) -> Mapping[str, str]:
        """The plugins whose migrations have not run, each with the reason to show."""
        return self._unmigrated

    @property
    def generation(self) -> int:
        """Grows with every change anywhere; processes of the same number know the same."""
        return sum(sum(known.generations.values()) for known in self._known.values())
