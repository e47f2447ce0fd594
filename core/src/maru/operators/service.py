"""What operators do with tenants, for routes and pages alike."""

from typing import Any
from uuid import UUID

from maru.account.service import call_of
from maru.operators.asking import asked, done, tenant_of
from maru.operators.errand import Errand
from maru.operators.errors import NotConfirmed
from maru.operators.queries import TASK
from maru.operators.schemas import (
    ExportAsk,
    Leaving,
    NewTenant,
    Suspension,
    TaskLine,
    TenantChange,
    TenantLine,
)
from maru.tenancy.founding import check_tenant
from maru_sdk import Context
from maru_sdk.db import uuid7

__all__ = ["changed", "created", "exported", "left", "resumed", "suspended", "tenant_of"]


async def created(ctx: Context, body: NewTenant, errand: Errand) -> TenantLine:
    """A new tenant."""
    check_tenant(body.slug, body.name, body.timezone)
    tenant_id = uuid7()
    asks: dict[str, Any] = body.model_dump(mode="json", exclude={"admin", "quotas"})
    asks["quotas"] = body.quotas.model_dump()
    asks["admin"] = None if body.admin is None else await errand.hashed(body.admin)
    await done(ctx, "create", tenant_id, body.slug, asks)
    return await tenant_of(ctx, tenant_id)


async def changed(ctx: Context, tenant_id: UUID, body: TenantChange) -> TenantLine:
    """The tenant with what is otherwise now."""
    was = await tenant_of(ctx, tenant_id)
    changes = body.model_dump(mode="json", exclude_unset=True)
    changes = {name: one for name, one in changes.items() if one is not None or name == "domain"}
    if body.quotas is not None:
        changes["quotas"] = {
            **was.quotas.model_dump(),
            **body.quotas.model_dump(exclude_unset=True),
        }
    await done(ctx, "change", tenant_id, was.slug, changes)
    return await tenant_of(ctx, tenant_id)


async def suspended(ctx: Context, tenant_id: UUID, body: Suspension) -> TenantLine:
    """The tenant, shut."""
    was = await tenant_of(ctx, tenant_id)
    await done(ctx, "suspend", tenant_id, was.slug, {"note": body.note})
    return await tenant_of(ctx, tenant_id)


async def resumed(ctx: Context, tenant_id: UUID) -> TenantLine:
    """The tenant, open again."""
    was = await tenant_of(ctx, tenant_id)
    await done(ctx, "resume", tenant_id, was.slug, {})
    return await tenant_of(ctx, tenant_id)


async def left(ctx: Context, tenant_id: UUID, body: Leaving) -> TenantLine:
    """The tenant, closed for good unless somebody resumes it in time."""
    was = await tenant_of(ctx, tenant_id)
    if body.slug != was.slug:
        said = call_of(ctx).t(NotConfirmed.message)
        raise NotConfirmed(fields=[{"path": "slug", "code": "not_confirmed", "message": said}])
    await done(ctx, "delete", tenant_id, was.slug, {"days": body.days})
    return await tenant_of(ctx, tenant_id)


async def exported(ctx: Context, tenant_id: UUID, body: ExportAsk, errand: Errand) -> TaskLine:
    """The task that writes the archive."""
    was = await tenant_of(ctx, tenant_id)
    sealed = None if body.passphrase is None else errand.seal(body.passphrase)
    task_id = await asked(ctx, "export", tenant_id, was.slug, {"passphrase": sealed})
    return (await ctx.read(TASK, id=task_id))[0]
