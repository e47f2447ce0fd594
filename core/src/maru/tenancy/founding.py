"""Makes a tenant; only the system role may."""

import re
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.signals import Signals
from maru.tenancy.models import Tenant
from maru_sdk import InvalidInput
from maru_sdk.db import col, uuid7

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class TenantInvalid(InvalidInput):
    """A tenant can't be made of this."""

    code = "TENANT_INVALID"
    message = "{problem}"


@dataclass(frozen=True)
class Founded:
    """The tenant, and whether it was made now."""

    id: UUID
    new: bool


async def found_tenant(
    system: Database,
    signals: Signals,
    slug: str,
    name: str,
    *,
    locale: str = "ko",
    timezone: str = "Asia/Seoul",
    domain: str | None = None,
    id_: UUID | None = None,
) -> Founded:
    """Makes the tenant where there is none of this slug; every process hears of it."""
    check_tenant(slug, name, timezone)
    row = {
        "id": id_ or uuid7(),
        "slug": slug,
        "name": name,
        "state": "active",
        "locale": locale,
        "timezone": timezone,
        "domain": None if domain is None else domain.lower(),
    }
    async with committing(system.unit(NOBODY)) as unit:
        made = insert(Tenant).values(row).on_conflict_do_nothing(index_elements=["slug"])
        new = (await unit.db.execute(made.returning(col(Tenant.id)))).scalar_one_or_none()
        if new is not None:
            await signals.send(unit, "tenant", str(new), new)
            return Founded(new, new=True)
        present = sa.select(col(Tenant.id)).where(col(Tenant.slug) == slug)
        return Founded((await unit.db.execute(present)).scalar_one(), new=False)


def check_tenant(slug: str, name: str, timezone: str) -> None:
    """Raises TenantInvalid where no tenant can be made of this."""
    if not _SLUG.fullmatch(slug):
        raise TenantInvalid(problem=f"{slug!r} is no host name of small letters, digits and '-'")
    if not name.strip():
        raise TenantInvalid(problem="A tenant needs a name")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TenantInvalid(problem=f"There is no time zone {timezone!r}") from None
