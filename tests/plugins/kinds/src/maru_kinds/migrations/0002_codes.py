"""A note may have a code that only its own row can open."""

import sqlalchemy as sa
from alembic import op

revision = "0002_codes"
down_revision = "0001_notes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column."""
    op.add_column("note", sa.Column("code", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("note", "code")
