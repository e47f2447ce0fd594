"""How a command works inside the house: opened for it alone, refusals said in one line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from maru.house import House, open_house
from maru.observability.log import Journal, own_last_words, route_standard_logging
from maru.settings import load_settings
from maru_sdk import MaruError, Tenant

T = TypeVar("T")

_NEEDS = ("database_url", "redis_queue_url", "redis_cache_url", "redis_live_url", "secret_key")


def in_house(act: Callable[[House], Awaitable[T]], *needs: str) -> T:
    """Opens the house for one command; what a plugin or rule refuses becomes a ClickException."""
    settings = load_settings()
    settings.require(*_NEEDS, *needs)

    async def work() -> T:
        async with open_house(settings) as house:
            return await act(house)

    journal = Journal("command", settings.log_level)
    if not logging.getLogger().handlers:  # whoever runs commands in a process of theirs has some
        route_standard_logging(journal)
        own_last_words(journal)
    try:
        return asyncio.run(work())
    except MaruError as refusal:
        raise click.ClickException(str(refusal)) from None
    finally:
        journal.settle()


def tenant_of(house: House, slug: str) -> Tenant:
    """The tenant of this slug; a ClickException names those that there are."""
    tenant = house.tenants.by_slug(slug)
    if tenant is None:
        names = ", ".join(one.slug for one in house.tenants.all()) or "none"
        raise click.ClickException(f"there is no tenant {slug}; there are: {names}")
    return tenant
