"""Every statement on the tables of files."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru.files.models import FileBlob, FileVariant, StoredFile
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col, select
from maru_sdk.files import File

_id: Final = sa.bindparam("id", type_=sa.Uuid)
_shown_state: Final = sa.case(
    (col(FileBlob.state) == "clean", "ready"),
    (col(FileBlob.state).in_(("waiting", "coming")), "waiting"),
    else_="quarantined",
)
_FILE: Final = (
    col(StoredFile.id),
    col(StoredFile.name),
    col(FileBlob.size),
    col(FileBlob.media_type),
    _shown_state.label("state"),
    col(StoredFile.created_by),
    sa.func.maru.utc(col(StoredFile.created_at)).label("created_at"),
    (col(FileBlob.pictures) == "made").label("has_picture"),
)


class Whole(File):
    """A file with what is needed to read it."""

    kind: str
    on_id: UUID
    blob_id: UUID
    sha256: str
    is_undrawn: bool
    ahead_until: datetime | None


_files: Final = sa.join(
    StoredFile,
    FileBlob,
    col(FileBlob.id) == col(StoredFile.blob_id),
)
OF_THING: Final = Query(
    select(*_FILE)
    .select_from(_files)
    .where(
        col(StoredFile.kind) == bindparam("kind"),
        col(StoredFile.on_id) == bindparam("on_id", type_=sa.Uuid()),
        col(StoredFile.ahead_until).is_(None),
    )
    .order_by(col(StoredFile.id)),
    File,
)
WHOLE: Final = Query(
    select(
        *_FILE,
        col(StoredFile.kind),
        col(StoredFile.on_id),
        col(StoredFile.blob_id),
        col(FileBlob.sha256),
        (col(FileBlob.pictures) == "none").label("is_undrawn"),
        sa.func.maru.utc(col(StoredFile.ahead_until)).label("ahead_until"),
    )
    .select_from(_files)
    .where(col(StoredFile.id) == bindparam("id", type_=sa.Uuid())),
    Whole,
)

# A blob that is about to be collected is locked: who brings the same content waits, and then
# either finds it in use again or brings it anew.
KEEP_BLOB: Final = sa.text(
    """
    INSERT INTO maru.file_blob (id, sha256, size, media_type, state, pictures)
    VALUES (:id, :sha256, :size, :media_type, :state, :pictures)
    ON CONFLICT (tenant_id, sha256) DO UPDATE SET unused_since = NULL
    RETURNING id, state, media_type
    """
).bindparams(_id)
ADD_FILE: Final = sa.text(
    """
    INSERT INTO maru.file (id, blob_id, kind, on_id, name, created_by, ahead_until)
    VALUES (:id, :blob_id, :kind, :on_id, :name, :created_by, :ahead_until)
    """
).bindparams(
    _id,
    sa.bindparam("blob_id", type_=sa.Uuid),
    sa.bindparam("on_id", type_=sa.Uuid),
    sa.bindparam("created_by", type_=sa.Uuid),
    sa.bindparam("ahead_until", type_=sa.DateTime(timezone=True)),
)
CLAIM: Final = sa.text(
    """
    UPDATE maru.file SET on_id = :on_id, ahead_until = NULL, updated_at = now()
     WHERE id = ANY (:ids) AND kind = :kind AND created_by = :me AND ahead_until IS NOT NULL
    RETURNING id
    """
).bindparams(
    sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("on_id", type_=sa.Uuid),
    sa.bindparam("me", type_=sa.Uuid),
)
COPY: Final = sa.text(
    """
    INSERT INTO maru.file (id, blob_id, kind, on_id, name, created_by)
    SELECT copied.new, f.blob_id, f.kind, :on_id, f.name, :me
      FROM unnest(:old, :new) AS copied (old, new) JOIN maru.file f ON f.id = copied.old
    """
).bindparams(
    sa.bindparam("old", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("new", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("on_id", type_=sa.Uuid),
    sa.bindparam("me", type_=sa.Uuid),
)
END_AHEAD: Final = sa.text(
    """
    DELETE FROM maru.file WHERE id IN (
      SELECT id FROM maru.file WHERE ahead_until < :now
       ORDER BY ahead_until LIMIT 500 FOR UPDATE SKIP LOCKED)
    RETURNING blob_id
    """
).bindparams(sa.bindparam("now", type_=sa.DateTime(timezone=True)))
REMOVE: Final = sa.text(
    """
    DELETE FROM maru.file WHERE kind = :kind AND on_id = :on_id AND id = :id RETURNING blob_id
    """
).bindparams(_id, sa.bindparam("on_id", type_=sa.Uuid))
CLEAR: Final = sa.text(
    "DELETE FROM maru.file WHERE kind = :kind AND on_id = ANY (:things) RETURNING blob_id"
).bindparams(sa.bindparam("things", type_=sa.ARRAY(sa.Uuid)))
UNUSED: Final = sa.text(
    """
    UPDATE maru.file_blob b SET unused_since = now()
     WHERE b.id = ANY (:ids)
       AND NOT EXISTS (SELECT FROM maru.file f WHERE f.blob_id = b.id)
    """
).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
COLLECT: Final = sa.text(
    """
    WITH due AS MATERIALIZED (
      SELECT b.id FROM maru.file_blob b
       WHERE b.unused_since < :before
         AND NOT EXISTS (SELECT FROM maru.file f WHERE f.blob_id = b.id)
       ORDER BY b.unused_since LIMIT 200 FOR UPDATE SKIP LOCKED),
    variants AS (
      DELETE FROM maru.file_variant WHERE blob_id IN (SELECT id FROM due) RETURNING id, size),
    blobs AS (
      DELETE FROM maru.file_blob WHERE id IN (SELECT id FROM due) RETURNING id, size)
    SELECT id, size FROM blobs UNION ALL SELECT id, size FROM variants
    """
).bindparams(sa.bindparam("before", type_=sa.DateTime(timezone=True)))
KNOWN_BLOBS: Final = sa.text(
    """
    SELECT id FROM maru.file_blob WHERE id = ANY (:ids)
     UNION ALL SELECT id FROM maru.file_variant WHERE id = ANY (:ids)
     UNION ALL SELECT id FROM maru.file_upload WHERE id = ANY (:ids)
    """
).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))

# Pictures


class Variant(Model):
    """A picture that lies in the store."""

    id: UUID
    media_type: str
    size: int


VARIANTS: Final = Query(
    select(col(FileVariant.id), col(FileVariant.media_type), col(FileVariant.size)).where(
        col(FileVariant.blob_id) == bindparam("blob_id", type_=sa.Uuid()),
        col(FileVariant.name) == bindparam("name"),
    ),
    Variant,
)
HELD: Final = sa.text(
    """
    SELECT id FROM maru.file_blob WHERE id = :id FOR KEY SHARE
    """
).bindparams(_id)
KEEP_VARIANT: Final = sa.text(
    """
    INSERT INTO maru.file_variant (id, blob_id, name, media_type, size)
    VALUES (:id, :blob_id, :name, :media_type, :size)
    ON CONFLICT (tenant_id, blob_id, name, media_type) DO NOTHING
    RETURNING id
    """
).bindparams(_id, sa.bindparam("blob_id", type_=sa.Uuid))
PICTURED: Final = sa.text(
    """
    UPDATE maru.file_blob SET pictures = :pictures, note = coalesce(note, :note),
           updated_at = now()
     WHERE id = :id
    """
).bindparams(_id)
DUE: Final = sa.text(
    """
    SELECT id FROM maru.file_blob
     WHERE pictures = 'due' AND state = 'clean' ORDER BY id LIMIT 500
    """
)

# Scanning

BLOB: Final = sa.text(
    "SELECT id, size, media_type, state, pictures FROM maru.file_blob WHERE id = :id"
).bindparams(_id)
JUDGE: Final = sa.text(
    """
    UPDATE maru.file_blob SET state = :state, note = :note, updated_at = now()
     WHERE id = :id AND state = 'waiting'
    """
).bindparams(_id)
FILES_OF: Final = sa.text(
    """
    SELECT id, kind, on_id, name FROM maru.file
     WHERE blob_id = :id ORDER BY id LIMIT 1000
    """
).bindparams(_id)

# Uploads that are put together

# Whether it is wanted is asked of the files themselves: a copy that was made meanwhile is one that
# `unused_since` knows nothing of. What it holds may be whole by then, and in no pieces any more.
COMING: Final = sa.text(
    """
    SELECT b.id, b.size, b.media_type, u.pieces FROM maru.file_blob b
      LEFT JOIN maru.file_upload u ON u.tenant_id = b.tenant_id AND u.id = b.id
     WHERE b.id = :id AND b.state = 'coming'
       AND EXISTS (SELECT FROM maru.file f WHERE f.tenant_id = b.tenant_id AND f.blob_id = b.id)
    """
).bindparams(_id)
ALIKE: Final = sa.text(
    "SELECT id FROM maru.file_blob WHERE sha256 = :sha256 AND id <> :id FOR UPDATE"
).bindparams(_id)
ADOPT: Final = sa.text(
    """
    WITH other AS (
      UPDATE maru.file_blob SET unused_since = NULL WHERE sha256 = :sha256 RETURNING id)
    UPDATE maru.file SET blob_id = other.id, updated_at = now() FROM other WHERE blob_id = :id
    """
).bindparams(_id)
SETTLE: Final = sa.text(
    """
    UPDATE maru.file_blob SET sha256 = :sha256, state = :state, updated_at = now()
     WHERE id = :id AND state = 'coming'
    """
).bindparams(_id)
# It keeps a sum that is nobody's: the same bytes under a name that fits them are another file.
REFUSE: Final = sa.text(
    """
    UPDATE maru.file_blob SET state = 'infected', note = :note, updated_at = now()
     WHERE id = :id AND state = 'coming'
    """
).bindparams(_id)
LEFT_COMING: Final = sa.text(
    """
    SELECT b.id
      FROM (SELECT tenant_id, id, created_at FROM maru.file_blob
             WHERE state = 'coming' ORDER BY id LIMIT 500) b
     WHERE b.created_at < :before
        OR coalesce((SELECT u.pieces FROM maru.file_upload u
                      WHERE u.tenant_id = b.tenant_id AND u.id = b.id), '[]') = '[]'
    """
).bindparams(sa.bindparam("before", type_=sa.DateTime(timezone=True)))

# Quotas

GROW: Final = sa.text(
    """
    INSERT INTO maru.file_usage AS u (id, bytes) VALUES (maru.tenant(), greatest(:more, 0))
    ON CONFLICT (tenant_id, id)
    DO UPDATE SET bytes = greatest(u.bytes + :more, 0), updated_at = now()
    RETURNING bytes
    """
).bindparams(sa.bindparam("more", type_=sa.BigInteger))
RECOUNT: Final = sa.text(
    """
    UPDATE maru.file_usage u SET bytes = held.bytes, updated_at = now()
      FROM (SELECT CAST(coalesce(sum(size), 0) AS bigint) AS bytes
              FROM (SELECT size FROM maru.file_blob
                     UNION ALL SELECT size FROM maru.file_variant) held) held
     WHERE u.bytes <> held.bytes
    """
)
ROOM: Final = sa.text(
    """
    SELECT t.quota_storage AS quota, coalesce(u.storage - u.files, 0) AS rows,
           coalesce((SELECT f.bytes FROM maru.file_usage f WHERE f.id = t.id), 0) AS held
      FROM maru.tenant t LEFT JOIN maru.tenant_usage u ON u.tenant = t.id
     WHERE t.id = maru.tenant()
    """
)

# Uploads


class Upload(Model):
    """An upload as far as it has come."""

    id: UUID
    kind: str
    on_id: UUID
    ahead: bool
    name: str
    size: int
    received: int
    pieces: list[tuple[str, int]]
    created_by: UUID | None
    expires_at: datetime
    file_id: UUID | None


_UPLOAD: Final = (
    "id, kind, on_id, ahead, name, size, received, pieces, created_by, expires_at, file_id"
)
BEGIN_UPLOAD: Final = sa.text(
    """
    INSERT INTO maru.file_upload (id, kind, on_id, ahead, name, size, created_by, expires_at)
    VALUES (:id, :kind, :on_id, :ahead, :name, :size, :created_by, :expires_at)
    """
).bindparams(
    _id,
    sa.bindparam("on_id", type_=sa.Uuid),
    sa.bindparam("created_by", type_=sa.Uuid),
    sa.bindparam("expires_at", type_=sa.DateTime(timezone=True)),
)
UPLOAD: Final = sa.text(f"SELECT {_UPLOAD} FROM maru.file_upload WHERE id = :id").bindparams(  # noqa: S608
    _id
)
ADD_PIECES: Final = sa.text(
    """
    UPDATE maru.file_upload
       SET pieces = pieces || :pieces, received = received + :more, expires_at = :expires_at,
           updated_at = now()
     WHERE id = :id AND received = :offset
    """
).bindparams(
    _id,
    sa.bindparam("pieces", type_=JSONB),
    sa.bindparam("more", type_=sa.BigInteger),
    sa.bindparam("offset", type_=sa.BigInteger),
    sa.bindparam("expires_at", type_=sa.DateTime(timezone=True)),
)
# Who ends uploads whose time is over at this moment looks at `expires_at` once more when the row is
# free, and not at its content, which it doesn't see yet.
FINISH_UPLOAD: Final = sa.text(
    """
    UPDATE maru.file_upload
       SET file_id = :file_id, expires_at = :expires_at, updated_at = now()
     WHERE id = :id AND file_id IS NULL
    """
).bindparams(
    _id,
    sa.bindparam("file_id", type_=sa.Uuid),
    sa.bindparam("expires_at", type_=sa.DateTime(timezone=True)),
)
FORGET_PIECES: Final = sa.text(
    "UPDATE maru.file_upload SET pieces = '[]', updated_at = now() WHERE id = :id"
).bindparams(_id)
END_UPLOAD: Final = sa.text(
    """
    DELETE FROM maru.file_upload WHERE id = :id AND (file_id IS NULL OR pieces = '[]')
    RETURNING pieces, received, file_id
    """
).bindparams(_id)
EXPIRED: Final = sa.text(
    """
    DELETE FROM maru.file_upload WHERE id IN (
      SELECT u.id FROM maru.file_upload u WHERE u.expires_at < :now
         AND coalesce((SELECT b.state FROM maru.file_blob b
                        WHERE b.tenant_id = u.tenant_id AND b.id = u.id), '') <> 'coming'
       ORDER BY u.expires_at LIMIT 100 FOR UPDATE SKIP LOCKED)
    RETURNING id, pieces, received, file_id
    """
).bindparams(sa.bindparam("now", type_=sa.DateTime(timezone=True)))


def upload_of(row: Any) -> Upload:
    """An upload of its row."""
    return Upload.model_validate(row._mapping)
