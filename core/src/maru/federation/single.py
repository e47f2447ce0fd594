"""Signing in elsewhere, whole: from the first click to a person of the tenant who was vouched for.

What comes after (a second factor, the session) is the same for all ways in and not here.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.access.rights import Rights
from maru.audit.trail import AuditTrail
from maru.crypto.sealing import SecretUnreadable
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.events.log import EventLog
from maru.federation import queries
from maru.federation.errors import (
    BegunElsewhere,
    LinkedElsewhere,
    PersonInactive,
    ProviderAway,
    SignInStopped,
)
from maru.federation.guessing import Guessing
from maru.federation.identities import Identities, Vouching
from maru.federation.ldap.directory import Directories
from maru.federation.ldap.naming import account_part
from maru.federation.models import HINT, SignInAnswer
from maru.federation.oidc.asking import Way
from maru.federation.oidc.begun import LIFE, Begun
from maru.federation.oidc.flow import Lead, OidcFlow, Proved
from maru.federation.providers import Providers, ldap_settings, oidc_settings
from maru.federation.queries import Linked
from maru.identity.accounts import Accounts
from maru.identity.errors import InvalidCredentials
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.identity.sign_in import Origin
from maru.identity.tokens import Caller
from maru.outside import Outside
from maru.signals import Signals
from maru_sdk.db import col

_LONGEST_HINT: Final = 4_000


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who came back from elsewhere, and where they were going. `linked`: somebody who was signed
    in already has linked an account."""

    person_id: UUID
    method: str
    there: str
    linked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What signing in elsewhere is made of."""

    database: Database
    signals: Signals
    vault: Vault
    outside: Outside
    people: People
    rights: Rights
    sessions: Sessions
    audit: AuditTrail
    clock: Callable[[], float] = time.time


class SingleSignOn:
    """Signing in by the providers and directories of all tenants."""

    def __init__(self, parts: Parts) -> None:
        self._database, self._vault, self._audit = parts.database, parts.vault, parts.audit
        self._clock = parts.clock
        self.way = Way(parts.outside)
        self.providers = Providers(parts.database, parts.signals, parts.vault, parts.audit)
        self.directories = Directories(parts.outside)
        self._flow = OidcFlow(self.providers, parts.vault, self.way, parts.clock)
        self._guessing = Guessing(parts.database, parts.audit, parts.clock)
        accounts = Accounts(parts.people, parts.sessions, parts.audit, parts.sessions.passwords)
        self._identities = Identities(
            parts.people,
            accounts,
            parts.rights.roles,
            parts.rights.groups,
            parts.audit,
            EventLog(parts.signals),
            parts.clock,
        )

    def close(self) -> None:
        """Ends the threads that ask directories."""
        self.directories.close()

    # OpenID Connect

    async def begin(
        self, tenant_id: UUID, key: str, back: str, there: str, person: UUID | None = None
    ) -> Lead:
        """Where a browser goes to sign in; with `person`, to link an account to theirs."""
        return await self._flow.begin(tenant_id, key, back, there, person)

    async def arrive(
        self,
        tenant_id: UUID,
        back: str,
        cookie: str,
        answer: Mapping[str, str],
        caller: Caller | None,
        origin: Origin,
        *,
        key: str,
    ) -> Arrived:
        """Who comes back with a provider's answer; raises SignInStopped, which is audited."""
        try:
            begun = await self._flow.begun(tenant_id, key, cookie, answer.get("state", ""))
            await self._use_up(tenant_id, begun)
            _check_linking(begun, caller)
            proved = await self._flow.finish(tenant_id, begun, back, answer)
            return await self._settled(tenant_id, proved, origin)
        except SignInStopped as stopped:
            await self._stopped(tenant_id, f"oidc:{key}", stopped, origin)
            raise

    async def leaving(self, caller: Caller, back: str) -> str:
        """Where a browser that signs out here signs out elsewhere too; empty where it needn't."""
        unit = self._database.unit(Scope(caller.tenant_id), readonly=True)
        found = next(iter(await unit.read(queries.LEAVING, session=caller.session_id)), None)
        if found is None or found.provider is None:
            return ""
        for provider in await self.providers.on(caller.tenant_id, "oidc"):
            if provider.key == found.provider and oidc_settings(provider).sign_out:
                hint = await self._hint_of(caller.tenant_id, found.hint)
                try:
                    return await self._flow.leaving(caller.tenant_id, provider, hint, back)
                except ProviderAway:
                    return ""
        return ""

    # Directories

    async def by_directory(
        self, tenant_id: UUID, key: str, username: str, password: str, origin: Origin
    ) -> Arrived:
        """Whose password that is in a directory; raises InvalidCredentials, TooManyAttempts or
        SignInStopped."""
        provider = await self.providers.usable(tenant_id, key, "ldap")
        settings = ldap_settings(provider)
        secret = await self.providers.secret(tenant_id, provider)
        try:
            counted_as = account_part(settings, username)
            async with self._guessing.attempt(tenant_id, key, counted_as, origin):
                account = await self.directories.account(key, settings, secret, username, password)
                if account is None:
                    raise InvalidCredentials
            async with committing(self._database.unit(Scope(tenant_id))) as unit:
                by = Vouching(key, settings, origin.actor(None))
                person_id = await self._identities.person(unit, account, by)
        except SignInStopped as stopped:
            await self._stopped(tenant_id, f"ldap:{key}", stopped, origin)
            raise
        return Arrived(person_id, f"ldap:{key}", "")

    # What people have linked

    async def ticket(self, caller: Caller) -> str:
        """What shows that somebody asked to link an account: a page elsewhere can't."""
        until = str(int(self._clock()) + LIFE)
        return await self._vault.seal(caller.tenant_id, until, f"linking/{caller.session_id}")

    async def check_ticket(self, caller: Caller, ticket: str) -> None:
        """Raises BegunElsewhere where the ticket is not of this session, or old."""
        try:
            about = f"linking/{caller.session_id}"
            until = int(await self._vault.open(caller.tenant_id, ticket, about))
        except (SecretUnreadable, ValueError) as error:
            raise BegunElsewhere("no ticket of ours") from error
        if until < self._clock():
            raise BegunElsewhere("the ticket is old")

    async def linked(self, tenant_id: UUID, person_id: UUID) -> list[Linked]:
        """The accounts elsewhere of a person."""
        unit = self._database.unit(Scope(tenant_id), readonly=True)
        return list(await unit.read(queries.LINKED, person=person_id))

    async def unlink(self, unit: Unit, person_id: UUID, link: UUID, origin: Origin) -> None:
        """Takes a link away; raises LinkNotFound."""
        await self._identities.unlink(unit, person_id, link, origin.actor(person_id))

    async def forget_old(self, unit: Unit) -> None:
        """Deletes the marks of answers that are too old to come again."""
        old = sa.func.now() - sa.text("interval '1 day'")
        await (await unit.session()).execute(
            sa.delete(SignInAnswer).where(col(SignInAnswer.created_at) < old)
        )

    # Inside

    async def _use_up(self, tenant_id: UUID, begun: Begun) -> None:
        """Marks the answer as used, whatever comes of it; raises BegunElsewhere the second time."""
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            session = await unit.session()
            made = await session.scalar(
                insert(SignInAnswer)
                .values(id=begun.id)
                .on_conflict_do_nothing()
                .returning(col(SignInAnswer.id))
            )
        if made is None:
            raise BegunElsewhere("the answer was used before")

    async def _settled(self, tenant_id: UUID, proved: Proved, origin: Origin) -> Arrived:
        """The person, in a transaction that ends before anything else is asked."""
        begun, key = proved.begun, proved.provider.key
        settings = oidc_settings(proved.provider)
        hint = None
        if settings.sign_out and len(proved.id_token) <= _LONGEST_HINT:
            hint = await self._vault.seal(tenant_id, proved.id_token, HINT)
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            if begun.person:
                by = Vouching(key, settings, origin.actor(UUID(begun.person)), hint)
                await self._identities.link(unit, proved.account, UUID(begun.person), by)
                return Arrived(UUID(begun.person), f"oidc:{key}", begun.there, linked=True)
            by = Vouching(key, settings, origin.actor(None), hint)
            person_id = await self._identities.person(unit, proved.account, by)
        return Arrived(person_id, f"oidc:{key}", begun.there)

    async def _hint_of(self, tenant_id: UUID, sealed: str | None) -> str:
        return await self._vault.open(tenant_id, sealed, HINT) if sealed else ""

    async def _stopped(
        self, tenant_id: UUID, method: str, stopped: SignInStopped, origin: Origin
    ) -> None:
        """The trail of a sign-in that came to nothing; what was wrong is in it."""
        target = f"sign_in_provider:{method.partition(':')[2]}"
        if isinstance(stopped, PersonInactive | LinkedElsewhere):
            target = stopped.why.partition(" is ")[0] or target
        after = {"method": method, "code": stopped.code, "why": stopped.why}
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            actor = origin.actor(None)
            await self._audit.write(unit, "auth.login_failed", target, actor=actor, after=after)


def _check_linking(begun: Begun, caller: Caller | None) -> None:
    """Who links must still be the one who is signed in."""
    if begun.person and (caller is None or str(caller.person_id) != begun.person):
        raise BegunElsewhere("somebody else is signed in")
