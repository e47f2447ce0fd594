"""The directory of tenants: which one a host names, from memory."""

from collections.abc import Iterable
from uuid import UUID

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.signals import Signals
from maru.tenancy.queries import TENANTS, Listed
from maru_sdk import Tenant

ACTIVE = "active"


class Tenants:
    """The tenants that are served. One that is suspended or frozen isn't found here."""

    def __init__(self, database: Database, signals: Signals, base_domain: str) -> None:
        self._database = database
        self._suffix = f".{base_domain.lower().rstrip('.')}"
        self._keep(())
        signals.on("tenant", self._changed)

    async def load(self) -> None:
        """Reads the directory anew."""
        self._keep(await self._database.unit(NOBODY, readonly=True).read(TENANTS))

    def _keep(self, rows: Iterable[Listed]) -> None:
        active = [row for row in rows if row.state == ACTIVE]
        tenants = [
            Tenant.model_validate(row.model_dump(exclude={"domain", "state"})) for row in active
        ]
        self._all = tuple(tenants)
        self._by_id = {tenant.id: tenant for tenant in tenants}
        self._by_slug = {tenant.slug: tenant for tenant in tenants}
        self._domains = {row.id: row.domain.lower() for row in active if row.domain}
        self._by_domain = {row.domain.lower(): self._by_id[row.id] for row in active if row.domain}

    async def _changed(self, tenant_id: UUID | None, key: str) -> None:
        await self.load()

    def by_host(self, host: str) -> Tenant | None:
        """The tenant of a Host header: its own domain, else `<slug>.<base domain>`."""
        name = host.partition(":")[0].lower().rstrip(".")
        if (tenant := self._by_domain.get(name)) is not None:
            return tenant
        if name.endswith(self._suffix):
            return self._by_slug.get(name.removesuffix(self._suffix))
        return None

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
