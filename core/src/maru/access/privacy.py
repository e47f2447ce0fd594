"""Things that are open to those alone who were given a role for them by name: a board of the
personnel department, say. What people hold everywhere or for a department doesn't reach them;
administrators see them as everything."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.access import queries
from maru.access.models import PrivateResource
from maru.access.resources import check_resource
from maru.audit.trail import NOBODY, Actor, AuditTrail
from maru.db.unit import Unit
from maru_sdk.db import col, uuid7

Told = Callable[[Unit, UUID | None], Awaitable[None]]


class Privacy:
    """Makes things private and open again, in the unit of work of its caller."""

    def __init__(self, audit: AuditTrail, changed: Told) -> None:
        self._audit, self._changed = audit, changed

    async def close(self, unit: Unit, resource: str, *, actor: Actor = NOBODY) -> None:
        """Only those whom a grant names it to come in from now on; twice is once. Raises
        ResourceInvalid."""
        check_resource(resource)
        row = {"id": uuid7(), "resource": resource}
        made = await unit.db.scalar(
            insert(PrivateResource)
            .values(row)
            .on_conflict_do_nothing()
            .returning(col(PrivateResource.id))
        )
        if made is not None:
            await self._tell(unit, "rights.made_private", resource, actor)

    async def open(self, unit: Unit, resource: str, *, actor: Actor = NOBODY) -> None:
        """Whoever holds a right everywhere or for its department comes in again."""
        gone = await unit.db.scalar(
            sa.delete(PrivateResource)
            .where(col(PrivateResource.resource) == resource)
            .returning(col(PrivateResource.id))
        )
        if gone is not None:
            await self._tell(unit, "rights.made_open", resource, actor)

    async def is_private(self, unit: Unit, resource: str) -> bool:
        """Whether it is."""
        return await unit.db.scalar(queries.PRIVATE_ONE, {"resource": resource}) is not None

    async def _tell(self, unit: Unit, action: str, resource: str, actor: Actor) -> None:
        await self._audit.write(unit, action, f"resource:{resource}", actor=actor)
        await self._changed(unit, None)
