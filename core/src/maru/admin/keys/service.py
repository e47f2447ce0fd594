"""What admins and operators do with a tenant's data keys."""

from uuid import UUID

from maru.admin.keys.queries import DATA_KEYS, RESEALINGS, DataKeyOut, Resealing
from maru.admin.keys.resealing import KEPT, reseal
from maru.admin.service import call_of
from maru_sdk import Context, Model
from maru_sdk.db import uuid7


class RotatedOut(Model):
    """A new data key is in use; the job seals everything anew under it."""

    job_id: UUID


async def rotated(ctx: Context) -> RotatedOut:
    """Gives the tenant a new data key. A job seals everything anew at once, and again when the old
    key may go: by then nobody seals under it any more."""
    call = call_of(ctx)
    await call.services.vault.rotate(call.unit, ctx.tenant.id)
    await ctx.audit("data_key.rotated", "data_keys")
    job_id = await ctx.jobs.enqueue(reseal, unique=f"at once {uuid7()}")
    await ctx.jobs.enqueue(reseal, at=ctx.now + KEPT + KEPT / 24, unique="later")
    return RotatedOut(job_id=job_id)


async def listed(ctx: Context) -> list[DataKeyOut]:
    """The tenant's data keys, the newest first."""
    return list(await ctx.read(DATA_KEYS))


async def runs(ctx: Context) -> list[Resealing]:
    """The latest jobs that sealed everything anew, the newest first."""
    return list(await ctx.read(RESEALINGS, kind=reseal.name))
