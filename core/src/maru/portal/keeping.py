"""Layers in the database: locked while they change, with what they were before.

An admin's change is a draft until it is published; a person's holds at once.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from maru.portal.desks import Desk
from maru.portal.errors import LayoutDamaged, NothingToUndo, RevisionUnknown
from maru.portal.layers import Differences, layer_from
from maru.portal.models import Layout, LayoutRevision
from maru.portal.queries import BEFORE, FORGET, HISTORY, REVISION, RevisionLine
from maru_sdk.db import uuid7

KEPT: Final = 20
"""How many revisions of a layer can be gone back to."""


async def locked(desk: Desk) -> Layout:
    """The layer's row, made where there is none, locked against a second change at the same
    time."""
    session = desk.call.unit.db
    owner = {"owner_kind": desk.kind, "owner_id": desk.owner}
    await session.execute(
        insert(Layout)
        .values(id=uuid7(), differences={}, version=0, origin=0, **owner)
        .on_conflict_do_nothing()
    )
    found = await session.execute(select(Layout).filter_by(**owner).with_for_update())
    return found.scalar_one()


def layer_of(row: Layout) -> Differences:
    """The layer as it is being worked on; raises LayoutDamaged, so that nothing is written over
    what somebody may still mend."""
    layer = layer_from(row.differences if row.draft is None else row.draft)
    if layer is None:
        raise LayoutDamaged
    return layer


async def write(desk: Desk, row: Layout, layer: Differences) -> None:
    """Keeps a changed layer: as a draft, or for good where it is a person's."""
    plain = layer.model_dump(mode="json", exclude_unset=True)
    plain |= {"met": None if layer.met is None else [str(id_) for id_ in layer.met]}
    if desk.may_lock:
        row.draft = plain
    else:
        await _advance(desk, row, plain, None)


async def publish(desk: Desk) -> bool:
    """Makes the draft what everybody sees; False where there is none."""
    row = await locked(desk)
    if row.draft is None:
        return False
    layer_of(row)
    draft, row.draft = row.draft, None
    await _advance(desk, row, draft, None)
    return True


async def discard(desk: Desk) -> None:
    """Forgets the draft."""
    (await locked(desk)).draft = None


async def history(desk: Desk) -> list[RevisionLine]:
    """What the layer was, the newest first."""
    return list(await desk.call.unit.read(HISTORY, **desk.of))


async def undo(desk: Desk) -> None:
    """Goes back by one change; once more, by another."""
    row = await locked(desk)
    if row.draft is not None:
        row.draft = None
        return
    found = await desk.call.unit.db.execute(BEFORE, {**desk.of, "number": row.origin})
    if (revision := found.scalar_one_or_none()) is None:
        raise NothingToUndo
    await _back(desk, row, revision)


async def restore(desk: Desk, number: int) -> None:
    """Goes back to one revision: that is a change of its own, which can be undone."""
    row = await locked(desk)
    found = await desk.call.unit.db.execute(REVISION, {**desk.of, "number": number})
    if (revision := found.scalar_one_or_none()) is None:
        raise RevisionUnknown
    await _back(desk, row, revision)


async def reset(desk: Desk) -> None:
    """Takes all differences away: what is below is seen again."""
    await write(desk, await locked(desk), Differences())


async def _back(desk: Desk, row: Layout, revision: LayoutRevision) -> None:
    if layer_from(revision.differences) is None:
        raise LayoutDamaged
    row.draft = None
    await _advance(desk, row, revision.differences, revision.origin)


async def _advance(
    desk: Desk, row: Layout, differences: dict[str, object], origin: int | None
) -> None:
    """Keeps the layer as it was, once, and as it is now; forgets the oldest."""
    session = desk.call.unit.db
    found = await session.execute(REVISION, {**desk.of, "number": row.version})
    if found.scalar_one_or_none() is None:
        session.add(_revision(desk, row, made_by=None))
        await session.flush()
    row.version += 1
    row.differences, row.origin = differences, row.version if origin is None else origin
    session.add(_revision(desk, row, made_by=desk.call.actor))
    await session.flush()
    await session.execute(FORGET, {**desk.of, "number": row.version - KEPT})


def _revision(desk: Desk, row: Layout, *, made_by: UUID | None) -> LayoutRevision:
    return LayoutRevision(
        owner_kind=desk.kind,
        owner_id=desk.owner,
        number=row.version,
        origin=row.origin or row.version,
        differences=row.differences,
        made_by=made_by,
    )


async def meet(desk: Desk) -> None:
    """Whatever is below the layer isn't new to it any more."""
    row = await locked(desk)
    layer = layer_of(row)
    there = {box.id for box in desk.without(layer).whole.boxes if box.id}
    met = sorted(there | set(layer.met or ()))
    await write(desk, row, layer.model_copy(update={"met": met}))
