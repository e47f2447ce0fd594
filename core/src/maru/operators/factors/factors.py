"""The second factors of operators as a whole: those of people, in the installation's own rows."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from maru.audit.trail import Actor
from maru.crypto.keys import Keys
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.db.unit import Unit
from maru.identity.factors.factors import Factors
from maru.identity.sign_in import Origin
from maru.operators.factors.models import OPERATORS
from maru.operators.trail import By, note

_ACTIONS: Final = {
    "auth.factor_added": "operator.factor_added",
    "auth.factor_removed": "operator.factor_removed",
    "auth.recovery_codes_drawn": "operator.recovery_codes_drawn",
}


class OperatorFactors(Factors):
    """Second factors of operators; changes stand in the installation's trail."""

    def __init__(self, database: Database, keys: Keys, vault: Vault, *, asked: bool) -> None:
        """`asked` is the setting: nobody gets in without one."""
        super().__init__(database, keys, vault, _Trail(), _no_roles, rows=OPERATORS)
        self._asked = asked

    async def must(self, unit: Unit, person_id: UUID) -> bool:
        """Whether the setting asks operators for one."""
        return self._asked


class _Trail:
    """Writes to the installation's trail what else would stand in a tenant's."""

    async def write(
        self, unit: Unit, action: str, target: str, *, actor: Actor, after: Mapping[str, Any]
    ) -> None:
        """See `Trail`."""
        assert actor.operator is not None
        by = By(actor.operator, actor.address, actor.trace)
        await note(unit, _ACTIONS[action], f"operator:{actor.operator}", by, after=after)


def acting(username: str, origin: Origin) -> Actor:
    """An operator as factors name who changes them."""
    return By(username, origin.address, origin.trace).actor


async def _no_roles(tenant_id: UUID, operator_id: UUID) -> Any:
    raise NotImplementedError("operators have no roles")
