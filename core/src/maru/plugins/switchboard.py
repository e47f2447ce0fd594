"""Switches plugins on and off for a tenant: the rules, the life-cycle points, the rights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.plugins.context import Call
from maru.plugins.faults import SetAside
from maru.plugins.migrated import COMMAND, why_unmigrated
from maru.plugins.registry import Installed
from maru.signals import Signals
from maru.tenancy.models import PluginState
from maru.tenancy.queries import STATES, State
from maru_sdk import Conflict, NotFound, lifecycle
from maru_sdk.db import col, uuid7
from maru_sdk.declarations import AnyPoint

Switch = Literal["enabled", "disabled", "set_aside"]
ICON = "puzzle"


class PluginNotFound(NotFound):
    """No plugin of this key is installed."""

    code = "PLUGIN_NOT_FOUND"
    message = "There is no plugin {key}"


class PluginSetAside(Conflict):
    """The plugin is installed but can't run."""

    code = "PLUGIN_SET_ASIDE"
    message = "The plugin {key} can't run: {reason}"


class PluginAlwaysOn(Conflict):
    """Core's own parts can't be switched."""

    code = "PLUGIN_ALWAYS_ON"
    message = "{key} is part of Maru and always on"


class PluginNeeds(Conflict):
    """The plugin needs others that are off here."""

    code = "PLUGIN_NEEDS"
    message = "The plugin {key} needs others that are off: {names}"


class PluginNeeded(Conflict):
    """Others that are on here need the plugin."""

    code = "PLUGIN_NEEDED"
    message = "The plugin {key} is needed by others that are on: {names}"


class PluginNotMigrated(Conflict):
    """The plugin's tables are not there, or older than its code."""

    code = "PLUGIN_NOT_MIGRATED"
    message = "The migrations of {key} have not run. Run: {command}"


@dataclass(frozen=True)
class Listing:
    """One plugin as a tenant's admin sees it."""

    key: str
    name: str
    icon: str
    distribution: str
    version: str
    state: Switch
    reason: str | None
    summary: str = ""
    needs: tuple[str, ...] = ()
    needed_by: tuple[str, ...] = ()
    generation: int = 0
    has_settings: bool = False
    isolation: str = "trusted"


class Switchboard:
    """Works in the caller's unit of work; every process obeys within two seconds of its commit."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    async def enable(self, call: Call, key: str) -> bool:
        """Switches a plugin on in the call's tenant; False where it is on already."""
        installed = _runnable(call, key)
        states = await _locked(call)
        enabled = _enabled(states)
        if key in enabled:
            return False
        if missing := [n for n in installed.needs if n not in enabled]:
            raise PluginNeeds(key=key, needs=missing, names=", ".join(missing))
        if await why_unmigrated(call.unit, installed) is not None:
            raise PluginNotMigrated(key=key, command=COMMAND)
        await _store(call, key, enabled=True)
        await _grant(call, key, enabled)
        first = key not in states
        await _announce(call, lifecycle.switched_on, key, enabled | {key}, first=first)
        await self._tell(call, key, "plugin.enabled")
        return True

    async def disable(self, call: Call, key: str) -> bool:
        """Switches a plugin off in the call's tenant; False where it is off. Its data stays.

        One that is set aside can be switched off too; it isn't asked.
        """
        installed = _known(call, key)
        enabled = _enabled(await _locked(call))
        if key not in enabled:
            return False
        if users := [n for n in _needed_by(installed) if n in enabled]:
            raise PluginNeeded(key=key, needed_by=users, names=", ".join(users))
        if installed is not None:
            await _announce(call, lifecycle.switched_off, key, enabled)
        await _store(call, key, enabled=False)
        await self._tell(call, key, "plugin.disabled")
        return True

    async def list(self, call: Call) -> list[Listing]:
        """Every plugin with its state in the call's tenant, core's own left out."""
        host, gate = call.services.host, call.services.gate
        states = {state.key: state for state in await call.unit.read(STATES)}
        running = [
            _listing(each, states.get(each.key), gate.unmigrated.get(each.key))
            for each in host.installed.values()
            if not each.core
        ]
        aside = [_aside(one) for one in host.set_aside.values()]
        return sorted([*running, *aside], key=lambda one: one.key)

    async def _tell(self, call: Call, key: str, action: str) -> None:
        """In the same transaction: every process hears of it, and the audit trail says who."""
        tenant, gate = call.tenant.id, call.services.gate
        await self._signals.send(call.unit, "plugin", key, tenant)
        await call.ctx("core").audit(action, f"plugin:{key}")
        call.unit.on_commit(lambda: gate.changed(tenant, key))


def _known(call: Call, key: str) -> Installed | None:
    """The plugin, None where it is set aside; a bridge follows its plugins and has no switch."""
    installed = call.services.host.installed.get(key)
    if installed is None and key not in call.services.host.set_aside:
        raise PluginNotFound(key=key)
    if installed is not None and installed.core:
        raise PluginAlwaysOn(key=key)
    return installed


def _runnable(call: Call, key: str) -> Installed:
    installed = _known(call, key)
    if installed is None:
        raise PluginSetAside(key=key, reason=call.services.host.set_aside[key].reason)
    return installed


def _needed_by(installed: Installed | None) -> tuple[str, ...]:
    return () if installed is None else installed.needed_by


async def _locked(call: Call) -> dict[str, State]:
    """What the tenant has switched, with nobody else switching there until the commit."""
    name = sa.func.hashtextextended(f"maru.plugins:{call.tenant.id}", 0)
    await call.unit.db.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))
    return {state.key: state for state in await call.unit.read(STATES)}


def _enabled(states: Mapping[str, State]) -> set[str]:
    return {state.key for state in states.values() if state.enabled}


async def _store(call: Call, key: str, *, enabled: bool) -> None:
    row = insert(PluginState).values(
        id=uuid7(), key=key, enabled=enabled, generation=1, changed_by=call.actor
    )
    await call.unit.db.execute(
        row.on_conflict_do_update(
            index_elements=["tenant_id", "key"],
            set_={
                "enabled": enabled,
                "generation": col(PluginState.generation) + 1,
                "changed_by": call.actor,
                "updated_at": sa.func.now(),
            },
        )
    )


async def _grant(call: Call, key: str, enabled: set[str]) -> None:
    """Adds what the plugin, and bridges that it completes, give to the tenant's roles."""
    gate, host = call.services.gate, call.services.host
    fresh = {key} | (gate.effective(enabled | {key}) - gate.effective(enabled))
    roles = [
        role
        for each in host.everyone()
        if each.key in fresh
        for role in each.plugin.declared("roles")
    ]
    await call.services.rights.grant_defaults(call.unit, call.tenant.id, roles)


async def _announce(
    call: Call, point: AnyPoint, key: str, enabled: set[str], *, first: bool = False
) -> None:
    points = call.services.points
    points.breaker(key, call.tenant.id).succeeded()  # a plugin that failed can still be switched
    for installed, portlet in call.services.host.declared("portlets"):
        if installed.key == key:
            points.portlet_breaker(portlet.name, call.tenant.id).succeeded()
    also = call.services.gate.effective(enabled) | {key}
    await points.decide(call, point, lifecycle.Switched(plugin=key, first=first), also=also)


def _aside(one: SetAside) -> Listing:
    state: Switch = "set_aside"
    return Listing(one.key, one.name, ICON, one.name, one.version, state, one.reason, isolation="")


def _listing(installed: Installed, state: State | None, unmigrated: str | None) -> Listing:
    said: Switch = "enabled" if state is not None and state.enabled else "disabled"
    return Listing(
        key=installed.key,
        name=installed.title,
        icon=installed.plugin.icon,
        distribution=installed.distribution,
        version=installed.version,
        state="set_aside" if unmigrated else said,
        reason=unmigrated,
        summary=installed.summary,
        needs=installed.needs,
        needed_by=installed.needed_by,
        generation=0 if state is None else state.generation,
        has_settings=installed.plugin.settings is not None,
        isolation=installed.isolation,
    )
