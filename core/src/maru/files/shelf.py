"""Keeps what comes as a file: first the content, outside any transaction, then the rows."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from maru.db.unit import Unit
from maru.files.content import HEAD, TAIL, judged
from maru.files.errors import StorageFull
from maru.files.media import DRAWABLE
from maru.files.models import BlobState
from maru.files.names import clean_name
from maru.files.queries import ADD_FILE, CLEAR, END_AHEAD, KEEP_BLOB, REMOVE, UNUSED, WHOLE, Whole
from maru.files.store import Store, blob_key
from maru.files.usage import grow
from maru_sdk.db import uuid7
from maru_sdk.files import File, FileNotFound, FileNotReady, FileQuarantined, FileTooLarge

_IN_THREAD: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What of a file is taken: at most `largest` bytes, at most the `room` that the tenant has
    left, and no extension that is `refused`."""

    largest: int
    room: int | None = None
    refused: frozenset[str] = frozenset()

    def check(self, size: int) -> None:
        """Raises FileTooLarge or StorageFull."""
        if size > self.largest:
            raise FileTooLarge(limit=self.largest)
        if self.room is not None and size > self.room:
            raise StorageFull(limit=self.room)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known of a file besides its content. `state` is that of content which is new here:
    nothing is given out that a scanner hasn't seen."""

    kind: str
    on: UUID
    name: str
    by: UUID | None
    state: BlobState
    ahead_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Content that lies in the store and has no row yet."""

    id: UUID
    size: int
    sha256: str
    media_type: str

    @classmethod
    def coming(cls, upload: UUID, size: int, media_type: str) -> "Kept":
        """What is whole, and lies in the pieces of an upload: nobody knows its sum yet."""
        return cls(id=upload, size=size, sha256=f"coming:{upload}", media_type=media_type)


@dataclass(slots=True)
class Gauge:
    """Looks at content while it goes by."""

    size: int = 0
    head: bytes = b""
    tail: bytes = b""
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    async def through(self, pieces: AsyncIterator[bytes], bounds: Bounds) -> AsyncIterator[bytes]:
        """The same pieces; raises as `bounds` do, as soon as there are too many."""
        async for piece in pieces:
            self.size += len(piece)
            bounds.check(self.size)
            if len(self.head) < HEAD:
                self.head = (self.head + piece[:HEAD])[:HEAD]
            self.tail = (self.tail + piece[-TAIL:])[-TAIL:]
            if len(piece) > _IN_THREAD:
                await asyncio.to_thread(self._hash.update, piece)
            else:
                self._hash.update(piece)
            yield piece

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Shelf:
    """The files of all tenants. Scanners that are `required` must have passed content also where
    nobody offers them."""

    def __init__(self, store: Store, *, required: Sequence[str] = ()) -> None:
        self.store, self.required = store, tuple(required)
        self._lent: dict[str, tuple[UUID, str, int]] = {}

    async def keep(
        self, tenant: UUID, name: str, pieces: AsyncIterator[bytes], bounds: Bounds
    ) -> Kept:
        """Puts content into the store, piece by piece. Raises FileRefused, FileTooLarge and
        StorageFull, and then nothing is left of it."""
        name, gauge, blob = clean_name(name), Gauge(), uuid7()
        key = blob_key(tenant, blob)
        await self.store.put(key, gauge.through(pieces, bounds))
        try:
            kind = judged(name, gauge.head, gauge.tail, bounds.refused)
        except BaseException:
            await self.store.delete(key)
            raise
        return Kept(id=blob, size=gauge.size, sha256=gauge.sha256, media_type=kind)

    async def enter(self, unit: Unit, kept: Kept, about: About, *, booked: int = 0) -> Whole:
        """Makes a file of what is kept, in the unit's transaction; what the tenant has already is
        not kept twice. `booked` bytes are the tenant's already. Raises StorageFull."""
        given: dict[str, Any] = {
            "size": kept.size,
            "sha256": kept.sha256,
            "media_type": kept.media_type,
        }
        given |= {"pictures": "due" if kept.media_type in DRAWABLE else "none"}
        blob = (
            await unit.db.execute(KEEP_BLOB, {"id": kept.id, "state": about.state, **given})
        ).one()
        is_new = blob.id == kept.id
        await grow(unit, (kept.size if is_new else 0) - booked)
        if not is_new:
            unit.on_commit(partial(self.store.delete, blob_key(unit_tenant(unit), kept.id)))
        file, name = uuid7(), clean_name(about.name)
        row: dict[str, Any] = {
            "id": file,
            "blob_id": blob.id,
            "kind": about.kind,
            "on_id": about.on,
        }
        row |= {"name": name, "created_by": about.by, "ahead_until": about.ahead_until}
        await unit.db.execute(ADD_FILE, row)
        return await self.whole(unit, file)

    async def whole(self, unit: Unit, file_id: UUID) -> Whole:
        """A file; raises FileNotFound."""
        for found in await unit.read(WHOLE, id=file_id):
            return found
        raise FileNotFound

    def read(self, tenant: UUID, file: Whole, first: int, end: int) -> AsyncIterator[bytes]:
        """A part of what a file holds; raises FileNotReady."""
        require_ready(file)
        return self.store.read(blob_key(tenant, file.blob_id), first, end)

    @contextmanager
    def lending(self, tenant: UUID, blob: UUID, size: int) -> Iterator[str]:
        """A handle by which this content may be read meanwhile, by who has no right to a file."""
        handle = secrets.token_urlsafe(16)
        self._lent[handle] = (tenant, blob_key(tenant, blob), size)
        try:
            yield handle
        finally:
            del self._lent[handle]

    async def lent(self, tenant: UUID, handle: str) -> AsyncIterator[bytes]:
        """What a handle is for; raises FileNotFound where it isn't lent any more."""
        whose, key, size = self._lent.get(handle) or (None, "", 0)
        if whose != tenant:
            raise FileNotFound
        async for piece in self.store.read(key, 0, size):
            if handle not in self._lent:
                raise FileNotFound
            yield piece

    async def remove(self, unit: Unit, kind: str, on: UUID, file_id: UUID) -> bool:
        """Removes a file of a thing; whether there was one. What nobody has any more is collected
        later."""
        return await self._gone(unit, REMOVE, {"kind": kind, "on_id": on, "id": file_id})

    async def clear(self, unit: Unit, kind: str, things: Sequence[UUID]) -> None:
        """Removes all files of these things."""
        await self._gone(unit, CLEAR, {"kind": kind, "things": list(things)})

    async def end_ahead(self, unit: Unit, now: datetime) -> bool:
        """Removes some files whose things never came; whether there were any."""
        return await self._gone(unit, END_AHEAD, {"now": now})

    async def _gone(self, unit: Unit, statement: sa.TextClause, given: dict[str, Any]) -> bool:
        blobs = list((await unit.db.execute(statement, given)).scalars())
        if blobs:
            await unit.db.execute(UNUSED, {"ids": blobs})
        return bool(blobs)


def require_ready(file: File) -> None:
    """Raises FileNotReady or FileQuarantined for what nobody may have."""
    if file.state == "quarantined":
        raise FileQuarantined
    if file.state != "ready":
        raise FileNotReady


def unit_tenant(unit: Unit) -> UUID:
    """The tenant of a unit that has one."""
    assert unit.scope.tenant is not None
    return unit.scope.tenant


def shown(file: Whole) -> File:
    """What lists show of a file."""
    return File(**{name: getattr(file, name) for name in File.model_fields})
