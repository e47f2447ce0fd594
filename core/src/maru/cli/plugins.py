"""`maru plugins`: what is installed, what runs where, and the switches."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence

import click

from maru.cli import say
from maru.cli.inside import in_house, tenant_of
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.house import House
from maru.plugins.context import Call, open_call
from maru.plugins.discovery import discover
from maru.plugins.inventory import Entry, Explained, explain, inventory
from maru.plugins.isolated.trust import say as vouch
from maru.plugins.isolated.trust import trust_of
from maru.settings import load_settings
from maru_sdk import ContextSeed

_tenant = click.option("--tenant", "slug", required=True, help="The tenant's slug.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def command() -> None:
    """List, enable, disable, trust and explain plugins."""


@command.command("list")
@click.option("--tenant", "slug", help="Only as this tenant sees them.")
@_json
def list_plugins(slug: str | None, as_json: bool) -> None:
    """List the installed plugins, those set aside with the reason."""

    async def act(house: House) -> list[Entry]:
        tenants = [tenant_of(house, slug)] if slug else house.tenants.all()
        return await inventory(house.services, tenants)

    entries = in_house(act)
    if as_json:
        say(json.dumps([entry.model_dump(mode="json") for entry in entries], ensure_ascii=False))
    else:
        for line in _table(entries):
            say(line)


@command.command()
@click.argument("key")
@_tenant
def enable(key: str, slug: str) -> None:
    """Switch a plugin on for a tenant; every process obeys within two seconds."""
    done = _switch(slug, lambda call: call.services.switchboard.enable(call, key))
    say(f"{key} is on in {slug}" if done else f"{key} was on in {slug} already")


@command.command()
@click.argument("key")
@_tenant
def disable(key: str, slug: str) -> None:
    """Switch a plugin off for a tenant; its data stays."""
    done = _switch(slug, lambda call: call.services.switchboard.disable(call, key))
    say(f"{key} is off in {slug}" if done else f"{key} was off in {slug} already")


@command.command()
@click.argument("key")
def trust(key: str) -> None:
    """Vouch for a plugin: its code may run in Maru's own processes from their next start on."""
    _vouch(key, trusted=True)
    say(f"{key} is trusted: it runs in Maru's own processes once they have been started again")
    say("(maru migrate first, where the plugin has tables)")


@command.command()
@click.argument("key")
def untrust(key: str) -> None:
    """Take it back: the plugin is off at once, and isolated when Maru has been started again."""
    _vouch(key, trusted=False)
    say(f"{key} is not trusted any more: where it runs in Maru's own processes it is off by now.")
    say("Run maru migrate and start Maru again; it runs in a process of its own then.")


@command.command("explain")
@click.argument("hook")
@_json
def explain_hook(hook: str, as_json: bool) -> None:
    """Say which plugins fill an extension point, in the order in which they are asked."""

    async def act(house: House) -> Explained | list[str]:
        return explain(house.services, hook, house.tenants.all())

    found = in_house(act)
    if isinstance(found, list):
        raise click.ClickException(f"there is no point {hook}; there are: {', '.join(found)}")
    if as_json:
        say(json.dumps(found.model_dump(mode="json"), ensure_ascii=False))
    else:
        for line in _explanation(found):
            say(line)


def _vouch(key: str, *, trusted: bool) -> None:
    found = discover().plugins.get(key)
    if found is None:
        raise click.ClickException(f"there is no plugin {key}")
    settings = load_settings()
    if not trusted and trust_of(settings).by_setting(key):
        raise click.ClickException(f"MARU_TRUSTED_PLUGINS names {key}; take it out there")

    async def act(house: House) -> None:
        async with committing(house.database.unit(NOBODY)) as unit:
            await vouch(unit, house.signals, key, found.distribution, trusted=trusted)

    in_house(act)


def _switch(slug: str, act: Callable[[Call], Awaitable[bool]]) -> bool:
    async def switch(house: House) -> bool:
        seed = ContextSeed(tenant=tenant_of(house, slug).id, plugin="core", trace="maru plugins")
        async with open_call(house.services, seed) as call:
            return await act(call)

    return in_house(switch)


def _table(entries: Iterable[Entry]) -> list[str]:
    rows = [("KEY", "VERSION", "STATE", "RUNS", "ON IN", "NEEDS")]
    notes: dict[int, str] = {}
    for entry in entries:
        on = ", ".join(entry.tenants) or "-"
        needs = ", ".join(entry.needs) or "-"
        rows.append((entry.key, entry.version, entry.state, entry.isolation, on, needs))
        if entry.reason:
            notes[len(rows) - 1] = entry.reason
    return _aligned(rows, notes)


def _aligned(rows: Sequence[tuple[str, ...]], notes: dict[int, str]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for at, row in enumerate(rows):
        lines.append("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())
        if at in notes:
            lines.append(f"    {notes[at]}")
    return lines


def _explanation(found: Explained) -> list[str]:
    head = [f"{found.name}: {found.kind}, {found.module}", *found.contract.splitlines(), ""]
    if not found.fillings:
        return [*head, "Nobody fills it."]
    rows = [("", "PLUGIN", "FUNCTION", "OFFER", "ON IN")]
    for number, filling in enumerate(found.fillings, 1):
        on = ", ".join(filling.tenants) or "-"
        rows.append((str(number), filling.plugin, filling.function, filling.offer or "-", on))
    return head + _aligned(rows, {})
