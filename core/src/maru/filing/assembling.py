"""Puts a large upload together once it has come whole: its sender has been answered by then, and
sees the file as one that is still waiting.

Until the last transaction nothing is given up: the pieces lie in the store and their row says so.
Whoever is killed half-way leaves them, and the job begins again.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from maru.files.content import judged
from maru.files.errors import StoreAway
from maru.files.pieces import read_pieces
from maru.files.queries import (
    ADOPT,
    ALIKE,
    COMING,
    FILES_OF,
    FORGET_PIECES,
    LEFT_COMING,
    REFUSE,
    SETTLE,
    UNUSED,
)
from maru.files.shelf import Bounds, Gauge, Shelf
from maru.files.store import blob_key
from maru.filing.locking import Harm, lock_away
from maru.filing.owner import call_of
from maru.plugins.filed import Assemble, first_state, have_tended
from maru_sdk import Context, job
from maru_sdk.declarations import Job
from maru_sdk.files import FileRefused, FilesChanged

LONG: Final = timedelta(hours=3)
OTHER: Final = Harm(scanner="core", found="content")


def assemble_job(shelf: Shelf) -> Job:
    """The job that puts uploads together."""

    @job(tries=32, deadline="2h")
    async def assemble_file(ctx: Context, ask: Assemble) -> None:
        """Makes one of the pieces of a large upload, again and again for about a day while the
        store is away; nobody gets the file before."""
        async with ctx.aside() as own:
            blob = (await own.db.execute(COMING, {"id": ask.blob})).one_or_none()
        if blob is None:
            return
        gauge = await _put_together(ctx.tenant.id, shelf, blob)
        async with ctx.aside() as own:
            await _end(own, shelf, blob, gauge)
        for key, _ in blob.pieces or ():
            await shelf.store.delete(key)

    return assemble_file


async def _put_together(tenant: UUID, shelf: Shelf, blob: Any) -> Gauge:
    """What it is. Content that came with an archive lies whole already."""
    key, gauge, bounds = blob_key(tenant, blob.id), Gauge(), Bounds(largest=blob.size)
    try:
        if blob.pieces:
            content = gauge.through(read_pieces(shelf.store, blob.pieces), bounds)
            await shelf.store.put(key, content)
        else:
            async for _ in gauge.through(shelf.store.read(key, 0, blob.size), bounds):
                pass
    except FileNotFoundError as error:  # a folder that isn't mounted has nothing either
        raise StoreAway(reason="nothing is there") from error
    return gauge


async def _end(ctx: Context, shelf: Shelf, blob: Any, gauge: Gauge) -> None:
    """Lets it be content like any other, or locks it away. What has no file any more stays as it
    is, and is collected."""
    files = (await ctx.db.execute(FILES_OF, {"id": blob.id})).all()
    is_other = bool(files) and _is_other(blob, gauge, files[0].name)
    if is_other:
        await ctx.db.execute(REFUSE, {"id": blob.id, "note": OTHER.found})
    elif files:
        await _settle(ctx, blob.id, gauge.sha256)
    await ctx.db.execute(FORGET_PIECES, {"id": blob.id})
    for file in files:
        if is_other:
            await lock_away(ctx, file, OTHER)
        else:
            await have_tended(call_of(ctx), await shelf.whole(call_of(ctx).unit, file.id))
        await ctx.publish(FilesChanged(kind=file.kind, on=file.on_id, file_id=file.id))


def _is_other(blob: Any, gauge: Gauge, name: str) -> bool:
    """Whether it isn't what was judged before: an address in a bucket may be written to again."""
    try:
        kind = judged(name, gauge.head, gauge.tail)
    except FileRefused:
        return True
    return (gauge.size, kind) != (blob.size, blob.media_type)


async def _settle(ctx: Context, blob: UUID, digest: str) -> None:
    """What the tenant has already is not kept twice: its files become the other's, and it is
    collected."""
    given = {"id": blob, "sha256": digest}
    if (await ctx.db.execute(ALIKE, given)).one_or_none() is not None:
        await ctx.db.execute(ADOPT, given)
        await ctx.db.execute(UNUSED, {"ids": [blob]})
    else:
        await ctx.db.execute(SETTLE, {**given, "state": first_state(call_of(ctx))})


async def have_left_assembled(ctx: Context, assemble_file: Job) -> None:
    """Has put together what no job was asked for, as it came with an archive or was copied while
    its original was put together, and what takes so long that its job may have given it up."""
    async with ctx.aside() as own:
        left = await own.db.execute(LEFT_COMING, {"before": ctx.now - LONG})
        for blob in left.scalars().all():
            await own.jobs.enqueue(assemble_file, Assemble(blob=blob), unique=str(blob))
