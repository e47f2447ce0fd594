"""Writes audit lines: inserted with the change they tell of, never altered; a sealer links them
later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from maru.audit.models import AuditLine
from maru.db.unit import Unit

_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, through which plugin, from where and in which trace; `operator` is the user name of
    one who is no person of the tenant."""

    person_id: UUID | None = None
    plugin: str = "core"
    address: str | None = None
    trace: str | None = None
    operator: str | None = None


NOBODY: Final = Actor()


class AuditTrail:
    """The trail of every tenant; a line belongs to the tenant of its unit of work."""

    async def write(
        self,
        unit: Unit,
        action: str,
        target: str,
        *,
        actor: Actor = NOBODY,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes one line in the unit's transaction: `write(unit, "plugin.enabled",
        "plugin:board")`."""
        session = await unit.session()
        await session.execute(
            sa.insert(AuditLine),
            [
                {
                    "person_id": actor.person_id,
                    "plugin": actor.plugin,
                    "action": action[:_LONGEST],
                    "target": target[:_LONGEST],
                    "address": actor.address,
                    "trace": actor.trace,
                    "operator": actor.operator,
                    "before": None if before is None else dict(before),
                    "after": None if after is None else dict(after),
                }
            ],
        )
