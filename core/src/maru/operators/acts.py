"""What is done to tenants from outside them: as the system role, each act and its audit lines in
one transaction. Every act may be repeated: whoever is killed in it does it again."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from maru.access.permissions import ADMIN
from maru.api.errors import TenantNotFound
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.identity.accounts import Accounts
from maru.identity.models import Person
from maru.identity.queries import CREDENTIALS
from maru.identity.sign_in import fold
from maru.operators.errors import DomainTaken, TenantExists, TenantStands
from maru.operators.parts import Parts
from maru.operators.queries import TENANT_ROW
from maru.operators.trail import By, note
from maru.tenancy.founding import TenantInvalid, found_tenant
from maru.tenancy.models import Tenant
from maru_sdk.db import col

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(\.{_LABEL})+")
_HELD: Final = ("suspended", "frozen", "deleting")
_QUOTAS: Final = ("people", "storage", "jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A tenant to be made; `admin` holds a hash, never a password."""

    id: UUID
    slug: str
    name: str
    locale: str = "ko"
    timezone: str = "Asia/Seoul"
    domain: str | None = None
    quotas: dict[str, int | None] | None = None
    admin: dict[str, Any] | None = None


class TenantActs:
    """The acts, in an open house."""

    def __init__(self, house: Parts, system: Database) -> None:
        self._house, self._system = house, system
        self._audit = house.services.audit

    async def create(self, wanted: Wanted, by: By, *, again: bool = False) -> UUID:
        """Makes the tenant; raises TenantExists unless it was begun as this one (or `again` lets
        any of its slug be completed)."""
        if wanted.domain is not None:
            self._check_domain(wanted.domain)
        try:
            founded = await found_tenant(
                self._system,
                self._house.signals,
                wanted.slug,
                wanted.name.strip(),
                locale=wanted.locale,
                timezone=wanted.timezone,
                domain=wanted.domain,
                id_=wanted.id,
            )
        except IntegrityError:
            raise DomainTaken(domain=wanted.domain) from None
        if founded.id != wanted.id and not again:
            raise TenantExists(slug=wanted.slug)
        await self._furnish(founded.id, wanted, by)
        if founded.new:
            said = {"slug": wanted.slug, "name": wanted.name, "domain": wanted.domain}
            async with committing(self._system.unit(Scope(founded.id))) as unit:
                await self._said(unit, "tenant.created", wanted.slug, by, after=said)
        return founded.id

    async def _furnish(self, tenant_id: UUID, wanted: Wanted, by: By) -> None:
        if wanted.quotas is not None:
            await self.change(tenant_id, {"quotas": wanted.quotas}, by)
        async with committing(self._house.database.unit(Scope(tenant_id))) as unit:
            await self._house.rights.roles.begin(unit)
            if wanted.admin is not None:
                await self._first_admin(unit, wanted.admin, by)

    async def _first_admin(self, unit: Unit, admin: dict[str, Any], by: By) -> None:
        house = self._house
        if await unit.read(CREDENTIALS, key=fold(admin["username"])):
            return
        accounts = Accounts(house.people, house.sessions, self._audit, house.sessions.passwords)
        made = await accounts.create(
            unit, admin["username"], admin["name"], email=admin["email"], actor=by.actor
        )
        await unit.db.execute(
            sa.update(Person)
            .where(col(Person.id) == made)
            .values(password_hash=admin["password_hash"], must_change_password=True)
        )
        await house.rights.roles.grant(unit, ADMIN, "person", made, actor=by.actor)

    async def change(self, tenant_id: UUID, changes: dict[str, Any], by: By) -> None:
        """Changes name, domain, language, time zone and quotas; what isn't named stays."""
        stored = self._stored(changes)
        async with committing(self._system.unit(Scope(tenant_id))) as unit:
            row = await _locked(unit)
            before = {name: getattr(row, name) for name in stored}
            changed = {name: value for name, value in stored.items() if value != before[name]}
            if not changed:
                return
            try:
                await _write(unit, tenant_id, **changed)
            except IntegrityError:
                raise DomainTaken(domain=changed.get("domain")) from None
            before = {name: before[name] for name in changed}
            said = {"before": before, "after": changed}
            await self._said(unit, "tenant.changed", row.slug, by, **said)
            await self._house.signals.send(unit, "tenant", str(tenant_id), tenant_id)

    def _stored(self, changes: dict[str, Any]) -> dict[str, Any]:
        stored = {name: changes[name] for name in changes if name != "quotas"}
        if stored.get("domain"):
            stored["domain"] = stored["domain"].lower()
            self._check_domain(stored["domain"])
        if "timezone" in stored:
            _check_zone(stored["timezone"])
        quotas = changes.get("quotas")
        if quotas is not None:
            stored |= {f"quota_{one}": quotas.get(one) for one in _QUOTAS}
        return stored

    def _check_domain(self, domain: str) -> None:
        base = self._house.settings.base_domain.lower()
        name = domain.lower()
        if not _DOMAIN.fullmatch(name) or name == base or name.endswith(f".{base}"):
            raise TenantInvalid(problem=f"{domain!r} is no host name that can be a tenant's own")

    async def suspend(self, tenant_id: UUID, said: str, by: By) -> None:
        """Refuses its people from now on, tells them `said`, and parks its jobs."""
        async with committing(self._system.unit(Scope(tenant_id))) as unit:
            row = await _locked(unit)
            if row.state not in ("active", "suspended"):
                raise TenantStands(slug=row.slug, state=row.state)
            await self._turn(unit, row, by, "tenant.suspended", "suspended", state_note=said)

    async def resume(self, tenant_id: UUID, by: By) -> None:
        """Serves it again: from suspension, and from deletion while its grace lasts."""
        async with committing(self._system.unit(Scope(tenant_id))) as unit:
            row = await _locked(unit)
            if row.state == "erasing":
                raise TenantStands(slug=row.slug, state=row.state)
            if row.state in _HELD:
                values = {"state_note": None, "delete_after": None}
                await self._turn(unit, row, by, "tenant.resumed", "active", **values)

    async def leave(self, tenant_id: UUID, grace: timedelta, by: By) -> datetime:
        """Closes it, to be erased after the grace; the moment from which it may be."""
        async with committing(self._system.unit(Scope(tenant_id))) as unit:
            row = await _locked(unit)
            if row.state == "deleting" and row.delete_after is not None:
                kept: datetime = row.delete_after
                return kept
            if row.state == "erasing":
                raise TenantStands(slug=row.slug, state=row.state)
            ends = datetime.now(UTC) + grace
            values = {"delete_after": ends, "state_note": None}
            await self._turn(unit, row, by, "tenant.deleted", "deleting", **values)
        return ends

    async def note_export(self, tenant_id: UUID, slug: str, by: By, rows: int) -> None:
        """Notes in both trails that everything the tenant has was taken out."""
        async with committing(self._system.unit(Scope(tenant_id))) as unit:
            await self._said(unit, "tenant.exported", slug, by, after={"rows": rows})

    async def note_import(self, tenant_id: UUID, slug: str, by: By, rows: int) -> None:
        """Notes in both trails where the tenant came from."""
        async with committing(self._system.unit(Scope(tenant_id))) as unit:
            await self._said(unit, "tenant.imported", slug, by, after={"rows": rows})

    async def _turn(
        self, unit: Unit, row: Any, by: By, action: str, state: str, **values: Any
    ) -> None:
        await _write(unit, row.id, state=state, **values)
        after = {"state": state} | {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
            if value is not None
        }
        await self._said(unit, action, row.slug, by, before={"state": row.state}, after=after)
        await self._house.signals.send(unit, "tenant", str(row.id), row.id)

    async def _said(self, unit: Unit, action: str, slug: str, by: By, **said: Any) -> None:
        """One line in the tenant's own trail and one in the installation's."""
        tenant_id = unit.scope.tenant
        target = f"tenant:{slug}"
        await self._audit.write(unit, action, target, actor=by.actor, **said)
        await note(unit, action, target, by, tenant=tenant_id, **said)


async def _locked(unit: Unit) -> Any:
    found = await unit.db.execute(TENANT_ROW, {"id": unit.scope.tenant})
    row = found.one_or_none()
    if row is None:
        raise TenantNotFound
    return row


async def _write(unit: Unit, tenant_id: UUID, **values: Any) -> None:
    await unit.db.execute(
        sa.update(Tenant)
        .where(col(Tenant.id) == tenant_id)
        .values(**values, updated_at=sa.func.now())
    )


def _check_zone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TenantInvalid(problem=f"There is no time zone {timezone!r}") from None
