"""What plugins declare for operators: their health checks and their gauges."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from logging import WARNING
from typing import Any, Final, Protocol
from uuid import UUID

from maru.api.health import LIMIT, Check
from maru.api.surfaces import Whose
from maru.observability.log import Journal
from maru.observability.metrics import Labels, Metrics, SnapshotStore
from maru.signals.loop import end
from maru_sdk.operation import HealthCheck, Metric

EVERY: Final = 15.0
PATIENCE: Final = 5.0


class Declared(Protocol):
    """The plugins of a process (`maru.plugins.registry.PluginHost`)."""

    def declared(self, kind: str) -> Any: ...


class Switched(Protocol):
    """Where things are on (`maru.plugins.gate.Gate`)."""

    def on(self, tenant_id: UUID, key: str) -> bool: ...

    def tenants_with(self, key: str) -> list[UUID]: ...


Read = Callable[[], Awaitable[None]]
Open = Callable[[UUID, str], AbstractAsyncContextManager[Any]]


class Operation:
    """Calls plugins' health checks and gauges, with a context of a tenant that has them on."""

    def __init__(
        self, host: Declared, gate: Switched, opened: Open, journal: Journal, metrics: Metrics
    ) -> None:
        """`opened(tenant, key)` gives a context that only reads."""
        self._host, self._gate, self._opened = host, gate, opened
        self._journal, self._metrics = journal, metrics
        self._read: dict[str, dict[UUID, tuple[Labels, float]]] = {}
        self._stale = asyncio.Event()
        self.patience = PATIENCE

    def checks(self) -> Mapping[str, Check]:
        """The health checks of what is on anywhere, by full name."""
        found: dict[str, Check] = {}
        for whose, check in self._host.declared("health"):
            tenants = self._gate.tenants_with(whose.key)
            if tenants:
                found[check.name] = self._check(tenants[0], whose, check)
        return found

    def _check(self, tenant: UUID, whose: Whose, check: HealthCheck) -> Check:
        async def run() -> None:
            async with self._opened(tenant, whose.key) as ctx:
                await check.function(ctx)

        return run

    async def watch(self, store: SnapshotStore, stopped: asyncio.Event, *others: Read) -> None:
        """Reads the gauges, and `others`, and leaves this process's figures for the others, until
        stopped. Gauges that take long are read beside that: a silent process counts as dead."""
        reading = asyncio.create_task(_in_turn(self.read, *others), name="gauges")
        try:
            while not stopped.is_set():
                self._stale.clear()
                await asyncio.wait({reading}, timeout=self.patience)
                await self._metrics.publish(store)
                with suppress(TimeoutError):
                    await asyncio.wait_for(_first(stopped, self._stale), EVERY)
                if reading.done():
                    reading.result()
                    reading = asyncio.create_task(_in_turn(self.read, *others), name="gauges")
        finally:
            await end(reading)
        await self._metrics.leave(store)

    async def switched(self, tenant_id: UUID | None, key: str) -> None:
        """A plugin was switched: the figures are read anew."""
        self._stale.set()

    async def read(self) -> None:
        """Asks each gauge in each tenant that has it on."""
        for whose, metric in self._host.declared("metrics"):
            name = f"maru_{metric.name.replace('.', '_')}"
            if name not in self._read:
                self._read[name] = {}
                self._metrics.ask(name, metric.help, self._values(name, whose.key), ("tenant",))
            self._read[name] = await self._ask(whose, metric)

    def _values(self, name: str, key: str) -> Callable[[], Mapping[Labels, float]]:
        """What was read last, of the tenants that have it on still."""

        def values() -> Mapping[Labels, float]:
            read = self._read[name].items()
            return dict(found for tenant, found in read if self._gate.on(tenant, key))

        return values

    async def _ask(self, whose: Whose, metric: Metric) -> dict[UUID, tuple[Labels, float]]:
        values: dict[UUID, tuple[Labels, float]] = {}
        for tenant in self._gate.tenants_with(whose.key):
            try:
                async with asyncio.timeout(LIMIT), self._opened(tenant, whose.key) as ctx:
                    figure = float(await metric.function(ctx))
                    values[tenant] = (ctx.tenant.slug,), figure
            except Exception as fault:  # the wall of a gauge: a plugin's may raise anything
                self._journal.write(WARNING, f"gauge {metric.name} failed: {fault}")
        return values


async def _in_turn(*reads: Read) -> None:
    for read in reads:
        await read()


async def _first(*events: asyncio.Event) -> None:
    """Waits until one of these is set."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
