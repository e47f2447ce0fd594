"""What lies in the store of files: goes into the archive with the rows, comes out before anybody
sees them, and is deleted with the tenant."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.db.unit import Unit
from maru.files.store import Store, blob_key
from maru.moving.archive import ArchiveReader, ArchiveWriter, Content

log = logging.getLogger(__name__)

_ALL: Final = sa.text(
    "SELECT id, size FROM maru.file_blob UNION ALL SELECT id, size FROM maru.file_variant"
)
Lying = tuple[UUID, int]


async def lying(unit: Unit) -> list[Lying]:
    """What the tenant has in the store, by id and size."""
    return [(row.id, row.size) for row in await unit.db.execute(_ALL)]


async def put_in(
    archive: ArchiveWriter, store: Store, tenant: UUID, held: Iterable[Lying]
) -> list[Content]:
    """Writes the content into the archive. What was collected since the snapshot has no file any
    more, and is left out."""
    written = []
    for content_id, size in sorted(held):
        pieces = store.read(blob_key(tenant, content_id), 0, size)
        try:
            written.append(await _put_in(archive, content_id, pieces))
        except FileNotFoundError:
            log.warning("content %s is not in the store any more", content_id)
    return written


async def _put_in(
    archive: ArchiveWriter, content_id: UUID, pieces: AsyncIterator[bytes]
) -> Content:
    hashed, size, file = hashlib.sha256(), 0, None
    async for piece in pieces:
        if file is None:  # opened by the first piece: what isn't there leaves no trace
            file = await asyncio.to_thread(archive.begin_content, content_id)
        await asyncio.to_thread(hashed.update, piece)
        await asyncio.to_thread(file.write, piece)
        size += len(piece)
    if file is None:
        file = await asyncio.to_thread(archive.begin_content, content_id)
    await asyncio.to_thread(file.close)
    return Content(id=content_id, size=size, sha256=hashed.hexdigest())


async def take_out(archive: ArchiveReader, store: Store, tenant: UUID) -> None:
    """Puts the content of an archive, which was verified, into the store."""
    for content in await asyncio.to_thread(archive.contents):
        await store.put(blob_key(tenant, content.id), _pieces(archive, content))


async def _pieces(archive: ArchiveReader, content: Content) -> AsyncIterator[bytes]:
    blocks = archive.blocks(content.file)
    while block := await asyncio.to_thread(next, blocks, None):
        yield block


async def erase(store: Store, tenant: UUID) -> int:
    """Deletes whatever a tenant has in the store; how much that was."""
    gone = [key async for key in store.old(str(tenant), datetime.max.replace(tzinfo=UTC))]
    for key in gone:
        await store.delete(key)
    return len(gone)
