"""Recovery codes: drawn, shown until the person keeps them, then known by their hashes alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
import sqlalchemy as sa

from maru.crypto.keys import Keys
from maru.crypto.vault import Vault
from maru.db.unit import Unit
from maru.identity.factors import queries, recovery
from maru.identity.factors.sealing import seal, unseal
from maru_sdk.db import col, uuid7

SHOWN: Final = timedelta(minutes=30)
ABOUT: Final = "recovery_sheet:{}:codes"


class Sheets:
    """Recovery codes of every tenant's people."""

    def __init__(
        self,
        keys: Keys,
        vault: Vault,
        clock: Callable[[], float],
        rows: queries.Statements = queries.PEOPLE,
    ) -> None:
        self._rows = rows
        self._keys = keys
        self._vault = vault
        self._clock = clock

    async def draw(self, unit: Unit, person_id: UUID) -> None:
        """Ten new codes in place of those there were."""
        codes = recovery.drawn()
        await self.forget(unit, person_id)
        rows = [
            {
                "id": uuid7(),
                "person_id": person_id,
                "code_hash": recovery.hashed(self._keys, person_id, code),
            }
            for code in codes
        ]
        session, sheet = await unit.session(), uuid7()
        await session.execute(sa.insert(self._rows.code_model), rows)
        text = orjson.dumps(codes).decode()
        shown = {
            "id": sheet,
            "person_id": person_id,
            "codes": await seal(self._vault, unit, text, ABOUT.format(sheet)),
            "shown_until": self._now() + SHOWN,
        }
        await session.execute(sa.insert(self._rows.sheet_model), [shown])

    async def shown(self, unit: Unit, person_id: UUID) -> list[str]:
        """The codes while they may be seen; empty afterwards."""
        session = await unit.session()
        found = (await session.scalars(self._rows.sheet, {"person": person_id})).one_or_none()
        if found is None or found.shown_until < self._now():
            return []
        text = await unseal(self._vault, unit, found.codes, ABOUT.format(found.id))
        codes: list[str] = orjson.loads(text)
        return codes

    async def kept(self, unit: Unit, person_id: UUID) -> None:
        """The person has them on paper: nobody sees them again."""
        session, model = await unit.session(), self._rows.sheet_model
        await session.execute(sa.delete(model).where(col(model.person_id) == person_id))

    async def forget(self, unit: Unit, person_id: UUID) -> None:
        """Takes the person's codes away."""
        await self.kept(unit, person_id)
        session, model = await unit.session(), self._rows.code_model
        await session.execute(sa.delete(model).where(col(model.person_id) == person_id))

    async def left(self, unit: Unit, person_id: UUID) -> int:
        """How many haven't been used."""
        session = await unit.session()
        return int(await session.scalar(self._rows.codes_left, {"person": person_id}) or 0)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
