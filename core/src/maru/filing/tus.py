"""The resumable upload protocol tus 1.0.0 (core, creation, creation-with-upload, termination,
checksum, expiration) below `/api/v1/files/uploads`."""

import base64
from collections.abc import Mapping
from email.utils import format_datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from maru.api.exchange import Answer, Header
from maru.api.incoming import Incoming
from maru.files.errors import WrongPiece, WrongPieceType, WrongProtocol
from maru.files.queries import Upload
from maru.filing.uploads import ALGORITHMS, Checksum, Uploads
from maru_sdk import Context, delete, get, post
from maru_sdk.declarations import Route

VERSION: Final = "1.0.0"
HERE: Final = "/api/v1/files/uploads"
PIECE: Final = "application/offset+octet-stream"
_RESUMABLE: Final[Header] = (b"tus-resumable", VERSION.encode())
_EXTENSIONS: Final = b"creation,creation-with-upload,termination,checksum,expiration"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def tus_routes(uploads: Uploads) -> list[Route]:
    """The protocol's requests over these uploads."""

    async def able(ctx: Context) -> Answer:
        """What of the protocol is spoken here."""
        algorithms = ",".join(ALGORITHMS).encode()
        told = [(b"tus-version", VERSION.encode()), (b"tus-extension", _EXTENSIONS)]
        return Answer(204, headers=[*told, _RESUMABLE, (b"tus-checksum-algorithm", algorithms)])

    @post("/uploads", signed_in=True)
    async def begin_upload(
        ctx: Context, kind: str, incoming: Incoming, on: UUID | None = None
    ) -> Answer:
        """Begins an upload of a file of this kind for a thing, or for one that is still to come;
        the answer's `Location` is where its pieces go."""
        _same_version(incoming)
        size = _number(incoming, "upload-length")
        name = _metadata(incoming.head("upload-metadata") or "").get("filename", "")
        upload = await uploads.begin(ctx, kind, on, name, size)
        if incoming.head("content-type") == PIECE or size == 0:
            upload = await _append(ctx, upload, 0, incoming)
        place = (b"location", f"{HERE}/{upload.id}".encode())
        return Answer(201, headers=[place, *_told(upload)])

    @get("/uploads/{upload_id}", signed_in=True, no_store="it grows while it is looked at")
    async def upload_state(ctx: Context, upload_id: UUID, incoming: Incoming) -> Answer:
        """How far an upload has come, in `Upload-Offset`."""
        _same_version(incoming)
        upload = await uploads.found(ctx, upload_id)
        size = (b"upload-length", str(upload.size).encode())
        return Answer(200, headers=[size, *_told(upload)])

    async def append_upload(ctx: Context, upload_id: UUID, incoming: Incoming) -> Answer:
        """Goes on with an upload at `Upload-Offset`."""
        _same_version(incoming)
        if incoming.head("content-type") != PIECE:
            raise WrongPieceType
        offset = _number(incoming, "upload-offset")
        upload = await uploads.found(ctx, upload_id)
        return Answer(204, headers=_told(await _append(ctx, upload, offset, incoming)))

    async def _append(ctx: Context, upload: Upload, offset: int, incoming: Incoming) -> Upload:
        header = incoming.head("upload-checksum")
        checksum = None if header is None else Checksum(header)
        return await uploads.append(ctx, upload, offset, incoming.pieces(), checksum)

    @delete("/uploads/{upload_id}", signed_in=True)
    async def end_upload(ctx: Context, upload_id: UUID, incoming: Incoming) -> Answer:
        """Gives an upload up."""
        _same_version(incoming)
        await uploads.end(ctx, await uploads.found(ctx, upload_id))
        return Answer(204, headers=[_RESUMABLE])

    return [
        Route(able, "OPTIONS", "/uploads", public=True),
        begin_upload,
        upload_state,
        Route(append_upload, "PATCH", "/uploads/{upload_id}", signed_in=True),
        end_upload,
    ]


def _same_version(incoming: Incoming) -> None:
    if incoming.head("tus-resumable") != VERSION:
        raise WrongProtocol


def _number(incoming: Incoming, header: str) -> int:
    text = incoming.head(header) or ""
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise WrongPiece(header=header.title())
    return int(text)


def _metadata(header: str) -> Mapping[str, str]:
    """`filename <base64>,filetype <base64>`; raises WrongPiece."""
    if not header:
        return _NOTHING
    found = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode("utf-8")
        except ValueError:
            raise WrongPiece(header="Upload-Metadata") from None
    return found


def _told(upload: Upload) -> list[Header]:
    ends = format_datetime(upload.expires_at, usegmt=True).encode()
    told = [
        _RESUMABLE,
        (b"upload-offset", str(upload.received).encode()),
        (b"upload-expires", ends),
    ]
    if upload.file_id is not None:
        told.append((b"content-location", f"/api/v1/files/{upload.file_id}".encode()))
    return told
