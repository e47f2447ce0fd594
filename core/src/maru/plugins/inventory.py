"""What operators ask about plugins: what is installed and runs where, and who fills a point."""

import inspect
from collections.abc import Iterable, Sequence

from maru.db.scope import Scope
from maru.plugins.registry import Installed
from maru.plugins.services import Services
from maru.tenancy.queries import STATES
from maru_sdk import Model, Tenant


class Entry(Model):
    """One installed plugin over several tenants; `tenants` are those that have it on."""

    key: str
    name: str
    distribution: str
    version: str
    state: str
    reason: str | None
    needs: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    generation: int = 0
    tenants: tuple[str, ...] = ()
    isolation: str = "trusted"


class Filler(Model):
    """One filling of a point."""

    plugin: str
    function: str
    offer: str | None
    tenants: tuple[str, ...]


class Explained(Model):
    """A point and who fills it, in the order in which they are asked."""

    name: str
    kind: str
    module: str
    contract: str
    fillings: tuple[Filler, ...]


async def inventory(services: Services, tenants: Sequence[Tenant]) -> list[Entry]:
    """Every plugin by key, core's own left out."""
    on: dict[str, list[str]] = {}
    generations: dict[str, int] = {}
    for tenant in tenants:
        unit = services.database.unit(Scope(tenant.id), readonly=True)
        for state in await unit.read(STATES):
            generations[state.key] = generations.get(state.key, 0) + state.generation
            if state.enabled:
                on.setdefault(state.key, []).append(tenant.slug)
    aside = [
        Entry(
            key=one.key,
            name=one.name,
            distribution=one.name,
            version=one.version,
            state="set_aside",
            reason=one.reason,
            generation=generations.get(one.key, 0),
            isolation="-",
        )
        for one in services.host.set_aside.values()
    ]
    running = [
        _entry(services, each, on.get(each.key, []), generations.get(each.key, 0))
        for each in services.host.installed.values()
        if not each.core
    ]
    return sorted([*running, *aside], key=lambda entry: entry.key)


def _entry(services: Services, each: Installed, on: Iterable[str], generation: int) -> Entry:
    reason = services.gate.unmigrated.get(each.key)
    tenants = tuple(on)
    said = "enabled" if tenants else "disabled"
    return Entry(
        key=each.key,
        name=each.title,
        distribution=each.distribution,
        version=each.version,
        state="set_aside" if reason else said,
        reason=reason,
        needs=each.needs,
        needed_by=each.needed_by,
        generation=generation,
        tenants=tenants,
        isolation=each.isolation,
    )


def explain(services: Services, hook: str, tenants: Sequence[Tenant]) -> Explained | list[str]:
    """The point of this name; where there is none, the names that there are."""
    hooks, gate = services.host.hooks, services.gate
    opened = hooks.opened(hook)
    if opened is None:
        return sorted(one.point.name for one in hooks.points())
    function = opened.point.function
    fillings = tuple(
        Filler(
            plugin=filled.key,
            function=f"{filled.filling.function.__module__}:{filled.filling.function.__name__}",
            offer=filled.filling.offer,
            tenants=tuple(t.slug for t in tenants if gate.on(t.id, filled.key)),
        )
        for filled in hooks.fillings(hook)
    )
    return Explained(
        name=hook,
        kind=opened.point.kind,
        module=f"{function.__module__}:{function.__name__}",
        contract=inspect.getdoc(function) or "",
        fillings=fillings,
    )
