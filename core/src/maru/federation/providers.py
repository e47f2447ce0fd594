"""The ways into each tenant: kept in every process until one is changed somewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.audit.trail import Actor, AuditTrail
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit
from maru.federation import queries
from maru.federation.errors import ProviderExists, ProviderNotFound, ProviderUnknown
from maru.federation.models import Kind, SignInProvider
from maru.federation.queries import ProviderRow
from maru.federation.settings import LdapSettings, OidcSettings, ProviderSettings
from maru.signals import Signals
from maru_sdk.db import col, uuid7

SIGNAL: Final = "sign_in_provider"
SETTINGS: Final[Mapping[Kind, type[ProviderSettings]]] = {
    "oidc": OidcSettings,
    "ldap": LdapSettings,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What an admin says about a provider; without a secret the one that is kept stays."""

    name: str
    settings: ProviderSettings
    rank: int = 100
    secret: str | None = None


class Providers:
    """Reads and changes the providers of tenants."""

    def __init__(
        self, database: Database, signals: Signals, vault: Vault, audit: AuditTrail
    ) -> None:
        self._database, self._signals = database, signals
        self._vault, self._audit = vault, audit
        self._kept: dict[UUID, Sequence[ProviderRow]] = {}
        self._changes = 0
        signals.on(SIGNAL, self._heard)
        signals.on_gap(self._forget)

    async def all(self, tenant_id: UUID) -> Sequence[ProviderRow]:
        """Every provider of a tenant, in its order, those that are off among them."""
        kept = self._kept.get(tenant_id)
        if kept is None:
            changes = self._changes
            unit = self._database.unit(Scope(tenant_id), readonly=True)
            kept = tuple(await unit.read(queries.PROVIDERS))
            if changes == self._changes:
                self._kept[tenant_id] = kept
        return kept

    async def on(self, tenant_id: UUID, kind: Kind | None = None) -> list[ProviderRow]:
        """Those that people may use now."""
        return [
            one for one in await self.all(tenant_id) if one.enabled and kind in (None, one.kind)
        ]

    async def usable(self, tenant_id: UUID, key: str, kind: Kind) -> ProviderRow:
        """One that people may use; raises ProviderUnknown."""
        for one in await self.on(tenant_id, kind):
            if one.key == key:
                return one
        raise ProviderUnknown

    async def get(self, tenant_id: UUID, key: str) -> ProviderRow:
        """One of the tenant's, on or off; raises ProviderNotFound."""
        for one in await self.all(tenant_id):
            if one.key == key:
                return one
        raise ProviderNotFound

    async def stored(self, unit: Unit, key: str) -> ProviderRow:
        """One as it stands in this unit, its own changes among it; raises ProviderNotFound."""
        for one in await unit.read(queries.PROVIDERS):
            if one.key == key:
                return one
        raise ProviderNotFound

    async def secret(self, tenant_id: UUID, provider: ProviderRow) -> str:
        """The secret in clear, empty where there is none; raises SecretUnreadable."""
        if provider.secret is None:
            return ""
        return await self._vault.open(tenant_id, provider.secret, _about(provider.id))

    # Changes

    async def add(
        self, unit: Unit, tenant_id: UUID, key: str, kind: Kind, draft: Draft, actor: Actor
    ) -> None:
        """A new provider, switched off until somebody has tried it; raises ProviderExists."""
        made = uuid7()
        row = {"id": made, "key": key, "kind": kind, "enabled": False, **_columns(draft)}
        row["secret"] = await self._sealed(tenant_id, made, draft)
        session = await unit.session()
        added = await session.scalar(
            insert(SignInProvider)
            .values(row)
            .on_conflict_do_nothing()
            .returning(col(SignInProvider.id))
        )
        if added is None:
            raise ProviderExists(key=key)
        await self._changed(unit, "sign_in_provider.added", key, actor, after=_said(draft))

    async def change(
        self, unit: Unit, tenant_id: UUID, key: str, draft: Draft, actor: Actor
    ) -> None:
        """Sets everything anew but key, kind and, where none is given, the secret."""
        was = await self.get(tenant_id, key)
        values = _columns(draft)
        if draft.secret is not None:
            values["secret"] = await self._sealed(tenant_id, was.id, draft)
        await self._update(unit, key, values)
        before = {"name": was.name, "rank": was.rank, "settings": was.settings}
        await self._changed(
            unit, "sign_in_provider.changed", key, actor, before=before, after=_said(draft)
        )

    async def switch(self, unit: Unit, key: str, actor: Actor, *, on: bool) -> None:
        """Lets people use it, or no more."""
        await self._update(unit, key, {"enabled": on})
        action = "sign_in_provider.enabled" if on else "sign_in_provider.disabled"
        await self._changed(unit, action, key, actor)

    async def remove(self, unit: Unit, key: str, actor: Actor) -> None:
        """Takes it away; the accounts that it vouched for stay known by their issuer."""
        session = await unit.session()
        gone = await session.scalar(
            sa.delete(SignInProvider)
            .where(col(SignInProvider.key) == key)
            .returning(col(SignInProvider.name))
        )
        if gone is None:
            raise ProviderNotFound
        await self._changed(unit, "sign_in_provider.removed", key, actor, before={"name": gone})

    async def _update(self, unit: Unit, key: str, values: Mapping[str, Any]) -> None:
        session = await unit.session()
        found = await session.scalar(
            sa.update(SignInProvider)
            .where(col(SignInProvider.key) == key)
            .values(**values)
            .returning(col(SignInProvider.id))
        )
        if found is None:
            raise ProviderNotFound

    async def _sealed(self, tenant_id: UUID, provider_id: UUID, draft: Draft) -> str | None:
        if not draft.secret:
            return None
        return await self._vault.seal(tenant_id, draft.secret, _about(provider_id))

    async def _changed(
        self,
        unit: Unit,
        action: str,
        key: str,
        actor: Actor,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        target = f"sign_in_provider:{key}"
        await self._audit.write(unit, action, target, actor=actor, before=before, after=after)
        await self._signals.send(unit, SIGNAL, key, unit.scope.tenant)

        async def forget() -> None:
            await self._heard(unit.scope.tenant, key)

        unit.on_commit(forget)

    async def _heard(self, tenant_id: UUID | None, _: str) -> None:
        self._changes += 1
        if tenant_id is None:
            self._kept.clear()
        else:
            self._kept.pop(tenant_id, None)

    def _forget(self) -> None:
        self._changes += 1
        self._kept.clear()


def oidc_settings(provider: ProviderRow) -> OidcSettings:
    """The settings of an OpenID Connect provider."""
    return OidcSettings.model_validate(provider.settings)


def ldap_settings(provider: ProviderRow) -> LdapSettings:
    """The settings of a directory."""
    return LdapSettings.model_validate(provider.settings)


def _about(provider_id: UUID) -> str:
    return f"sign_in_provider:{provider_id}:secret"


def _columns(draft: Draft) -> dict[str, Any]:
    settings = draft.settings.model_dump(mode="json")
    return {"name": draft.name, "rank": draft.rank, "settings": settings}


def _said(draft: Draft) -> dict[str, Any]:
    return {**_columns(draft), "secret": "set" if draft.secret else "kept"}
