"""Files: what is in them, whose they are, and what is being uploaded."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028_files"
down_revision = "0027_people_sought"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    _table(
        "file_blob",
        _column("sha256", sa.Text()),
        _column("size", sa.BigInteger()),
        _column("media_type", sa.Text()),
        _column("state", sa.Text(), default="'clean'"),
        _column("note", sa.Text(), null=True),
        _column("unused_since", moment, null=True),
        sa.CheckConstraint(
            "state IN ('clean', 'waiting', 'infected')", name="file_blob_state_check"
        ),
    )
    _index("file_blob_sha256_key", "file_blob", "sha256", unique=True)
    unused = sa.text("unused_since IS NOT NULL")
    _index("file_blob_unused_since_idx", "file_blob", "unused_since", where=unused)
    _table(
        "file",
        _column("blob_id", sa.Uuid()),
        _column("kind", sa.Text()),
        _column("on_id", sa.Uuid()),
        _column("name", sa.Text()),
        _column("created_by", sa.Uuid(), null=True),
        _refers("file", "blob_id", "file_blob"),
        _refers("file", "created_by", "person"),
    )
    _index("file_blob_id_idx", "file", "blob_id")
    _index("file_kind_on_id_id_idx", "file", "kind", "on_id", "id")
    _index("file_created_by_idx", "file", "created_by")
    _table(
        "file_upload",
        _column("kind", sa.Text()),
        _column("on_id", sa.Uuid()),
        _column("name", sa.Text()),
        _column("size", sa.BigInteger()),
        _column("received", sa.BigInteger(), default="0"),
        _column("pieces", JSONB(), default="'[]'"),
        _column("created_by", sa.Uuid(), null=True),
        _column("expires_at", moment),
        _column("file_id", sa.Uuid(), null=True),
        _refers("file_upload", "created_by", "person"),
    )
    _index("file_upload_expires_at_idx", "file_upload", "expires_at")
    _index("file_upload_created_by_idx", "file_upload", "created_by")
    _table("file_usage", _column("bytes", sa.BigInteger(), default="0"))
    op.add_column("tenant_usage", _column("files", sa.BigInteger(), default="0"))


def downgrade() -> None:
    op.drop_column("tenant_usage", "files")
    for name in ("file_usage", "file_upload", "file", "file_blob"):
        op.drop_table(name)


def _table(name: str, *parts: Any) -> None:
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )


def _column(
    name: str, kind: Any, *, default: str | None = None, null: bool = False
) -> sa.Column[Any]:
    given = None if default is None else sa.text(default)
    return sa.Column(name, kind, server_default=given, nullable=null)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"maru.{to}.tenant_id", f"maru.{to}.id"],
        name=f"{table}_{column}_fkey",
    )


def _index(name: str, table: str, *columns: str, unique: bool = False, where: Any = None) -> None:
    op.create_index(name, table, ["tenant_id", *columns], unique=unique, postgresql_where=where)
