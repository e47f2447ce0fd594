"""What a person has sought lately, shown to nobody else, and forgotten when they say so."""

import logging
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.plugins.context import Call
from maru.search import queries

log = logging.getLogger(__name__)

MOST: Final = 8
_SHORTEST: Final = 2


async def lately(call: Call, person: UUID) -> list[str]:
    """What this person has sought, the latest first."""
    rows = await call.unit.read(queries.LATELY, person=person)
    return rows[0].texts if rows else []


async def remember(call: Call, person: UUID, text: str) -> None:
    """Puts a text before the others, in a transaction of its own: a search that can't be
    remembered is answered all the same."""
    known = await lately(call, person)
    if len(text) < _SHORTEST or known[:1] == [text]:
        return
    told = {"person": person, "text": text, "most": MOST}
    try:
        async with committing(call.services.database.unit(Scope(call.tenant.id))) as unit:
            await unit.db.execute(queries.REMEMBER, told)
    except (SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError) as fault:
        log.warning("a search isn't remembered: %s", fault)


async def forget(call: Call, person: UUID) -> None:
    """Forgets them all."""
    await call.unit.db.execute(queries.FORGET_LATELY, {"person": person})
