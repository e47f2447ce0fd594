"""Which steps of the demo's seeding are done: a row per tenant, written with each step."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.crypto.passwords import Passwords
from maru.db.database import Database
from maru.db.scope import NOBODY, Scope
from maru.db.unit import Unit
from maru.demo.companies import COMPANIES

PEOPLE: Final = "people"
PLUGINS: Final = "plugins"
DATA: Final = "data"
ALL: Final = frozenset({PEOPLE, PLUGINS, DATA})
ROW: Final = "core.demo"

# Text, since the models' module would bring half the house along at every start of a demo.
_TENANTS: Final = sa.text("SELECT id FROM maru.tenant WHERE slug = ANY(:slugs)")
_STEPS: Final = sa.text("SELECT content->'steps' FROM maru.setting WHERE plugin = :row")
_HASH: Final = sa.text("SELECT password_hash FROM maru.person WHERE username_key = 'admin'")


async def is_complete(database: Database, passwords: Passwords, password: str) -> bool:
    """Whether both companies are whole and their users have this password."""
    slugs = [company.slug for company in COMPANIES]
    async with database.unit(NOBODY, readonly=True) as unit:
        found = await (await unit.session()).scalars(_TENANTS, {"slugs": slugs})
        tenants: list[UUID] = list(found)
    if len(tenants) < len(slugs):
        return False
    for tenant_id in tenants:
        async with database.unit(Scope(tenant_id), readonly=True) as unit:
            if not await _is_whole(unit, passwords, password):
                return False
    return True


async def _is_whole(unit: Unit, passwords: Passwords, password: str) -> bool:
    session = await unit.session()
    steps = await session.scalar(_STEPS, {"row": ROW})
    if not frozenset(steps or ()) >= ALL:
        return False
    stored = await session.scalar(_HASH)
    return (await passwords.verify(stored, password)).right
