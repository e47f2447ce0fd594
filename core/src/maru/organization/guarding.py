"""Who administers people doesn't raise themselves by it, nor take an administrator's account.

A department gives the roles that it holds to everybody who has a post there, and its head the role
of managers: so a move may be worth as much as a grant.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from maru.access.giver import AdministratorsOnly, BeyondOwn, Giver
from maru.access.granted import Granted
from maru.access.queries import ADMINISTRATORS
from maru.audit.trail import Actor
from maru.organization.calling import call_of
from maru_sdk import Context

TAKES_OVER: Final = frozenset({"username", "email", "state"})


@asynccontextmanager
async def within_own_rights(
    ctx: Context, taken: frozenset[UUID] = frozenset()
) -> AsyncIterator[None]:
    """Around a change of people or departments. Raises AdministratorsOnly where somebody who is no
    administrator makes one, or changes by what one of `taken` signs in, and BeyondOwn where they
    would hold more than before."""
    before = await _giver(ctx)
    if before.is_administrator:
        yield
        return
    administrators = await _administrators(ctx)
    if taken & administrators:
        raise AdministratorsOnly
    yield
    if not await _administrators(ctx) <= administrators:
        raise AdministratorsOnly
    if gained := sorted(_gained(before.rights, (await _giver(ctx)).rights)):
        raise BeyondOwn(permissions=", ".join(gained))


async def _giver(ctx: Context) -> Giver:
    return await Giver.of(call_of(ctx).unit, Actor(ctx.me.id))


async def _administrators(ctx: Context) -> set[UUID]:
    return set((await ctx.db.scalars(ADMINISTRATORS)).all())


def _gained(before: Granted, after: Granted) -> set[str]:
    more = set(after.permissions - before.permissions)
    for name, where in after.departments.items():
        if name not in before.permissions and not where <= before.departments.get(
            name, frozenset()
        ):
            more.add(name)
    return more
