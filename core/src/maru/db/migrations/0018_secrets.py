"""Data keys of tenants, the check value that notices another secret key at the start, and the
numbers of each day."""

import sqlalchemy as sa
from alembic import op

revision = "0018_secrets"
down_revision = "0016_audit"
branch_labels = None
depends_on = None

STATES = "state IN ('active', 'retired', 'destroyed')"


def upgrade() -> None:
    _table(
        "tenant_key",
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("sealed_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(STATES, name="state"),
        tenant=True,
    )
    op.create_index(
        "tenant_key_active_key",
        "tenant_key",
        ["tenant_id", "state"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    _table(
        "secret_check",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        tenant=False,
    )
    op.create_index("secret_check_purpose_key", "secret_check", ["purpose"], unique=True)
    _table(
        "statistic_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        tenant=True,
    )
    op.create_index(
        "statistic_day_day_plugin_name_key",
        "statistic_day",
        ["tenant_id", "day", "plugin", "name"],
        unique=True,
    )


def downgrade() -> None:
    for table in ("statistic_day", "secret_check", "tenant_key"):
        op.drop_table(table)


def _table(name: str, *parts: sa.schema.SchemaItem, tenant: bool) -> None:
    now, moment = sa.text("now()"), sa.DateTime(timezone=True)
    own = [sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()"))]
    op.create_table(
        name,
        *(own if tenant else []),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", moment, server_default=now, nullable=False),
        sa.Column("updated_at", moment, server_default=now, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint(*(["tenant_id"] if tenant else []), "id"),
    )
