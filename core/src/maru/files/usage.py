"""How much a tenant has in the store, and how much more it may have."""

from maru.db.unit import Unit
from maru.files.errors import StorageFull
from maru.files.queries import GROW, RECOUNT, ROOM


async def room_of(unit: Unit) -> int | None:
    """So many bytes the tenant may still bring; None where nobody has set a quota."""
    row = (await unit.db.execute(ROOM)).one()
    return None if row.quota is None else max(row.quota - row.rows - row.held, 0)


async def require_room(unit: Unit, size: int) -> None:
    """Raises StorageFull where there is no room for so many bytes."""
    row = (await unit.db.execute(ROOM)).one()
    if row.quota is not None and row.rows + row.held + size > row.quota:
        raise StorageFull(limit=row.quota)


async def recount(unit: Unit) -> None:
    """Books what there is, and nothing of uploads: they stay behind when a tenant moves."""
    await unit.db.execute(RECOUNT)


async def grow(unit: Unit, more: int) -> None:
    """Books so many bytes more, or fewer; raises StorageFull where they are too many. Two who
    bring something at once wait for one another here, so that they don't share the last place."""
    if more == 0:
        return
    await unit.db.execute(GROW, {"more": more})
    if more > 0:
        await require_room(unit, 0)
