"""Whom an account elsewhere is here: found by issuer and subject, made or matched at the first
time where an admin allows it, and kept as the provider describes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.access.administrators import LastAdministrator, keeping_an_administrator
from maru.access.groups import Groups
from maru.access.permissions import MEMBER
from maru.access.roles import Roles
from maru.audit.trail import Actor, AuditTrail
from maru.db.unit import Unit
from maru.events.log import EventLog
from maru.federation import queries
from maru.federation.claimed import Claimed
from maru.federation.errors import (
    AccountTaken,
    LinkedElsewhere,
    PersonInactive,
    PersonUnknown,
)
from maru.federation.models import ExternalIdentity
from maru.federation.profile import changes_of
from maru.federation.queries import Candidate, Known
from maru.federation.settings import ProviderSettings
from maru.identity.accounts import Accounts, UserExists
from maru.identity.models import Person
from maru.identity.names import sought
from maru.identity.people import People
from maru.identity.sign_in import fold
from maru_sdk import InvalidInput, NotFound
from maru_sdk.db import col, uuid7
from maru_sdk.directory import PersonMoved


class LinkNotFound(NotFound):
    """404: the person has no such account elsewhere."""

    code = "SIGN_IN_LINK_NOT_FOUND"
    message = "There is no such linked account"


@dataclass(frozen=True, slots=True)
class Vouching:
    """Who vouches, and by which settings."""

    key: str
    settings: ProviderSettings
    actor: Actor
    hint: str | None = None


class Identities:
    """The people behind accounts elsewhere, in the unit of work of its caller."""

    def __init__(
        self,
        people: People,
        accounts: Accounts,
        roles: Roles,
        groups: Groups,
        audit: AuditTrail,
        events: EventLog,
        clock: Callable[[], float],
    ) -> None:
        self._people, self._accounts = people, accounts
        self._events = events
        self._roles, self._groups = roles, groups
        self._audit, self._clock = audit, clock

    async def person(self, unit: Unit, account: Claimed, by: Vouching) -> UUID:
        """The person, brought up to date; raises PersonUnknown, PersonInactive, AccountTaken or
        LinkedElsewhere."""
        known = await self._known(unit, account)
        if known is None:
            known = await self._first(unit, account, by)
        if known.state != "active":
            raise PersonInactive(f"person:{known.person_id}")
        if by.settings.refresh:
            await self._refresh(unit, known.person_id, account, by)
        roles = await self._give(unit, known, account, by)
        if account.groups is not None:
            await self._groups.set_from(
                unit, known.person_id, by.key, account.groups, actor=by.actor
            )
        seen = datetime.fromtimestamp(self._clock(), UTC)
        values = {"last_seen_at": seen, "roles": roles, "provider": by.key, "hint": by.hint}
        await (await unit.session()).execute(
            sa.update(ExternalIdentity).where(col(ExternalIdentity.id) == known.id).values(**values)
        )
        return known.person_id

    async def link(self, unit: Unit, account: Claimed, person_id: UUID, by: Vouching) -> None:
        """Links an account to somebody who is signed in; raises LinkedElsewhere."""
        known = await self._known(unit, account)
        if known is None:
            known = await self._linked(unit, account, person_id, by)
        if known.person_id != person_id:
            raise LinkedElsewhere(f"linked to person:{known.person_id}")

    async def unlink(self, unit: Unit, person_id: UUID, link: UUID, actor: Actor) -> None:
        """Takes a link away; raises LinkNotFound."""
        session = await unit.session()
        gone = (
            await session.execute(
                sa.delete(ExternalIdentity)
                .where(
                    col(ExternalIdentity.id) == link, col(ExternalIdentity.person_id) == person_id
                )
                .returning(col(ExternalIdentity.issuer), col(ExternalIdentity.subject))
            )
        ).one_or_none()
        if gone is None:
            raise LinkNotFound
        before = {"issuer": gone.issuer, "subject": gone.subject}
        await self._audit.write(
            unit, "auth.unlinked", f"person:{person_id}", actor=actor, before=before
        )

    async def _known(self, unit: Unit, account: Claimed) -> Known | None:
        found = await unit.read(queries.KNOWN, issuer=account.issuer, subject=account.subject)
        return next(iter(found), None)

    async def _first(self, unit: Unit, account: Claimed, by: Vouching) -> Known:
        """The first time that this account comes: somebody who is here already, or a new person."""
        found = await self._matching(unit, account, by.settings)
        if found is not None:
            return await self._linked(unit, account, found.id, by)
        if by.settings.first_sign_in != "create":
            raise PersonUnknown(f"{account.issuer} {account.subject}")
        return await self._linked(unit, account, await self._made(unit, account, by), by)

    async def _matching(
        self, unit: Unit, account: Claimed, settings: ProviderSettings
    ) -> Candidate | None:
        """The one person whom the claim names that an admin has chosen to trust."""
        if settings.match == "nothing":
            return None
        value: str | None = getattr(account, settings.match)
        if not value or (settings.match == "email" and not account.email_verified):
            return None
        sought = value if settings.match == "employee_number" else fold(value)
        found = list(await unit.read(queries.BY_CLAIM[settings.match], value=sought))
        return found[0] if len(found) == 1 else None

    async def _made(self, unit: Unit, account: Claimed, by: Vouching) -> UUID:
        """A new person; without a user name of its own the part before the @ serves."""
        username = (account.username or account.email or "").partition("@")[0]
        try:
            made = await self._accounts.create(
                unit, username, account.name or username, email=account.email, actor=by.actor
            )
        except UserExists as error:
            raise AccountTaken(f"user name {username}") from error
        except InvalidInput as error:
            raise PersonUnknown(f"no account can be made: {error}") from error
        await self._roles.grant(unit, MEMBER, "person", made, actor=by.actor)
        await self._refresh(unit, made, account, by)
        return made

    async def _linked(self, unit: Unit, account: Claimed, person_id: UUID, by: Vouching) -> Known:
        """A new link. A person has one account of an issuer: a second one that claims to be them
        is somebody who was given a name that was free again."""
        for other in await unit.read(queries.LINKED, person=person_id):
            if other.issuer == account.issuer:
                raise LinkedElsewhere(f"person:{person_id} is {other.subject} there")
        row = {
            "id": uuid7(),
            "person_id": person_id,
            "provider": by.key,
            "issuer": account.issuer,
            "subject": account.subject,
        }
        session = await unit.session()
        made = await session.scalar(
            insert(ExternalIdentity)
            .values(row)
            .on_conflict_do_nothing()
            .returning(col(ExternalIdentity.id))
        )
        if made is not None:
            after = {"provider": by.key, "issuer": account.issuer, "subject": account.subject}
            await self._audit.write(
                unit, "auth.linked", f"person:{person_id}", actor=by.actor, after=after
            )
        known = await self._known(unit, account)
        assert known is not None
        return known

    async def _refresh(self, unit: Unit, person_id: UUID, account: Claimed, by: Vouching) -> None:
        """Takes over what the provider says and we have otherwise."""
        (now,) = await unit.read(queries.PROFILE, person=person_id)
        places = list(await unit.read(queries.PLACES)) if account.department else []
        rungs = list(await unit.read(queries.POSITIONS)) if account.position else []
        changes = changes_of(account, now, places, rungs)
        if number := changes.get("employee_number"):
            owners = await unit.read(queries.BY_CLAIM["employee_number"], value=number)
            if any(one.id != person_id for one in owners):
                del changes["employee_number"]
        if not changes:
            return
        before = {name: _plain(getattr(now, name)) for name in changes}
        stored = {**changes, **_derived(changes)}
        session = await unit.session()
        await session.execute(sa.update(Person).where(col(Person.id) == person_id).values(**stored))
        after = {name: _plain(value) for name, value in changes.items()}
        await self._audit.write(
            unit,
            "person.changed",
            f"person:{person_id}",
            actor=by.actor,
            before=before,
            after=after,
        )
        if "department_id" in changes:
            await self._moved(unit, person_id, changes["department_id"], now.department_id)
        await self._people.changed(unit, person_id)

    async def _moved(self, unit: Unit, person_id: UUID, there: UUID, was: UUID | None) -> None:
        assert unit.scope.tenant is not None
        event = PersonMoved(person_id=person_id, department_id=there, was=was)
        await self._events.publish(unit, event, tenant_id=unit.scope.tenant)

    async def _give(
        self, unit: Unit, known: Known, account: Claimed, by: Vouching
    ) -> Sequence[str]:
        """Gives the roles that the claims stand for, and takes back those that claims gave once
        and stand for no more. What an admin has given is left alone."""
        if account.roles is None:
            return known.roles
        existing = {one.key for one in await unit.read(queries.ROLE_KEYS)}
        wanted = _wanted(account.roles, by.settings) & existing
        held = {one.key for one in await unit.read(queries.HELD, person=known.person_id)}
        ours = set(known.roles)
        kept = {
            role
            for role in sorted((ours - wanted) & existing)
            if not await self._taken(unit, role, known.person_id, by)
        }
        for role in sorted(wanted - held):
            await self._roles.grant(unit, role, "person", known.person_id, actor=by.actor)
        return sorted((wanted & ours) | (wanted - held) | kept)

    async def _taken(self, unit: Unit, role: str, person_id: UUID, by: Vouching) -> bool:
        """Takes a role back; False for that of the last administrator, who keeps it until there
        is another one: no provider may leave a tenant without."""
        session = await unit.session()
        try:
            async with session.begin_nested(), keeping_an_administrator(unit):
                await self._roles.revoke(unit, role, "person", person_id, actor=by.actor)
        except LastAdministrator:
            return False
        return True


def _wanted(given: Sequence[str], settings: ProviderSettings) -> set[str]:
    has = {one.casefold() for one in given}
    return {role for value, role in settings.role_pairs() if value.casefold() in has}


def _derived(changes: Mapping[str, Any]) -> dict[str, Any]:
    derived: dict[str, Any] = {}
    if "name" in changes:
        derived |= sought(changes["name"])
    if "email" in changes:
        derived["email_key"] = fold(changes["email"])
    return derived


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
