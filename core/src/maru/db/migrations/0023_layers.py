"""Layers of layouts: drafts of admins, and revisions to go back to.

Layouts that are there stay as they are: their first revision is written when they next change.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023_layers"
down_revision = "0022_operators_factors"
branch_labels = None
depends_on = None

OWNER = ("tenant_id", "owner_kind", "owner_id")
TABLE = "portal_revision"


def upgrade() -> None:
    op.add_column("portal_layout", _column("draft", JSONB(), null=True))
    op.add_column("portal_layout", _column("origin", sa.BigInteger(), default="0"))
    _table(
        TABLE,
        _column("owner_kind", sa.Text()),
        _column("owner_id", sa.Uuid()),
        _column("number", sa.BigInteger()),
        _column("origin", sa.BigInteger()),
        _column("differences", JSONB(), default="'{}'"),
        _column("made_by", sa.Uuid(), null=True),
        sa.CheckConstraint(
            "owner_kind IN ('tenant', 'role', 'person')", name=f"{TABLE}_owner_kind_check"
        ),
        _refers(TABLE, "made_by", "person"),
    )
    name = f"{TABLE}_owner_kind_owner_id_number_key"
    op.create_index(name, TABLE, [*OWNER, "number"], unique=True)
    op.create_index(f"{TABLE}_made_by_idx", TABLE, ["tenant_id", "made_by"])


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("portal_layout", "origin")
    op.drop_column("portal_layout", "draft")


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
