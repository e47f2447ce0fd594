"""Uploads for things that are still to come; and an index of the pictures that may be drawn."""

import sqlalchemy as sa
from alembic import op

revision = "0032_files_ahead"
down_revision = "0031_file_variants"
branch_labels = None
depends_on = None

_DUE = "file_blob_due_idx"


def upgrade() -> None:
    given = sa.text("false")
    op.add_column(
        "file_upload", sa.Column("ahead", sa.Boolean(), server_default=given, nullable=False)
    )
    _index_due("pictures = 'due' AND state = 'clean'")


def downgrade() -> None:
    _index_due("pictures = 'due'")
    op.drop_column("file_upload", "ahead")


def _index_due(where: str) -> None:
    op.drop_index(_DUE, "file_blob")
    op.create_index(_DUE, "file_blob", ["tenant_id", "id"], postgresql_where=sa.text(where))
