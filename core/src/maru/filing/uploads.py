"""Uploads that may be cut off and gone on with: the store has their pieces, PostgreSQL knows how
far they are.

A piece is in the store before its row is, and its row before the client hears of it: a process that
dies costs at most the piece at hand, and a client that is told "so far" finds it so.
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from maru.api.errors import BodyTooSlow, ClientLeft
from maru.files.errors import ChecksumMismatch, OffsetConflict, UploadNotFound, WrongPiece
from maru.files.models import BlobState
from maru.files.names import clean_name
from maru.files.pieces import judged_pieces, read_pieces
from maru.files.queries import (
    ADD_PIECES,
    BEGIN_UPLOAD,
    END_UPLOAD,
    FINISH_UPLOAD,
    FORGET_PIECES,
    UPLOAD,
    Upload,
    Whole,
    upload_of,
)
from maru.files.shelf import About, Bounds, Kept, Shelf
from maru.files.store import piece_key
from maru.files.usage import grow
from maru.filing.owner import ask, call_of, kind_ahead, kind_for
from maru.plugins.filed import bounds_of, first_state, have_assembled, have_tended
from maru_sdk import Context, MaruError
from maru_sdk.db import uuid7
from maru_sdk.declarations import FileKind
from maru_sdk.files import FileRefused, FilesChanged

PIECE: Final = 8 << 20
AT_ONCE: Final = 64 << 20
"""So many bytes are put together while their sender waits; more, by a job."""
LIFE: Final = timedelta(hours=24)
AHEAD: Final = timedelta(days=7)
ALGORITHMS: Final[dict[str, Callable[[], Any]]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
Pieces = AsyncIterator[bytes]


class Checksum:
    """What a client says that its bytes sum up to."""

    def __init__(self, header: str) -> None:
        name, _, value = header.partition(" ")
        if name not in ALGORITHMS:
            raise WrongPiece(header="Upload-Checksum")
        try:
            self._wanted = base64.b64decode(value, validate=True)
        except ValueError:
            raise WrongPiece(header="Upload-Checksum") from None
        self._sum = ALGORITHMS[name]()

    def add(self, piece: bytes) -> None:
        self._sum.update(piece)

    def check(self) -> None:
        """Raises ChecksumMismatch."""
        if self._sum.digest() != self._wanted:
            raise ChecksumMismatch


class Uploads:
    """The uploads of all tenants."""

    def __init__(self, shelf: Shelf, piece: int = PIECE) -> None:
        self._shelf, self._piece = shelf, piece

    async def begin(self, ctx: Context, kind: str, on: UUID | None, name: str, size: int) -> Upload:
        """A new upload, for a thing that is still to come where `on` is None; raises what refuses
        the file as far as that is known already."""
        found = await _kind(ctx, kind, on)
        bounds = await bounds_of(call_of(ctx), found)
        bounds.check(size)
        row = {"id": uuid7(), "kind": kind, "name": clean_name(name), "size": size}
        row |= {"on_id": on or ctx.me.id, "ahead": on is None}
        ends = ctx.now + LIFE
        async with ctx.aside() as own:
            await own.db.execute(BEGIN_UPLOAD, {**row, "created_by": ctx.me.id, "expires_at": ends})
        return await self.found(ctx, row["id"])  # type: ignore[arg-type]

    async def found(self, ctx: Context, upload_id: UUID) -> Upload:
        """An upload of this person's that isn't over; raises UploadNotFound."""
        async with ctx.aside() as own:
            row = (await own.db.execute(UPLOAD, {"id": upload_id})).one_or_none()
        if row is None or row.created_by != ctx.me.id or row.expires_at <= ctx.now:
            raise UploadNotFound
        return upload_of(row)

    async def append(
        self, ctx: Context, upload: Upload, offset: int, pieces: Pieces, checksum: Checksum | None
    ) -> Upload:
        """Takes what comes from `offset` on; what came before a cut is kept. The last piece makes
        a file of it. Raises OffsetConflict, ChecksumMismatch, StorageFull, FileRefused."""
        if offset != upload.received:
            raise OffsetConflict(offset=upload.received)
        taking = _Taking(self._shelf, ctx, upload, self._piece, checksum)
        try:
            async for piece in pieces:
                await taking.take(piece)
        except (ClientLeft, BodyTooSlow):
            await taking.broken_off()
            raise
        except BaseException:
            await taking.drop()
            raise
        await taking.settle()
        upload = await self.found(ctx, upload.id)
        return await self.finish(ctx, upload) if upload.received == upload.size else upload

    async def take_over(self, ctx: Context, upload: Upload, key: str) -> Upload:
        """Counts what lies whole under a key as this upload's; raises OffsetConflict for who is
        second, and StorageFull."""
        await _recorded(ctx, upload.id, 0, [(key, upload.size)])
        return await self.found(ctx, upload.id)

    async def finish(self, ctx: Context, upload: Upload) -> Upload:
        """Makes a file of a whole upload; whoever does so second finds it done."""
        if upload.file_id is not None:
            return upload
        call = call_of(ctx)
        kind = await _kind(ctx, upload.kind, None if upload.ahead else upload.on_id)
        bounds = await bounds_of(call, kind)
        bounds = type(bounds)(largest=bounds.largest, refused=bounds.refused)  # booked already
        bounds.check(upload.size)
        at_once = upload.size <= AT_ONCE
        try:
            kept = await (self._kept if at_once else self._coming)(ctx, upload, bounds)
        except FileRefused:
            await self.end(ctx, upload)
            raise
        about = _about(upload, ctx.now, first_state(call) if at_once else "coming")
        async with ctx.aside() as own:
            file = await self._enter(own, upload, kept, about)
            if at_once:
                await own.db.execute(FORGET_PIECES, {"id": upload.id})
                await have_tended(call_of(own), file)
            else:
                await have_assembled(call_of(own), upload.id)
        if at_once:
            await self._forget(upload.pieces)
        return upload.model_copy(update={"file_id": file.id})

    async def _kept(self, ctx: Context, upload: Upload, bounds: Bounds) -> Kept:
        content = read_pieces(self._shelf.store, upload.pieces)
        return await self._shelf.keep(ctx.tenant.id, upload.name, content, bounds)

    async def _coming(self, ctx: Context, upload: Upload, bounds: Bounds) -> Kept:
        """What is judged by how it begins and ends, and put together after the answer."""
        store, refused = self._shelf.store, bounds.refused
        kind = await judged_pieces(store, upload.name, upload.pieces, refused)
        return Kept.coming(upload.id, upload.size, kind)

    async def _enter(self, ctx: Context, upload: Upload, kept: Kept, about: About) -> Whole:
        """The rows of a file, and the upload's that it is one."""
        unit = call_of(ctx).unit
        file = await self._shelf.enter(unit, kept, about, booked=upload.received)
        given = {"id": upload.id, "file_id": file.id, "expires_at": _end_of_life(ctx)}
        done: Any = await ctx.db.execute(FINISH_UPLOAD, given)
        if done.rowcount != 1:
            raise UploadNotFound
        if not upload.ahead:
            changed = FilesChanged(kind=upload.kind, on=upload.on_id, file_id=file.id)
            await ctx.publish(changed)
        return file

    async def end(self, ctx: Context, upload: Upload) -> None:
        """Gives an upload up; a file that it has become stays."""
        async with ctx.aside() as own:
            row = (await own.db.execute(END_UPLOAD, {"id": upload.id})).one_or_none()
            if row is not None and row.file_id is None:
                await grow(call_of(own).unit, -row.received)
        if row is not None:
            await self._forget(row.pieces)

    async def _forget(self, pieces: Any) -> None:
        for key, _ in pieces:
            await self._shelf.store.delete(key)


async def _kind(ctx: Context, name: str, on: UUID | None) -> FileKind:
    """The kind, where this person may add to that thing, or to one that is still to come."""
    if on is None:
        return await kind_ahead(ctx, name)
    return await kind_for(ctx, name, ask(on, "change"))


def _about(upload: Upload, now: datetime, state: BlobState) -> About:
    return About(
        kind=upload.kind,
        on=upload.on_id,
        name=upload.name,
        by=upload.created_by,
        state=state,
        ahead_until=now + AHEAD if upload.ahead else None,
    )


class _Taking:
    """What one request brings."""

    def __init__(
        self, shelf: Shelf, ctx: Context, upload: Upload, piece: int, checksum: Checksum | None
    ) -> None:
        self._shelf, self._ctx, self._upload, self._piece = shelf, ctx, upload, piece
        self._checksum = checksum
        self._offset = upload.received
        self._held = bytearray()
        self._stored: list[tuple[str, int]] = []

    async def take(self, piece: bytes) -> None:
        at = self._offset + sum(size for _, size in self._stored) + len(self._held)
        if at + len(piece) > self._upload.size:
            raise WrongPiece(header="Upload-Length")
        if self._checksum is not None:
            self._checksum.add(piece)
        self._held += piece
        if len(self._held) >= self._piece:
            await self._put()
            if self._checksum is None:
                await self._record()

    async def broken_off(self) -> None:
        """Keeps what came, unless nobody can say whether it is what was sent."""
        if self._checksum is not None:
            await self.drop()
        else:
            await self._put()
            await self._record()

    async def settle(self) -> None:
        """Everything came."""
        if self._checksum is not None:
            try:
                self._checksum.check()
            except MaruError:
                await self.drop()
                raise
        await self._put()
        await self._record()

    async def drop(self) -> None:
        for key, _ in self._stored:
            await self._shelf.store.delete(key)
        self._stored = []

    async def _put(self) -> None:
        if not self._held:
            return
        held, self._held = bytes(self._held), bytearray()
        at = self._offset + sum(size for _, size in self._stored)
        key = piece_key(self._ctx.tenant.id, self._upload.id, at)
        await self._shelf.store.put(key, _once(held))
        self._stored.append((key, len(held)))

    async def _record(self) -> None:
        """Notes what the store has; another request that was faster makes this one worthless."""
        more = sum(size for _, size in self._stored)
        if not more:
            return
        try:
            await _recorded(self._ctx, self._upload.id, self._offset, self._stored)
        except BaseException:
            await self.drop()
            raise
        self._offset, self._stored = self._offset + more, []


async def _recorded(ctx: Context, upload: UUID, offset: int, stored: list[tuple[str, int]]) -> None:
    """Notes that the upload has these pieces from `offset` on."""
    more = sum(size for _, size in stored)
    given = {"id": upload, "offset": offset, "more": more, "expires_at": _end_of_life(ctx)}
    given |= {"pieces": [list(one) for one in stored]}
    async with ctx.aside() as own:
        done: Any = await own.db.execute(ADD_PIECES, given)
        if done.rowcount != 1:
            raise OffsetConflict(offset=offset)
        await grow(call_of(own).unit, more)


def _end_of_life(ctx: Context) -> datetime:
    """Of an upload that something happens to now: a request may take longer than its `now`."""
    return call_of(ctx).services.clock() + LIFE


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
