"""Posts are rich text from now on. What stands there is plain text and stays as it is, said so by
its format: no row is rewritten, and what its author meant as letters never becomes marks."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_rich_text"
down_revision = "2026_11_20_boards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "post", sa.Column("content_format", sa.Text(), server_default="text", nullable=False)
    )
    op.create_check_constraint(
        "post_content_format_check", "post", "content_format IN ('text', 'html')"
    )


def downgrade() -> None:
    op.drop_column("post", "content_format")
