"""What lies in the store of files: goes into the archive with the rows, comes out before anybody
sees them, and is deleted with the tenant."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.db.unit import Unit
from maru.files.pieces import Pieces, read_pieces
from maru.files.store import Store, blob_key
from maru.moving.archive import ArchiveReader, ArchiveWriter, Content

log = logging.getLogger(__name__)

_ALL: Final = sa.text(
    """
    SELECT b.id, b.size, u.pieces FROM maru.file_blob b
      LEFT JOIN maru.file_upload u
             ON u.tenant_id = b.tenant_id AND u.id = b.id AND b.state = 'coming'
     UNION ALL SELECT id, size, NULL FROM maru.file_variant
    """
)


@dataclass(frozen=True, slots=True)
class Lying:
    """What the tenant has in the store; in `pieces` where it isn't put together yet."""

    id: UUID
    size: int
    pieces: Pieces


async def lying(unit: Unit) -> list[Lying]:
    """All of it."""
    return [Lying(row.id, row.size, row.pieces or ()) for row in await unit.db.execute(_ALL)]


async def put_in(
    archive: ArchiveWriter, store: Store, tenant: UUID, held: Iterable[Lying]
) -> list[Content]:
    """Writes the content into the archive. What was collected since the snapshot has no file any
    more, and is left out."""
    written = []
    for one in sorted(held, key=lambda one: one.id):
        try:
            written.append(await _put_in(archive, one.id, _read(store, tenant, one)))
        except FileNotFoundError:
            log.warning("content %s is not in the store any more", one.id)
    return written


async def _read(store: Store, tenant: UUID, one: Lying) -> AsyncIterator[bytes]:
    """What was in pieces may have been put together since, and may be while it is read: the same
    bytes lie there then."""
    key, at = blob_key(tenant, one.id), 0
    if one.pieces and await store.size(key) != one.size:
        try:
            async for piece in read_pieces(store, one.pieces):
                at += len(piece)
                yield piece
            return
        except FileNotFoundError:
            log.info("content %s was put together meanwhile", one.id)
    async for piece in store.read(key, at, one.size):
        yield piece


async def _put_in(
    archive: ArchiveWriter, content_id: UUID, pieces: AsyncIterator[bytes]
) -> Content:
    hashed, size, file = hashlib.sha256(), 0, None
    try:
        async for piece in pieces:
            if file is None:  # opened by the first piece: what isn't there leaves no trace
                file = await asyncio.to_thread(archive.begin_content, content_id)
            await asyncio.to_thread(hashed.update, piece)
            await asyncio.to_thread(file.write, piece)
            size += len(piece)
        if file is None:
            file = await asyncio.to_thread(archive.begin_content, content_id)
    except FileNotFoundError:
        if file is None:
            raise
        log.warning("content %s was collected while it was read", content_id)
    finally:  # the next can't begin before
        if file is not None:
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
