"""Codes of an app: set up, used and taken away. A code on paper does where one is asked for."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.crypto.keys import Keys
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.identity.factors import guard, queries, recovery, totp
from maru.identity.factors.errors import CodeWrong, FactorNotFound, FactorThere
from maru.identity.factors.models import Authenticator
from maru.identity.factors.sealing import seal, unseal
from maru_sdk.db import col, uuid7

Used = Literal["totp", "recovery"]
ABOUT: Final = "authenticator:{}:secret"


class Apps:
    """Authenticator apps of every tenant's people, or of whose rows they are."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        vault: Vault,
        clock: Callable[[], float],
        rows: queries.Statements = queries.PEOPLE,
    ) -> None:
        self._database = database
        self._keys = keys
        self._vault = vault
        self._clock = clock
        self._rows = rows

    async def begin(self, unit: Unit, person_id: UUID) -> str:
        """A new secret, which counts once a code of it is shown; one that waits is replaced.

        Raises FactorThere where an app is set up.
        """
        session = await unit.session()
        app = (await session.scalars(self._rows.app, {"person": person_id})).one_or_none()
        if app is not None and app.confirmed_at is not None:
            raise FactorThere
        if app is None:
            app = self._rows.app_model(id=uuid7(), person_id=person_id, secret="")
            session.add(app)
        secret = totp.new_secret()
        app.secret = await seal(self._vault, unit, secret, ABOUT.format(app.id))
        return secret

    async def waiting(self, unit: Unit, person_id: UUID) -> str:
        """The secret that waits for its first code; raises FactorNotFound."""
        session = await unit.session()
        app = (await session.scalars(self._rows.app, {"person": person_id})).one_or_none()
        if app is None or app.confirmed_at is not None:
            raise FactorNotFound
        return await self._opened(unit, app)

    async def confirm(self, unit: Unit, person_id: UUID, code: str) -> None:
        """Has the app count from its first right code on; raises CodeWrong or FactorNotFound."""
        session = await unit.session()
        app = (await session.scalars(self._rows.app, {"person": person_id})).one_or_none()
        if app is None or app.confirmed_at is not None:
            raise FactorNotFound
        secret = await self._opened(unit, app)
        step = totp.matching_step(secret, code, self._clock())
        if step is None:
            raise CodeWrong
        app.confirmed_at, app.last_step = self._now(), step

    async def there(self, unit: Unit, person_id: UUID) -> bool:
        """Whether the person has one that counts."""
        session = await unit.session()
        app = (await session.scalars(self._rows.app, {"person": person_id})).one_or_none()
        return app is not None and app.confirmed_at is not None

    async def remove(self, unit: Unit, person_id: UUID) -> bool:
        """Takes the app away; whether there was one that counted."""
        session = await unit.session()
        app = self._rows.app_model
        gone = await session.execute(
            sa.delete(app).where(col(app.person_id) == person_id).returning(col(app.confirmed_at))
        )
        return any(row.confirmed_at is not None for row in gone)

    async def prove(self, tenant_id: UUID, person_id: UUID, code: str) -> Used:
        """What kind of code this is; it is used up by that. Raises CodeWrong or TooManyCodes.

        Wrong codes are counted in a unit of their own, which stays though the request is refused.
        """
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            session, now = await unit.session(), self._now()
            watch = await guard.admitted(session, self._rows, person_id, now)
            used = await self._used(unit, person_id, code)
            if used is None:
                guard.failed(watch, now)
            else:
                guard.passed(watch)
        if used is None:
            raise CodeWrong
        return used

    async def _used(self, unit: Unit, person_id: UUID, code: str) -> Used | None:
        if await self._take_step(unit, person_id, code):
            return "totp"
        session = await unit.session()
        hashed = recovery.hashed(self._keys, person_id, code)
        taken = await session.execute(self._rows.take_code, {"person": person_id, "hash": hashed})
        return None if taken.one_or_none() is None else "recovery"

    async def _take_step(self, unit: Unit, person_id: UUID, code: str) -> bool:
        session = await unit.session()
        app = (await session.scalars(self._rows.app, {"person": person_id})).one_or_none()
        if app is None or app.confirmed_at is None:
            return False
        secret = await self._opened(unit, app)
        step = totp.matching_step(secret, code, self._clock())
        if step is None:
            return False
        taken = await session.execute(self._rows.take_step, {"person": person_id, "step": step})
        return taken.one_or_none() is not None

    async def _opened(self, unit: Unit, app: Authenticator) -> str:
        return await unseal(self._vault, unit, app.secret, ABOUT.format(app.id))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
