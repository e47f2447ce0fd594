"""How somebody likes the pages: light or dark, and where they begin."""

import sqlalchemy as sa
from alembic import op

revision = "0024_preferences"
down_revision = "0023_layers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("theme", sa.Text(), nullable=True))
    op.add_column("person", sa.Column("start_page", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("person_theme_check"), "person", "theme IN ('system', 'light', 'dark')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("person_theme_check"), "person")
    op.drop_column("person", "start_page")
    op.drop_column("person", "theme")
