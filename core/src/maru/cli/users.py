"""`maru users`: who may sign in to a tenant."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from maru.access.permissions import ADMIN, MANAGER, MEMBER
from maru.audit.trail import Actor
from maru.cli import say
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.house import House, open_house
from maru.identity.accounts import Accounts
from maru.identity.people_queries import PEOPLE, PersonRow
from maru.settings import load_settings
from maru_sdk import MaruError

T = TypeVar("T")

_NEEDS = ("database_url", "redis_queue_url", "redis_cache_url", "redis_live_url", "secret_key")
_ACTOR = Actor(trace="maru users")
_must_change = click.option(
    "--must-change", is_flag=True, help="The next sign-in asks for another password."
)
_tenant = click.option("--tenant", "slug", required=True, help="The tenant's slug.")


@click.group()
def command() -> None:
    """List users, create them, set their passwords."""


@command.command("list")
@_tenant
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_users(slug: str, as_json: bool) -> None:
    """List a tenant's users by name."""

    async def act(house: House, unit: Unit) -> list[PersonRow]:
        return list(await unit.read(PEOPLE))

    people = _in_tenant(slug, act)
    if as_json:
        say(json.dumps([one.model_dump(mode="json") for one in people], ensure_ascii=False))
        return
    for one in people:
        say(f"{one.username:<24} {one.state:<8} {one.email or '-':<32} {one.name}")


@command.command("create")
@click.argument("username")
@_tenant
@click.option("--name", required=True, help="The person's name.")
@click.option("--email")
@click.option(
    "--role",
    "roles",
    type=click.Choice([ADMIN, MANAGER, MEMBER]),
    multiple=True,
    default=[MEMBER],
    show_default=True,
)
@click.option("--password", help="Asked for unless given.")
@click.option("--hash", "hashed", help="A hash of bcrypt or Argon2id that another system had.")
@_must_change
def create(
    username: str,
    slug: str,
    name: str,
    email: str | None,
    roles: tuple[str, ...],
    password: str | None,
    hashed: str | None,
    must_change: bool,
) -> None:
    """Create a user."""
    if password is None and hashed is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def act(house: House, unit: Unit) -> None:
        made = await _accounts(house).create(
            unit,
            username,
            name,
            email=email,
            password=password,
            hashed=hashed,
            must_change=must_change,
            actor=_ACTOR,
        )
        for role in roles:
            await house.rights.roles.grant(unit, role, "person", made, actor=_ACTOR)

    _in_tenant(slug, act)
    say(f"{username} can sign in to {slug}")


@command.command("password")
@click.argument("username")
@_tenant
@click.password_option(help="Asked for unless given.")
@_must_change
def password(username: str, slug: str, password: str, must_change: bool) -> None:
    """Set a user's password; all their sessions end."""

    async def act(house: House, unit: Unit) -> None:
        await _accounts(house).set_password(
            unit, username, password, must_change=must_change, actor=_ACTOR
        )

    _in_tenant(slug, act)
    say(f"{username} has a new password in {slug}")


def _accounts(house: House) -> Accounts:
    return Accounts(house.people, house.sessions, house.services.audit, house.sessions.passwords)


def _in_tenant(slug: str, act: Callable[[House, Unit], Awaitable[T]]) -> T:
    """Opens the house and one transaction in a tenant; a refusal is one line."""
    settings = load_settings()
    settings.require(*_NEEDS)

    async def work() -> T:
        async with open_house(settings) as house:
            tenant = house.tenants.by_slug(slug)
            if tenant is None:
                names = ", ".join(one.slug for one in house.tenants.all()) or "none"
                raise click.ClickException(f"there is no tenant {slug}; there are: {names}")
            async with committing(house.database.unit(Scope(tenant.id))) as unit:
                return await act(house, unit)

    try:
        return asyncio.run(work())
    except MaruError as refusal:
        raise click.ClickException(_said(refusal)) from None


def _said(refusal: MaruError) -> str:
    fields = refusal.details.get("fields") or ()
    return "; ".join([str(refusal), *(str(field["message"]) for field in fields)])
