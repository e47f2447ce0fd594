"""The items."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_items"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "item",
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "title", "place")),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="item_pkey"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "author_id"],
            ["maru.person.tenant_id", "maru.person.id"],
            name="item_author_id_fkey",
        ),
    )
    listed = ["tenant_id", "kind", "published_at", "id"]
    op.create_index("item_kind_published_at_id_idx", "item", listed)
    op.create_index("item_author_id_idx", "item", ["tenant_id", "author_id"])


def downgrade() -> None:
    op.drop_table("item")
