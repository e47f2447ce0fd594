"""What is left over in layouts: portlets whose plugin is off, and layers that can't be read."""

from collections.abc import Sequence
from uuid import UUID

from maru.admin.layouts.queries import AFTER, CHANGED, CLEAR, NAMED, Orphan
from maru.admin.layouts.schemas import Cleared, Damaged
from maru.admin.layouts.service import is_damaged
from maru.admin.service import call_of
from maru.portal.layout import start_id
from maru_sdk import Context, NotFound


async def orphans(ctx: Context) -> list[Orphan]:
    """What layers name though nobody sees it."""
    services = call_of(ctx).services
    declared = {one.name: whose.key for whose, one in services.host.declared("portlets")}
    off = {n for n, key in declared.items() if not services.gate.on(ctx.tenant.id, key)}
    found = {
        row.portlet_type: row.layers
        for row in await ctx.read(NAMED)
        if row.portlet_type in off or row.portlet_type not in declared
    }
    for name, layers in (await _changed(ctx, sorted(off))).items():
        found[name] = found.get(name, 0) + layers
    return [Orphan(portlet_type=name, layers=count) for name, count in sorted(found.items())]


async def _changed(ctx: Context, names: Sequence[str]) -> dict[str, int]:
    """How many layers have changed what these types have in the start."""
    starts = {start_id(ctx.tenant.id, name): name for name in names}
    ids = [str(id_) for id_ in starts]
    return {starts[row.id]: row.layers for row in await ctx.read(CHANGED, ids=ids)}


async def clear(ctx: Context, portlet_type: str | None = None) -> Cleared:
    """Takes orphans out of every layout, all or those of one type; each layout can be gone back
    on. What a plugin that is on shows is no orphan."""
    names = [one.portlet_type for one in await orphans(ctx)]
    if portlet_type is not None:
        if portlet_type not in names:
            raise NotFound
        names = [portlet_type]
    ids = [str(start_id(ctx.tenant.id, name)) for name in names]
    asked = {"types": names, "ids": ids, "by": call_of(ctx).actor}
    done = await ctx.db.execute(CLEAR, asked)
    layers: int = done.rowcount  # type: ignore[attr-defined]
    if layers:
        said = {"portlets": names, "layers": layers}
        await ctx.audit("layout.cleared", "layout:orphans", after=said)
    return Cleared(layers=layers)


async def damaged(ctx: Context) -> list[Damaged]:
    """Every layer of the tenant that can't be read."""
    found: list[Damaged] = []
    after = UUID(int=0)
    while rows := await ctx.read(AFTER, after=after):
        found += [
            Damaged(kind=row.kind, owner_id=row.owner_id, owner=row.name)
            for row in rows
            if is_damaged(row.differences, row.draft)
        ]
        after = rows[-1].id
    return found
