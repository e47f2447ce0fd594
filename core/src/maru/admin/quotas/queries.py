"""What is asked of a tenant's quotas."""

from typing import Final

import sqlalchemy as sa

from maru.admin.quotas.schemas import QuotasOut
from maru.tenancy.models import Tenant, TenantUsage
from maru_sdk.db import Query, bindparam, col

QUOTAS: Final = Query(
    sa.select(
        col(TenantUsage.people),
        col(Tenant.quota_people).label("people_quota"),
        col(TenantUsage.storage),
        col(Tenant.quota_storage).label("storage_quota"),
        col(TenantUsage.jobs),
        col(Tenant.quota_jobs).label("jobs_quota"),
        col(TenantUsage.measured_at),
    )
    .select_from(Tenant)
    .outerjoin(TenantUsage, col(TenantUsage.tenant) == col(Tenant.id))
    .where(col(Tenant.id) == bindparam("tenant", type_=sa.Uuid())),
    QuotasOut,
)
