"""Has the pictures of what was uploaded drawn, once for each content, and gives them out."""

from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from maru.files.drawing import Drawing, Drawn, draw
from maru.files.errors import NotDrawable, VariantNotFound
from maru.files.laying import CONTENT, laid_out, pieces_of
from maru.files.media import DRAWABLE, ORIGINAL, SHOWN, WEBP
from maru.files.queries import (
    BLOB,
    DUE,
    FILES_OF,
    HELD,
    KEEP_VARIANT,
    PICTURED,
    VARIANTS,
    Whole,
)
from maru.files.shelf import Shelf
from maru.files.store import blob_key
from maru.files.usage import grow
from maru.filing.owner import call_of
from maru.plugins.filed import Draw
from maru_sdk import Context, job
from maru_sdk.compute import ComputeKilled, ComputeTimeout
from maru_sdk.db import uuid7
from maru_sdk.declarations import Job
from maru_sdk.files import FilesChanged

LARGEST: Final = 200_000_000
MEMORY: Final = 1 << 30
_SHOWN_WHOLE: Final = 20_000_000


def draw_job(shelf: Shelf) -> Job:
    """The job that has pictures drawn."""

    @job(tries=5, deadline="10m")
    async def draw_file(ctx: Context, ask: Draw) -> None:
        """Makes the small pictures of an upload; one that can't be drawn is left without."""
        async with ctx.aside() as own:
            blob = (await own.db.execute(BLOB, {"id": ask.blob})).one_or_none()
        if blob is None or blob.state != "clean" or blob.pictures != "due":
            return
        if blob.media_type not in DRAWABLE or blob.size > LARGEST:
            await ctx.db.execute(PICTURED, {"id": ask.blob, "pictures": "none", "note": None})
            return
        content = shelf.store.read(blob_key(ctx.tenant.id, blob.id), 0, blob.size)
        async with laid_out(content) as folder:
            await _draw(ctx, shelf, blob, folder)

    return draw_file


async def _draw(ctx: Context, shelf: Shelf, blob: Any, folder: Path) -> None:
    asked = Drawing(path=str(folder / CONTENT), media_type=blob.media_type, folder=str(folder))
    try:
        pictures = await ctx.compute(draw, asked, deadline="2m", memory=MEMORY)
    except (NotDrawable, ComputeKilled, ComputeTimeout) as error:
        reason = str(error.details.get("reason", error.code))
        ctx.log.info("no picture can be made of a file", blob=str(blob.id), reason=reason)
        await ctx.db.execute(PICTURED, {"id": blob.id, "pictures": "none", "note": reason})
        return
    kept = [await _keep(ctx.tenant.id, shelf, folder, one) for one in pictures.drawn]
    await _enter(ctx, shelf, blob.id, kept)


async def _keep(tenant: UUID, shelf: Shelf, folder: Path, drawn: Drawn) -> dict[str, Any]:
    """Puts a picture into the store; its row comes later."""
    key, path = uuid7(), folder / drawn.file
    await shelf.store.put(blob_key(tenant, key), pieces_of(path))
    size = path.stat().st_size
    return {"id": key, "name": drawn.name, "media_type": drawn.media_type, "size": size}


async def _enter(ctx: Context, shelf: Shelf, blob: UUID, kept: list[dict[str, Any]]) -> None:
    """Writes the rows; what another job wrote first, or content that is gone, makes ours
    worthless."""
    unit, mine = call_of(ctx).unit, set[UUID]()
    if (await ctx.db.execute(HELD, {"id": blob})).one_or_none() is not None:
        for one in kept:
            row = await ctx.db.execute(KEEP_VARIANT, {**one, "blob_id": blob})
            mine |= set(row.scalars())
        await ctx.db.execute(PICTURED, {"id": blob, "pictures": "made", "note": None})
        await grow(unit, sum(one["size"] for one in kept if one["id"] in mine))
        for file in (await ctx.db.execute(FILES_OF, {"id": blob})).all():
            await ctx.publish(FilesChanged(kind=file.kind, on=file.on_id, file_id=file.id))
    for one in kept:
        if one["id"] not in mine:
            unit.on_commit(partial(shelf.store.delete, blob_key(ctx.tenant.id, one["id"])))


async def have_due_drawn(ctx: Context, draw_file: Job) -> None:
    """Has drawn what no job was asked for: files of before there were pictures, and of jobs that
    were given up."""
    async with ctx.aside() as own:
        for blob in (await own.db.execute(DUE)).scalars().all():
            await own.jobs.enqueue(draw_file, Draw(blob=blob), unique=str(blob))


async def picture_of(ctx: Context, file: Whole, name: str, accept: str) -> Whole:
    """A file's picture of that name as if it were a file, WebP for who takes it. Before it is
    drawn, and where it is the same, the file itself. Raises VariantNotFound."""
    found = await ctx.read(VARIANTS, blob_id=file.blob_id, name=name)
    for one in sorted(found, key=lambda one: (one.media_type == WEBP) != ("image/webp" in accept)):
        tag = f"{file.sha256[:32]}-{name}-{one.media_type.rpartition('/')[2]}"
        update = {"blob_id": one.id, "sha256": tag, "size": one.size, "media_type": one.media_type}
        return file.model_copy(update=update)
    same = not file.has_picture or name == ORIGINAL
    if same and not file.is_undrawn and file.media_type in SHOWN and file.size <= _SHOWN_WHOLE:
        return file
    raise VariantNotFound
