"""Who acts upon tenants, and the trail of the installation that keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from maru.audit.trail import Actor
from maru.db.unit import Unit
from maru.operators.models import OperatorLine

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class By:
    """An operator by user name, or the command line, and from where."""

    operator: str
    address: str | None = None
    trace: str | None = None

    @property
    def actor(self) -> Actor:
        """The same as a tenant's trail names it."""
        return Actor(None, "operator", self.address, self.trace, self.operator)


COMMAND = By("command line")


async def note(
    unit: Unit,
    action: str,
    target: str,
    by: By | None,
    *,
    tenant: UUID | None = None,
    address: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Writes a line of the installation's trail in the unit's transaction."""
    row = {
        "operator": None if by is None else by.operator,
        "action": action[:_LONGEST],
        "target": target[:_LONGEST],
        "tenant": tenant,
        "address": address if by is None else by.address,
        "trace": None if by is None else by.trace,
        "before": None if before is None else dict(before),
        "after": None if after is None else dict(after),
    }
    await unit.db.execute(sa.insert(OperatorLine), [row])
