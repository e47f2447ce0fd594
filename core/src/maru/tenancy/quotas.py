"""Asks beforehand what the database would refuse afterwards, so that nobody waits for it."""

from typing import Final

import sqlalchemy as sa

from maru.db.unit import Unit
from maru.tenancy.errors import QuotaReached

_ROOM: Final = sa.text(
    """
    SELECT t.quota_people AS most, (SELECT count(*) FROM maru.person WHERE state = 'active') AS held
      FROM maru.tenant t WHERE t.id = maru.tenant() AND t.quota_people IS NOT NULL
    """
)


async def require_people(unit: Unit, more: int) -> None:
    """Raises QuotaReached where the unit's tenant has no room for so many people more."""
    if more <= 0:
        return
    row = (await unit.db.execute(_ROOM)).one_or_none()
    if row is not None and row.held + more > row.most:
        raise QuotaReached(quota="people", limit=row.most)
