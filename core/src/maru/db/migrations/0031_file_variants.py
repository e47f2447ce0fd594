"""Pictures of files in several sizes, and files that wait for the thing they will belong to."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0031_file_variants"
down_revision = "0030_notification_choices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("file_blob", _column("pictures", sa.Text(), default="'due'"))
    op.create_check_constraint(
        "file_blob_pictures_check", "file_blob", "pictures IN ('due', 'made', 'none')"
    )
    due = sa.text("pictures = 'due'")
    _index("file_blob_due_idx", "file_blob", "id", where=due)
    _table(
        "file_variant",
        _column("blob_id", sa.Uuid()),
        _column("name", sa.Text()),
        _column("media_type", sa.Text()),
        _column("size", sa.BigInteger()),
        _refers("file_variant", "blob_id", "file_blob"),
    )
    _index(
        "file_variant_blob_id_name_media_type_key",
        *("file_variant", "blob_id", "name", "media_type"),
        unique=True,
    )
    op.add_column("file", _column("ahead_until", sa.DateTime(timezone=True), null=True))
    ahead = sa.text("ahead_until IS NOT NULL")
    _index("file_ahead_until_idx", "file", "ahead_until", where=ahead)


def downgrade() -> None:
    op.drop_column("file", "ahead_until")
    op.drop_table("file_variant")
    op.drop_column("file_blob", "pictures")


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
        ondelete="CASCADE",
    )


def _index(name: str, table: str, *columns: str, unique: bool = False, where: Any = None) -> None:
    op.create_index(name, table, ["tenant_id", *columns], unique=unique, postgresql_where=where)
