"""Collects what nobody has any more: uploads that nobody went on with, content without a file, and
what a process left in the store when it died."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from maru.files.queries import COLLECT, EXPIRED, KNOWN_BLOBS
from maru.files.shelf import Shelf
from maru.files.store import blob_key
from maru.files.usage import grow
from maru.filing.assembling import have_left_assembled
from maru.filing.drawing import have_due_drawn
from maru.filing.owner import call_of
from maru_sdk import Context, schedule
from maru_sdk.declarations import Job, Schedule

SPARED: Final = timedelta(hours=1)
LEFT_OVER: Final = timedelta(days=2)
_ROUNDS: Final = 50
_BATCH: Final = 500


def tidying(shelf: Shelf, draw_file: Job, assemble_file: Job) -> list[Schedule]:
    """The schedules that do so."""

    @schedule("17 * * * *", deadline="15m")
    async def collect_files(ctx: Context) -> None:
        """Ends uploads whose time is over, deletes content that has no file any more, and has
        pictures drawn and uploads put together that are due."""
        await have_due_drawn(ctx, draw_file)
        await have_left_assembled(ctx, assemble_file)
        async with ctx.aside() as own:
            await shelf.end_ahead(call_of(own).unit, ctx.now)
        for _ in range(_ROUNDS):
            if not await end_expired(ctx, shelf) + await collect_unused(ctx, shelf):
                return

    @schedule("37 3 * * *", deadline="1h")
    async def sweep_store(ctx: Context) -> None:
        """Deletes what lies in the store and has no row: a process died on its way there."""
        await sweep(ctx, shelf)

    return [collect_files, sweep_store]


async def end_expired(ctx: Context, shelf: Shelf) -> int:
    """Ends some uploads whose time is over; how many."""
    async with ctx.aside() as own:
        ended = (await own.db.execute(EXPIRED, {"now": ctx.now})).all()
        await grow(call_of(own).unit, -sum(one.received for one in ended if one.file_id is None))
    await _delete(shelf, (key for one in ended for key, _ in one.pieces))
    return len(ended)


async def collect_unused(ctx: Context, shelf: Shelf) -> int:
    """Deletes some content that has had no file for an hour: first its row, so that who brings the
    same again brings it anew."""
    async with ctx.aside() as own:
        gone = (await own.db.execute(COLLECT, {"before": ctx.now - SPARED})).all()
        await grow(call_of(own).unit, -sum(one.size for one in gone))
    await _delete(shelf, (blob_key(ctx.tenant.id, one.id) for one in gone))
    return len(gone)


async def sweep(ctx: Context, shelf: Shelf) -> int:
    """Deletes what has lain in the store for days without a row; how much."""
    before, count = ctx.now - LEFT_OVER, 0
    keys = [key async for key in shelf.store.old(str(ctx.tenant.id), before)]
    for at in range(0, len(keys), _BATCH):
        gone = await _unknown(ctx, keys[at : at + _BATCH])
        await _delete(shelf, gone)
        count += len(gone)
    return count


async def _unknown(ctx: Context, keys: Iterable[str]) -> list[str]:
    """Those that no row knows, of a blob or, for pieces, of an upload."""
    ids = {key: _id_of(key) for key in keys}
    async with ctx.aside() as own:
        asked = [one for one in ids.values() if one is not None]
        known = set((await own.db.execute(KNOWN_BLOBS, {"ids": asked})).scalars())
    return [key for key, one in ids.items() if one is None or one not in known]


def _id_of(key: str) -> UUID | None:
    """The blob whose content lies there, or the upload of which it is a piece."""
    parts = key.split("/")
    try:
        return UUID((parts[2] if parts[1] == "up" else parts[-1])[:36])
    except (ValueError, IndexError):
        return None


async def _delete(shelf: Shelf, keys: Iterable[str]) -> None:
    for key in keys:
        await shelf.store.delete(key)
