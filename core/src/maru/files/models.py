"""Files, what is in them, and what is being uploaded.

What two files hold alike is kept once in a tenant, and never shared between tenants: whoever
uploads a document must not find out that another company has it.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from maru_sdk.db import Field, TenantModel, index, person_id, reference, unique

BlobState = Literal["clean", "waiting", "infected", "coming"]
Pictured = Literal["due", "made", "none"]


class FileBlob(TenantModel, table=True):
    """Content that lies in the store under its id. `unused_since` is when its last file went. What
    is `coming` lies in the pieces of the upload of the same id, and has no sum yet."""

    __tablename__ = "file_blob"
    __table_args__ = (
        unique("sha256"),
        index("unused_since", where="unused_since IS NOT NULL"),
        index("id", name="file_blob_due_idx", where="pictures = 'due' AND state = 'clean'"),
        index("id", name="file_blob_coming_idx", where="state = 'coming'"),
    )

    sha256: str
    size: int = Field(sa_type=sa.BigInteger)
    media_type: str
    state: BlobState = "clean"
    note: str | None = None
    unused_since: datetime | None = None
    pictures: Pictured = "due"


class FileVariant(TenantModel, table=True):
    """A picture of content in one size and type, which lies in the store under its id."""

    __tablename__ = "file_variant"
    __table_args__ = (unique("blob_id", "name", "media_type"),)

    blob_id: UUID = reference(FileBlob, index=False)
    name: str
    media_type: str
    size: int = Field(sa_type=sa.BigInteger)


class StoredFile(TenantModel, table=True):
    """A file of a plugin's thing: `kind` is the plugin's, `on_id` the thing. One that was brought
    before its thing is there is on the person who brought it, until `ahead_until`."""

    __tablename__ = "file"
    __table_args__ = (
        index("kind", "on_id", "id"),
        index("ahead_until", where="ahead_until IS NOT NULL"),
    )

    blob_id: UUID = reference(FileBlob, on_delete="restrict")
    kind: str
    on_id: UUID
    name: str
    created_by: UUID | None = person_id(default=None)
    ahead_until: datetime | None = None


class FileUpload(TenantModel, table=True):
    """An upload that may be gone on with. `pieces` are what the store has of it so far, as
    `[key, size]`; `file_id` is there once it is whole and has become a file, of which the pieces
    may still be put together. One that is `ahead` of its thing is on its person."""

    __tablename__ = "file_upload"
    __table_args__ = (index("expires_at"),)

    kind: str
    on_id: UUID
    ahead: bool = False
    name: str
    size: int = Field(sa_type=sa.BigInteger)
    received: int = Field(default=0, sa_type=sa.BigInteger)
    pieces: list[Any] = Field(default_factory=list)
    created_by: UUID | None = person_id(default=None)
    expires_at: datetime
    file_id: UUID | None = None


class FileUsage(TenantModel, table=True):
    """How many bytes a tenant has in the store; its one row has the tenant's own id."""

    __tablename__ = "file_usage"

    bytes: int = Field(default=0, sa_type=sa.BigInteger)
