"""`maru <key> <function>`: the commands that plugins declare."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, get_args, get_origin

import click
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from maru.cli import say
from maru.cli.inside import in_house, tenant_of
from maru.db.database import Database
from maru.house import House
from maru.plugins.context import open_call
from maru.plugins.handlers import Shape, shape_of
from maru.plugins.isolated.refusals import plain
from maru.plugins.isolated.remote import nowhere
from maru.plugins.isolated.trust import EVERYONE, Isolation, Trust, read_trust, trust_of
from maru.plugins.registry import Installed, PluginHost
from maru.settings import load_settings
from maru_sdk import ContextSeed, Model
from maru_sdk.declarations import Command

_SIMPLE: Mapping[Any, Any] = {int: click.INT, float: click.FLOAT}


def commands_of(key: str) -> click.Group | None:
    """The commands of a plugin and its bridges; None where there are none."""
    host = PluginHost.load({}, isolation=Isolation(_trust(), nowhere))
    found = {
        one.function.__name__.replace("_", "-"): _command(whose, one)
        for whose, one in host.declared("commands")
        if whose.owner == key
    }
    if not found:
        return None
    return click.Group(key, found, help=plain(f"Commands of {host.installed[key].title}."))


def _trust() -> Trust:
    """Whose code may be imported here: the settings may say so without a look at the database."""
    settings = load_settings()
    trust = trust_of(settings)
    if EVERYONE in trust.named or not settings.database_url:
        return trust

    async def look() -> Trust:
        async with await Database.open(settings.database_url, pool_size=1) as database:
            return await read_trust(database, settings)

    return asyncio.run(look())


def _command(whose: Installed, declared: Command) -> click.Command:
    shape = shape_of(declared.function)
    asked: type[Model] | None = shape.given.get("ask") if isinstance(shape, Shape) else None

    def act(tenant: str, **given: Any) -> None:
        ask = None if asked is None else _asked(asked, given)
        answer = in_house(lambda house: _run(house, whose, declared, tenant, ask))
        if answer:
            say(answer)

    options: list[click.Parameter] = [
        click.Option(["--tenant"], required=True, help="The tenant's slug.")
    ]
    if asked is not None:
        options += [_option(name, info) for name, info in asked.model_fields.items()]
    name = declared.function.__name__.replace("_", "-")
    return click.Command(name, callback=act, params=options, help=plain(declared.help))


def _option(name: str, info: FieldInfo) -> click.Option:
    kind, many = info.annotation, get_origin(info.annotation) in (list, tuple, set)
    if many:
        kind = next(iter(get_args(kind)), str)
    word = f"--{name.replace('_', '-')}"
    flag = kind is bool and not many
    return click.Option(
        [f"{word}/--no-{word[2:]}" if flag else word, name],
        type=None if flag else _SIMPLE.get(kind, click.STRING),
        multiple=many,
        required=info.is_required(),
        default=None,
        help=plain(info.description or ""),
    )


def _asked(model: type[Model], given: Mapping[str, Any]) -> Model:
    said = {name: value for name, value in given.items() if value not in (None, ())}
    try:
        return model.model_validate(said)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        option = str(first["loc"][0]).replace("_", "-") if first["loc"] else ""
        raise click.ClickException(f"--{option}: {first['msg']}") from None


async def _run(
    house: House, whose: Installed, declared: Command, slug: str, ask: Model | None
) -> str:
    tenant, found = tenant_of(house, slug), house.host.find("commands", declared.name)
    if found is not None:  # as it is in this house: its process may be another
        whose, declared = found
    if not house.gate.on(tenant.id, whose.key):
        raise click.ClickException(f"{whose.key} is off in {slug}")
    seed = ContextSeed(tenant=tenant.id, plugin=whose.key, trace=f"maru {declared.name}")
    async with open_call(house.services, seed) as call:
        args = [] if ask is None else [type(ask).model_validate_json(ask.model_dump_json())]
        answer = str(await declared.function(call.ctx(whose.key), *args) or "")
    return plain(answer) if whose.isolated else answer
