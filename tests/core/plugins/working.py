"""Short ways for tests to work in a tenant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from tests.plugins.process import Process

from maru.db import Scope
from maru.plugins.context import Call, open_call
from maru_sdk import ContextSeed


def tenant(scope: Scope) -> UUID:
    """The tenant's id."""
    assert scope.tenant is not None
    return scope.tenant


@asynccontextmanager
async def call_in(of: Process, scope: Scope, *, readonly: bool = False) -> AsyncIterator[Call]:
    """A piece of work in a tenant, on behalf of nobody."""
    seed = ContextSeed(tenant=tenant(scope), plugin="core")
    async with open_call(of.services, seed, readonly=readonly) as call:
        yield call


async def enable(of: Process, scope: Scope, *keys: str) -> bool:
    """Switches plugins on; whether the last was off."""
    done = False
    for key in keys:
        async with call_in(of, scope) as call:
            done = await of.services.switchboard.enable(call, key)
    return done


async def disable(of: Process, scope: Scope, key: str) -> bool:
    """Switches a plugin off."""
    async with call_in(of, scope) as call:
        return await of.services.switchboard.disable(call, key)
