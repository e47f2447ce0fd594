"""Plants and their leaves, with no schema named: the runner sets the path."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_01_plants"
down_revision = None


def upgrade() -> None:
    for table, column in (("plant", "name text NOT NULL"), ("leaf", "plant_id uuid NOT NULL")):
        op.execute(
            f"""CREATE TABLE {table} (
            tenant_id uuid DEFAULT maru.tenant(), id uuid, {column},
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, id))"""
        )
    op.create_foreign_key(
        None, "leaf", "plant", ["tenant_id", "plant_id"], ["tenant_id", "id"], ondelete="CASCADE"
    )
    op.create_index("leaf_plant_id_idx", "leaf", ["tenant_id", "plant_id"])
    op.alter_column("plant", "name", type_=sa.Text())


def downgrade() -> None:
    op.drop_table("leaf")
    op.drop_table("plant")
