"""One portal page for several tenants: each is a task of its own, as a whole or not at all."""

from typing import Any, Final
from uuid import UUID

from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.operators.asking import asked
from maru.operators.errors import TenantUnknown
from maru.operators.parts import Parts
from maru.operators.queries import LAYOUT_TASKS, TASK, TENANT_LINES
from maru.operators.schemas import LayoutAsk, TaskLine
from maru.operators.trail import By, note
from maru.plugins.context import open_call
from maru.portal.desks import TENANT, desk_named
from maru.portal.packs import Applied, LayoutPack, apply
from maru_sdk import Context, ContextSeed

KIND: Final = "layout"


class _Tried(Exception):
    """It was only to be seen what would become of it: nothing of it is to stay."""


async def lay_out(ctx: Context, sent: LayoutAsk) -> list[TaskLine]:
    """A task for each tenant."""
    known = {one.slug: one for one in await ctx.read(TENANT_LINES)}
    if missing := [slug for slug in sent.tenants if slug not in known]:
        raise TenantUnknown(slugs=", ".join(missing))
    ask = sent.model_dump(mode="json", exclude={"tenants"})
    ids = [
        await asked(ctx, KIND, known[slug].id, slug, ask) for slug in dict.fromkeys(sent.tenants)
    ]
    return [(await ctx.read(TASK, id=id_))[0] for id_ in ids]


async def layout_tasks(ctx: Context) -> list[TaskLine]:
    """What was asked of this kind lately."""
    return list(await ctx.read(LAYOUT_TASKS))


async def act(
    house: Parts, system: Database, tenant: UUID, ask: dict[str, Any], by: By
) -> dict[str, Any]:
    """Does such a task: publishes the page, or takes it back once it is known what it changes."""
    pack, role = LayoutPack.model_validate(ask["pack"]), ask["role"]
    target, told = f"layout:{role or TENANT}", Applied(portlets=0, pages=0)
    try:
        async with open_call(house.services, ContextSeed(tenant=tenant, plugin="core")) as call:
            told = await apply(await desk_named(call, role), pack)
            if ask["dry_run"]:
                raise _Tried
            said = told.model_dump(exclude={"pages"})
            audit = house.services.audit
            await audit.write(call.unit, "layout.published", target, actor=by.actor, after=said)
    except _Tried:
        return {**told.model_dump(), "dry_run": True}
    async with committing(system.unit(Scope(tenant))) as unit:
        said = told.model_dump(exclude={"pages"})
        await note(unit, "layout.published", target, by, tenant=tenant, after=said)
    return {**told.model_dump(), "dry_run": False}
