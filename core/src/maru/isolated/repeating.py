"""A request that is sent again after our side has died: its answer stands where its effect does."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru.api.errors import KeyReused
from maru.db.unit import Unit
from maru.isolated.bounds import through
from maru_sdk import Conflict, RateLimited

_CLAIM: Final = sa.text("SELECT maru.isolated_claim(:key, :hash)")
_KEEP: Final = sa.text("SELECT maru.isolated_keep(:key, :said)").bindparams(
    sa.bindparam("said", type_=JSONB)
)

Once = Mapping[str, str] | None


async def kept(unit: Unit, once: Once) -> dict[str, Any] | None:
    """The answer to repeat, or None where the work is to be done now."""
    if once is None:
        return None
    found = await through(unit, _CLAIM, once, RateLimited)
    if found is None:
        return None
    if not found["same"]:
        raise KeyReused
    if not isinstance(found["answer"], dict):
        raise Conflict
    return dict(found["answer"])


async def keep(unit: Unit, once: Once, answer: Mapping[str, Any]) -> None:
    """Keep the answer of the work, in the transaction of its effect."""
    if once is not None:
        await unit.db.flush()
        await unit.db.execute(_KEEP, {"key": once["key"], "said": dict(answer)})
