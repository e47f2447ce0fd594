"""Uploads that go past us into a bucket, where the installation's allows that: one PUT to an
address that is good for one object of one size. What came is read, judged and kept as any other."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from maru.files.errors import DirectNotOffered, OffsetConflict, WrongPiece
from maru.files.queries import Upload
from maru.files.shelf import Shelf
from maru.files.store import direct_key
from maru.filing.owner import call_of
from maru.filing.uploads import Uploads
from maru_sdk import Context, Model, post
from maru_sdk.declarations import Route

LIFE: Final = timedelta(hours=1)


class DirectUpload(Model):
    """Where the whole file goes by one PUT, with a `Content-Length` that is the upload's."""

    url: str
    expires_at: datetime


class DirectFile(Model):
    """What became of it."""

    url: str


def direct_routes(shelf: Shelf, uploads: Uploads) -> list[Route]:
    """The routes around them."""

    @post("/uploads/{upload_id}/direct", signed_in=True, status=200)
    async def direct_upload(ctx: Context, upload_id: UUID) -> DirectUpload:
        """An address in the bucket for an upload of which nothing has come yet."""
        upload = await uploads.found(ctx, upload_id)
        if upload.received:
            raise OffsetConflict(offset=upload.received)
        now = call_of(ctx).services.clock().astimezone(UTC)
        key = direct_key(ctx.tenant.id, upload_id)
        url = shelf.store.slot(key, now, int(LIFE.total_seconds()), upload.size)
        if url is None:
            raise DirectNotOffered
        return DirectUpload(url=url, expires_at=now + LIFE)

    @post("/uploads/{upload_id}/direct/done", signed_in=True, status=200)
    async def end_direct_upload(ctx: Context, upload_id: UUID) -> DirectFile:
        """Makes a file of what was put there."""
        upload = await _arrived(ctx, await uploads.found(ctx, upload_id))
        done = await uploads.finish(ctx, upload)
        return DirectFile(url=f"/api/v1/files/{done.file_id}")

    async def _arrived(ctx: Context, upload: Upload) -> Upload:
        if upload.received:
            return upload
        key = direct_key(ctx.tenant.id, upload.id)
        size = await shelf.store.size(key)
        if size != upload.size:
            await shelf.store.delete(key)
            raise WrongPiece(header="Upload-Length")
        return await uploads.take_over(ctx, upload, key)

    return [direct_upload, end_direct_upload]
