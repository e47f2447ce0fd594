"""Makes accounts and sets passwords, for whoever administers a tenant."""

import re
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from maru.audit.trail import NOBODY, Actor, AuditTrail
from maru.crypto.passwords import Passwords, is_hash
from maru.db.unit import Unit
from maru.identity import queries
from maru.identity.errors import UserNotFound
from maru.identity.models import Person
from maru.identity.names import sought
from maru.identity.people import People
from maru.identity.policy import check_password
from maru.identity.sessions import Sessions
from maru.identity.sign_in import fold
from maru.tenancy.errors import quota_of
from maru_sdk import Conflict, InvalidInput
from maru_sdk.db import col, uuid7

_USERNAME: Final = re.compile(r"[\w.+-]{1,64}")


class UserExists(Conflict):
    """409: the tenant has a person of this user name."""

    code = "USER_EXISTS"
    message = "There is already a user {username}"


class Accounts:
    """Changes people's accounts in the unit of work of its caller."""

    def __init__(
        self, people: People, sessions: Sessions, audit: AuditTrail, passwords: Passwords
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._audit = audit
        self._passwords = passwords

    async def create(
        self,
        unit: Unit,
        username: str,
        name: str,
        *,
        email: str | None = None,
        password: str | None = None,
        hashed: str | None = None,
        actor: Actor = NOBODY,
    ) -> UUID:
        """A new person; without a password nobody can sign in as them yet. `hashed` is a hash that
        another system hands over. Raises UserExists, or QuotaReached."""
        row = {**_checked(username, name), "id": uuid7(), "email": email}
        row["email_key"] = fold(email) if email else None
        if password is not None:
            await self._judge(unit, password, username, name, email or "")
            row["password_hash"] = await self._passwords.hash(password)
        elif hashed is not None:
            row["password_hash"] = checked_hash(hashed)
        session = await unit.session()
        adding = insert(Person).values(row).on_conflict_do_nothing().returning(col(Person.id))
        try:
            made = await session.scalar(adding)
        except DBAPIError as error:
            raise quota_of(error) or error from None
        if made is None:
            raise UserExists(username=username)
        said = {"username": username, "name": name, "email": email}
        await self._audit.write(unit, "person.created", f"person:{made}", actor=actor, after=said)
        await self._people.changed(unit, made)
        return UUID(str(made))

    async def set_password(
        self, unit: Unit, username: str, password: str, *, actor: Actor = NOBODY
    ) -> None:
        """Sets a person's password and ends all their sessions. Raises UserNotFound."""
        await self._judge(unit, password, username)
        found = next(iter(await unit.read(queries.CREDENTIALS, key=fold(username))), None)
        if found is None:
            raise UserNotFound
        hashed = await self._passwords.hash(password)
        await (await unit.session()).execute(
            sa.update(Person)
            .where(col(Person.id) == found.id)
            .values(password_hash=hashed, password_changed_at=sa.func.now())
        )
        await self._sessions.end_all(unit, found.id, "password")
        await self._audit.write(unit, "auth.password_set", f"person:{found.id}", actor=actor)

    async def _judge(self, unit: Unit, password: str, *names: str) -> None:
        assert unit.scope.tenant is not None
        policy = await self._sessions.policy_of(unit.scope.tenant)
        check_password(password, *names, policy=policy)


def checked_hash(hashed: str) -> str:
    """A hash as it can be stored: of bcrypt or Argon2id; raises InvalidInput for anything else."""
    if not is_hash(hashed):
        raise InvalidInput("This is no password hash of bcrypt or Argon2id")
    return hashed


def _checked(username: str, name: str) -> dict[str, object]:
    if not _USERNAME.fullmatch(username):
        raise InvalidInput("A user name has letters, digits and . _ + - only, at most 64")
    if not name.strip() or len(name) > 200 or "\x00" in name:
        raise InvalidInput("A person needs a name")
    return {
        "username": username,
        "username_key": fold(username),
        "name": name.strip(),
        **sought(name),
    }
