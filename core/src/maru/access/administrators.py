"""That a tenant always has somebody who can put things right."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from maru.access import queries
from maru.db.unit import Unit
from maru_sdk import Conflict


class LastAdministrator(Conflict):
    """409: nobody would be left who holds the role of administrators by their own name."""

    code = "LAST_ADMINISTRATOR"
    message = "This is the last administrator: give the role to somebody else first"


async def take_turns(unit: Unit) -> None:
    """Holds the tenant's rights until the commit, so that of two who change them the second sees
    what the first has done."""
    await unit.db.execute(queries.LOCKED)


async def keep_one(unit: Unit) -> None:
    """Raises LastAdministrator unless an active person holds the role of administrators
    everywhere, given to themselves: what a group or a department gives, a sign-in provider may
    take. Call `take_turns` before the change and this after it."""
    if await unit.db.scalar(queries.ADMINISTRATOR) is None:
        raise LastAdministrator


@asynccontextmanager
async def keeping_an_administrator(unit: Unit) -> AsyncIterator[None]:
    """Around a change of people that may cost the last administrator: raises LastAdministrator
    where there was one and none is left; one by a department counts here."""
    await take_turns(unit)
    had = await unit.db.scalar(queries.ADMINISTERED)
    yield
    if had and not await unit.db.scalar(queries.ADMINISTERED):
        raise LastAdministrator
