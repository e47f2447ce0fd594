"""How a page or a route has something done to a tenant: it writes a task that the scheduler does as
the system role, and waits a moment for it. The web itself may change no tenant."""

import asyncio
import time
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from maru.account.service import call_of
from maru.api.errors import TenantNotFound
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.operators.errors import TaskWaits, refused
from maru.operators.models import OperatorTask
from maru.operators.queries import ENDED, TENANT_LINE, Ended
from maru.operators.schemas import TenantLine
from maru_sdk import Context
from maru_sdk.db import uuid7

CHANNEL: Final = "operator"
PATIENCE: Final = 6.0
_LOOK: Final = 0.05


async def asked(ctx: Context, kind: str, tenant: UUID, slug: str, ask: dict[str, Any]) -> UUID:
    """Writes a task, committed at once."""
    call, task_id = call_of(ctx), uuid7()
    row = {
        "id": task_id,
        "kind": kind,
        "tenant": tenant,
        "slug": slug,
        "ask": ask,
        "operator": ctx.me.username,
        "address": call.address,
        "trace": call.trace or None,
    }
    async with committing(call.services.database.unit(NOBODY)) as unit:
        await unit.db.execute(sa.insert(OperatorTask), [row])
        call.services.queue.nudge(unit, CHANNEL)
    return task_id


async def done(ctx: Context, kind: str, tenant: UUID, slug: str, ask: dict[str, Any]) -> Ended:
    """Has it done now: raises what it was refused with, or TaskWaits where the scheduler is away;
    then it will still be done."""
    task_id = await asked(ctx, kind, tenant, slug, ask)
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        ended = await _look(ctx, task_id)
        if ended.state == "done":
            return ended
        if ended.state == "failed" and ended.error is not None:
            told = ended.error
            raise refused(told["status"], told["code"], told["text"], told["details"])
        await asyncio.sleep(_LOOK)
    raise TaskWaits(task=str(task_id))


async def _look(ctx: Context, task_id: UUID) -> Ended:
    unit = call_of(ctx).services.database.unit(NOBODY, readonly=True)
    return (await unit.read(ENDED, id=task_id))[0]


async def tenant_of(ctx: Context, tenant_id: UUID) -> TenantLine:
    """One tenant as it is now; raises TenantNotFound."""
    unit = call_of(ctx).services.database.unit(NOBODY, readonly=True)
    found = await unit.read(TENANT_LINE, id=tenant_id)
    if not found:
        raise TenantNotFound
    return found[0]
