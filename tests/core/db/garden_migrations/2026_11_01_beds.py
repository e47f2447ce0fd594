"""Beds and the plants in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_01_beds"
down_revision = None


def standard() -> list[sa.Column[object]]:
    now = sa.text("now()")
    moment = sa.DateTime(timezone=True)
    return [
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid()),
        sa.Column("created_at", moment, server_default=now, nullable=False),
        sa.Column("updated_at", moment, server_default=now, nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "bed",
        *standard(),
        sa.Column("name", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("bed_name_key", "bed", ["tenant_id", "name"], unique=True)
    op.create_table(
        "plant",
        *standard(),
        sa.Column("bed_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid()),
        sa.Column("gardener_id", sa.Uuid()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="herb", nullable=False),
        sa.Column("is_rare", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("height", sa.Numeric(8, 2), nullable=False),
        sa.Column("planted_at", sa.DateTime(timezone=True)),
        sa.Column("tags", JSONB(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "bed_id"], ["bed.tenant_id", "bed.id"], ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["plant.tenant_id", "plant.id"],
            ondelete="SET NULL (parent_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "gardener_id"], ["maru.person.tenant_id", "maru.person.id"]
        ),
        sa.CheckConstraint("kind IN ('herb', 'tree')", name="kind"),
    )
    op.create_index(
        "plant_bed_id_is_rare_id_idx", "plant", ["tenant_id", "bed_id", "is_rare", "id"]
    )
    op.create_index("plant_bed_id_name_id_idx", "plant", ["tenant_id", "bed_id", "name", "id"])
    op.create_index("plant_parent_id_idx", "plant", ["tenant_id", "parent_id"])
    op.create_index("plant_gardener_id_idx", "plant", ["tenant_id", "gardener_id"])


def downgrade() -> None:
    op.drop_table("plant")
    op.drop_table("bed")
