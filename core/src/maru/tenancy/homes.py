"""Where a tenant's pages are, for links that leave by mail.

Never what a request says of itself: who could choose the host of such a link would be sent the
secret in it.
"""

from dataclasses import dataclass
from uuid import UUID

from maru.settings import SettingFault, Settings
from maru.tenancy.tenants import Tenants

_SLUG = "{tenant}"


@dataclass(frozen=True)
class Homes:
    """The addresses of all tenants: `https://<slug>.<base domain>`, unless the operator says
    otherwise."""

    tenants: Tenants
    pattern: str

    @classmethod
    def of(cls, settings: Settings, tenants: Tenants) -> "Homes":
        """Those of an installation; raises SettingFault where the pattern names no tenant."""
        given, base = settings.public_url.rstrip("/"), settings.base_domain
        if given and (_SLUG not in given or not given.startswith(("http://", "https://"))):
            raise SettingFault("MARU_PUBLIC_URL", f"must be http(s):// with {_SLUG} in it")
        local = settings.demo or base == "localhost" or base.endswith(".localhost")
        usual = f"http://{_SLUG}.{base}:{settings.port}" if local else f"https://{_SLUG}.{base}"
        return cls(tenants, given or usual)

    def of_tenant(self, tenant_id: UUID) -> str:
        """Where this tenant's pages begin, without a slash at the end."""
        domain = self.tenants.domain_of(tenant_id)
        if domain is not None:
            return f"{self.pattern.partition('://')[0]}://{domain}"
        tenant = self.tenants.by_id(tenant_id)
        return self.pattern.replace(_SLUG, "" if tenant is None else tenant.slug)
