"""The passkeys of people: made by a device, kept by name, and asked for at a sign-in."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.identity.factors import challenges, passkeys, queries
from maru.identity.factors.errors import FactorNotFound, PasskeyRefused
from maru.identity.factors.models import Passkey
from maru.identity.factors.passkeys import Site
from maru_sdk.db import col, uuid7

MOST: Final = 20
"""Passkeys of one person."""


class PasskeyRing:
    """Passkeys of every tenant's people; `browser` is whatever text binds a question to one."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def of(self, unit: Unit, person_id: UUID) -> list[Passkey]:
        """The person's passkeys, the oldest first."""
        session = await unit.session()
        return list(await session.scalars(queries.PASSKEYS, {"person": person_id}))

    async def begin(
        self, unit: Unit, site: Site, browser: str, company: str, person: tuple[UUID, str, str]
    ) -> tuple[UUID, dict[str, Any]]:
        """A question for a new passkey: its id, and what the browser's API is given."""
        known = await self.of(unit, person[0])
        session = await unit.session()
        asked = await challenges.ask(session, "register", browser, self._now(), person[0])
        return asked.id, passkeys.making(site, company, person, asked.value, known)

    async def add(
        self,
        unit: Unit,
        site: Site,
        browser: str,
        person_id: UUID,
        asked: UUID,
        answer: str,
        name: str,
    ) -> UUID:
        """Keeps the passkey of an answer under a name; raises PasskeyRefused."""
        session, now = await unit.session(), self._now()
        value = await challenges.answered(session, asked, "register", browser, now, person_id)
        made = passkeys.made(site, value, answer)
        if len(await self.of(unit, person_id)) >= MOST:
            raise PasskeyRefused
        row = {
            "id": uuid7(),
            "person_id": person_id,
            "credential_id": made.credential_id,
            "public_key": made.public_key,
            "sign_count": made.sign_count,
            "transports": made.transports,
            "synced": made.synced,
            "name": name,
        }
        added = await session.scalar(
            insert(Passkey).values(row).on_conflict_do_nothing().returning(col(Passkey.id))
        )
        if added is None:
            raise PasskeyRefused
        return UUID(str(added))

    async def remove(self, unit: Unit, person_id: UUID, passkey_id: UUID) -> str:
        """Takes one of the person's passkeys away; its name. Raises FactorNotFound."""
        session = await unit.session()
        gone = await session.scalar(
            sa.delete(Passkey)
            .where(col(Passkey.id) == passkey_id, col(Passkey.person_id) == person_id)
            .returning(col(Passkey.name))
        )
        if gone is None:
            raise FactorNotFound
        return str(gone)

    async def clear(self, unit: Unit, person_id: UUID) -> None:
        """Takes all of the person's passkeys away."""
        session = await unit.session()
        await session.execute(sa.delete(Passkey).where(col(Passkey.person_id) == person_id))

    async def ask(
        self, unit: Unit, site: Site, browser: str, person_id: UUID | None
    ) -> tuple[UUID, dict[str, Any]]:
        """A question at a sign-in: to one person's devices, or to whoever is at the browser."""
        known = [] if person_id is None else await self.of(unit, person_id)
        session = await unit.session()
        asked = await challenges.ask(session, "sign_in", browser, self._now(), person_id)
        return asked.id, passkeys.asking(site, asked.value, known)

    async def prove(
        self,
        tenant_id: UUID,
        site: Site,
        browser: str,
        asked: UUID,
        answer: str,
        person_id: UUID | None,
    ) -> UUID:
        """Whose passkey answered; raises PasskeyRefused. The question is used up either way."""
        value = await self._taken(tenant_id, browser, asked, person_id)
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            session = await unit.session()
            wanted = {"credential": passkeys.named_in(answer)}
            found = (await session.scalars(queries.PASSKEY.with_for_update(), wanted)).one_or_none()
            if found is None or person_id not in (None, found.person_id):
                raise PasskeyRefused
            found.sign_count = passkeys.proved(site, value, answer, found)
            found.last_used_at = self._now()
            return found.person_id

    async def _taken(
        self, tenant_id: UUID, browser: str, asked: UUID, person_id: UUID | None
    ) -> bytes:
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            return await challenges.answered(
                await unit.session(), asked, "sign_in", browser, self._now(), person_id
            )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
