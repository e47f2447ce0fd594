"""The passkeys of people: made by a device, kept by name, and asked for at a sign-in."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.crypto.keys import Keys
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.identity.factors import passkeys, queries
from maru.identity.factors.challenges import Challenges, Purpose, Spot
from maru.identity.factors.errors import FactorNotFound, PasskeyRefused
from maru.identity.factors.models import Passkey
from maru.identity.factors.passkeys import Site
from maru_sdk.db import col, uuid7

MOST: Final = 20
"""Passkeys of one person."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks a device: `options` for the browser's API, `token` to come back."""

    token: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the question's token, and the device's answer as JSON."""

    token: str
    said: str


class PasskeyRing:
    """Passkeys of every tenant's people; `browser` is whatever text binds a question to one."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        clock: Callable[[], float],
        rows: queries.Statements = queries.PEOPLE,
    ) -> None:
        self._database = database
        self._rows = rows
        self._challenges = Challenges(keys, clock)
        self._clock = clock

    async def of(self, unit: Unit, person_id: UUID) -> list[Passkey]:
        """The person's passkeys, the oldest first."""
        session = await unit.session()
        return list(await session.scalars(self._rows.passkeys, {"person": person_id}))

    async def begin(
        self, unit: Unit, site: Site, browser: str, company: str, person: tuple[UUID, str, str]
    ) -> Question:
        """A question for a new passkey of `person` (id, user name, name)."""
        known = await self.of(unit, person[0])
        asked = self._challenges.ask(_spot(unit, "register", browser, person[0]))
        return Question(asked.token, passkeys.making(site, company, person, asked.value, known))

    async def add(
        self, unit: Unit, site: Site, browser: str, person_id: UUID, answer: Answer, name: str
    ) -> UUID:
        """Keeps the passkey of an answer under a name; raises PasskeyRefused."""
        spot = _spot(unit, "register", browser, person_id)
        value = await self._challenges.answered(unit, answer.token, spot)
        made = passkeys.made(site, value, answer.said)
        if len(await self.of(unit, person_id)) >= MOST:
            raise PasskeyRefused
        row = {"id": uuid7(), "person_id": person_id, "name": name, **asdict(made)}
        model = self._rows.passkey_model
        added = await unit.db.scalar(
            insert(model).values(row).on_conflict_do_nothing().returning(col(model.id))
        )
        if added is None:
            raise PasskeyRefused
        return UUID(str(added))

    async def remove(self, unit: Unit, person_id: UUID, passkey_id: UUID) -> str:
        """Takes one of the person's passkeys away; its name. Raises FactorNotFound."""
        session, model = await unit.session(), self._rows.passkey_model
        gone = await session.scalar(
            sa.delete(model)
            .where(col(model.id) == passkey_id, col(model.person_id) == person_id)
            .returning(col(model.name))
        )
        if gone is None:
            raise FactorNotFound
        return str(gone)

    async def clear(self, unit: Unit, person_id: UUID) -> None:
        """Takes all of the person's passkeys away."""
        session = await unit.session()
        model = self._rows.passkey_model
        await session.execute(sa.delete(model).where(col(model.person_id) == person_id))

    async def ask(self, unit: Unit, site: Site, browser: str, person_id: UUID | None) -> Question:
        """A question at a sign-in: to one person's devices, or to whoever is at the browser."""
        known = [] if person_id is None else await self.of(unit, person_id)
        asked = self._challenges.ask(_spot(unit, "sign_in", browser, person_id))
        return Question(asked.token, passkeys.asking(site, asked.value, known))

    async def prove(
        self, tenant_id: UUID, site: Site, browser: str, answer: Answer, person_id: UUID | None
    ) -> UUID:
        """Whose passkey answered; raises PasskeyRefused. The question is used up either way."""
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            spot = _spot(unit, "sign_in", browser, person_id)
            value = await self._challenges.answered(unit, answer.token, spot)
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            wanted = {"credential": passkeys.named_in(answer.said)}
            chosen = await unit.db.scalars(self._rows.passkey.with_for_update(), wanted)
            found = chosen.one_or_none()
            if found is None or person_id not in (None, found.person_id):
                raise PasskeyRefused
            found.sign_count = passkeys.proved(site, value, answer.said, found)
            found.last_used_at = datetime.fromtimestamp(self._clock(), UTC)
            owner: UUID = found.person_id
            return owner


def _spot(unit: Unit, purpose: Purpose, browser: str, person_id: UUID | None) -> Spot:
    assert unit.scope.tenant is not None
    return Spot(unit.scope.tenant, purpose, browser, person_id)
