"""Notifications to other programs: addresses of a company, and what each was sent."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0035_notification_hooks"
down_revision = "0034_search_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _table(
        "notification_hook",
        _column("name", sa.Text()),
        _column("style", sa.Text()),
        _column("url", sa.Text()),
        _column("secret", sa.Text()),
        _column("host", sa.Text()),
        _column("kinds", JSONB(), default="'[]'"),
        sa.CheckConstraint("style IN ('webhook', 'slack')", name="notification_hook_style_check"),
    )
    _table(
        "notification_delivery",
        _column("hook_id", sa.Uuid()),
        _column("notice_id", sa.Uuid()),
        _column("state", sa.Text(), default="'waiting'"),
        _column("error", sa.Text(), null=True),
        _column("tries", sa.BigInteger(), default="0"),
        _column("sent_at", sa.DateTime(timezone=True), null=True),
        _refers("notification_delivery", "hook_id", "notification_hook"),
        _refers("notification_delivery", "notice_id", "notice"),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'dead')", name="notification_delivery_state_check"
        ),
    )
    told = ("notification_delivery", "notice_id", "hook_id")
    _index("notification_delivery_notice_id_hook_id_key", *told, unique=True)
    _index("notification_delivery_hook_id_id_idx", "notification_delivery", "hook_id", "id")


def downgrade() -> None:
    for name in ("notification_delivery", "notification_hook"):
        op.drop_table(name)


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
