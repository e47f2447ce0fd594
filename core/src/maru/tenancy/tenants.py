"""The directory of tenants: which one a host names, from memory."""

from collections.abc import Iterable
from uuid import UUID

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.signals import Signals
from maru.tenancy.errors import TenantLeaves, TenantSuspended
from maru.tenancy.queries import TENANTS, Listed
from maru_sdk import Tenant

ACTIVE = "active"
_SHOWN = set(Tenant.model_fields)


class Tenants:
    """The tenants that are served. One that isn't, because it is suspended or leaves, is found by
    `held_at` and `held_as` alone."""

    def __init__(self, database: Database, signals: Signals, base_domain: str) -> None:
        self._database = database
        self._suffix = f".{base_domain.lower().rstrip('.')}"
        self._keep(())
        signals.on("tenant", self._changed)

    async def load(self) -> None:
        """Reads the directory anew."""
        self._keep(await self._database.unit(NOBODY, readonly=True).read(TENANTS))

    def _keep(self, given: Iterable[Listed]) -> None:
        rows = tuple(given)
        active = [row for row in rows if row.state == ACTIVE]
        tenants = [Tenant.model_validate(row.model_dump(include=_SHOWN)) for row in active]
        self._all = tuple(tenants)
        self._by_id = {tenant.id: tenant for tenant in tenants}
        self._by_slug = {tenant.slug: tenant for tenant in tenants}
        self._domains = {row.id: row.domain.lower() for row in active if row.domain}
        self._by_domain = {row.domain.lower(): self._by_id[row.id] for row in active if row.domain}
        held = [row for row in rows if row.state not in (ACTIVE, "erasing")]
        self._held = {row.slug: row for row in held}
        self._held_at = {row.domain.lower(): row for row in held if row.domain}

    async def _changed(self, tenant_id: UUID | None, key: str) -> None:
        await self.load()

    def by_host(self, host: str) -> Tenant | None:
        """The tenant of a Host header: its own domain, else `<slug>.<base domain>`."""
        name = _name(host)
        if (tenant := self._by_domain.get(name)) is not None:
            return tenant
        if name.endswith(self._suffix):
            return self._by_slug.get(name.removesuffix(self._suffix))
        return None

    def held_at(self, host: str) -> Listed | None:
        """The tenant of a Host header that isn't served."""
        name = _name(host)
        if (held := self._held_at.get(name)) is not None:
            return held
        if name.endswith(self._suffix):
            return self._held.get(name.removesuffix(self._suffix))
        return None

    def held_as(self, slug: str) -> Listed | None:
        """The tenant of this slug that isn't served."""
        return self._held.get(slug)

    def by_slug(self, slug: str) -> Tenant | None:
        """The tenant of this slug."""
        return self._by_slug.get(slug)

    def by_id(self, tenant_id: UUID) -> Tenant | None:
        """The tenant of this id."""
        return self._by_id.get(tenant_id)

    def domain_of(self, tenant_id: UUID) -> str | None:
        """The domain of a tenant's own, where it has one."""
        return self._domains.get(tenant_id)

    def all(self) -> tuple[Tenant, ...]:
        """All of them, by slug."""
        return self._all


def _name(host: str) -> str:
    return host.partition(":")[0].lower().rstrip(".")


def refusal_of(held: Listed) -> TenantSuspended:
    """What is said to somebody who asks for a tenant that isn't served."""
    kind = TenantLeaves if held.state == "deleting" else TenantSuspended
    return kind(name=held.name, state=held.state, note=held.state_note or "")
