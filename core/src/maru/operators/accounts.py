"""Makes operators and sets their passwords, for the command line alone: no page can."""

import re
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.crypto.passwords import Passwords
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import Unit, committing
from maru.identity.policy import check_password
from maru.identity.sign_in import fold
from maru.operators.errors import OperatorExists, OperatorUnknown
from maru.operators.factors.models import OPERATORS as FACTORS
from maru.operators.models import Operator, OperatorSession
from maru.operators.queries import CREDENTIALS, OPERATORS, OperatorRow
from maru.operators.trail import COMMAND, note
from maru_sdk import InvalidInput
from maru_sdk.db import col, uuid7

_USERNAME: Final = re.compile(r"[\w.+-]{1,64}")


class OperatorAccounts:
    """The operators of an installation, as the system role."""

    def __init__(self, system: Database, passwords: Passwords) -> None:
        self._system, self._passwords = system, passwords

    async def all(self) -> list[OperatorRow]:
        """All of them, by user name."""
        return list(await self._system.unit(NOBODY, readonly=True).read(OPERATORS))

    async def create(self, username: str, name: str, password: str) -> None:
        """A new operator; raises OperatorExists."""
        if not _USERNAME.fullmatch(username):
            raise InvalidInput("A user name has letters, digits and . _ + - only, at most 64")
        check_password(password, username)
        if not await self._add(username, name.strip() or username, password):
            raise OperatorExists(username=username)

    async def of_demo(self, username: str, name: str, password: str) -> None:
        """The demo's operator, whose password may be as weak as its starter likes."""
        found = await self._system.unit(NOBODY, readonly=True).read(CREDENTIALS, key=fold(username))
        if not found:
            await self._add(username, name, password)
        elif not (await self._passwords.verify(found[0].password_hash, password)).right:
            hashed = await self._passwords.hash(password)
            await self._change(username, "operator.password_set", password_hash=hashed)

    async def _add(self, username: str, name: str, password: str) -> bool:
        row = {
            "id": uuid7(),
            "username": username,
            "username_key": fold(username),
            "name": name,
            "password_hash": await self._passwords.hash(password),
        }
        async with committing(self._system.unit(NOBODY)) as unit:
            adding = insert(Operator).values(row).on_conflict_do_nothing()
            made = await unit.db.scalar(adding.returning(col(Operator.id)))
            if made is not None:
                await note(unit, "operator.created", f"operator:{username}", COMMAND)
        return made is not None

    async def set_password(self, username: str, password: str) -> None:
        """A new password, which ends the operator's sessions; raises OperatorUnknown."""
        check_password(password, username)
        hashed = await self._passwords.hash(password)
        await self._change(username, "operator.password_set", password_hash=hashed)

    async def disable(self, username: str) -> None:
        """Lets the operator sign in no more; what they have done stays. Raises OperatorUnknown."""
        await self._change(username, "operator.disabled", state="disabled")

    async def enable(self, username: str) -> None:
        """Lets the operator sign in again; raises OperatorUnknown."""
        await self._change(username, "operator.enabled", state="active")

    async def forget_factors(self, username: str) -> None:
        """Takes all second factors of an operator away, whose phone is lost; their sessions end.
        Raises OperatorUnknown."""
        async with committing(self._system.unit(NOBODY)) as unit:
            found = await unit.read(CREDENTIALS, key=fold(username))
            if not found:
                raise OperatorUnknown(username=username)
            for model in FACTORS.models:
                await unit.db.execute(sa.delete(model).where(col(model.person_id) == found[0].id))
            await _end_all(unit, found[0].id)
            await note(unit, "operator.factors_reset", f"operator:{username}", COMMAND)

    async def _change(self, username: str, action: str, **values: object) -> None:
        async with committing(self._system.unit(NOBODY)) as unit:
            changed = (
                sa.update(Operator)
                .where(col(Operator.username_key) == fold(username))
                .values(**values, updated_at=sa.func.now())
            )
            found = await unit.db.scalar(changed.returning(col(Operator.id)))
            if found is None:
                raise OperatorUnknown(username=username)
            await _end_all(unit, found)
            await note(unit, action, f"operator:{username}", COMMAND)


async def _end_all(unit: Unit, operator_id: object) -> None:
    await unit.db.execute(
        sa.update(OperatorSession)
        .where(
            col(OperatorSession.operator_id) == operator_id, col(OperatorSession.ended_at).is_(None)
        )
        .values(ended_at=sa.func.now())
    )
