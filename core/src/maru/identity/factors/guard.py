"""Slows down whoever tries codes: only somebody who has the password gets this far, so nobody
else can close it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from maru.identity.factors.errors import TooManyCodes
from maru.identity.factors.models import FactorGuard
from maru.identity.factors.queries import Statements
from maru_sdk.db import uuid7

FREE: Final = 5
FIRST_WAIT: Final = 30
LONGEST_WAIT: Final = 900


async def admitted(
    session: AsyncSession, rows: Statements, person_id: UUID, now: datetime
) -> FactorGuard:
    """The person's guard, locked until the transaction ends: guesses at once take turns. Raises
    TooManyCodes while it is closed."""
    row = {"id": uuid7(), "person_id": person_id}
    await session.execute(insert(rows.guard_model).values(row).on_conflict_do_nothing())
    guard: FactorGuard = (await session.scalars(rows.guard, {"person": person_id})).one()
    if guard.closed_until is not None and guard.closed_until > now:
        raise TooManyCodes((guard.closed_until - now).total_seconds())
    return guard


def failed(guard: FactorGuard, now: datetime) -> None:
    """Counts a wrong code: five are free, then each costs twice the time of the one before."""
    guard.failures += 1
    if guard.failures >= FREE:
        seconds = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(10, guard.failures - FREE))
        guard.closed_until = now + timedelta(seconds=seconds)


def passed(guard: FactorGuard) -> None:
    """Forgets the wrong ones before a right one."""
    guard.failures, guard.closed_until = 0, None
