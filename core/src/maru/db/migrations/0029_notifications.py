"""Notifications: what was told, and to whom."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029_notifications"
down_revision = "0028_files"
branch_labels = None
depends_on = None

UNREAD = "read_at IS NULL AND NOT folded"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    _table(
        "notice",
        _column("kind", sa.Text()),
        _column("key", sa.Text()),
        _column("value", JSONB(), default="'{}'"),
        _column("bundle", sa.Text(), null=True),
        _column("actor_id", sa.Uuid(), null=True),
        _column("resource", sa.Text(), null=True),
        _column("department_id", sa.Uuid(), null=True),
        _refers("notice", "actor_id", "person"),
    )
    _index("notice_kind_key_key", "notice", "kind", "key", unique=True)
    _table(
        "notification",
        _column("person_id", sa.Uuid()),
        _column("notice_id", sa.Uuid()),
        _column("kind", sa.Text()),
        _column("bundle", sa.Text(), null=True),
        _column("count", sa.BigInteger(), default="1"),
        _column("folded", sa.Boolean(), default="false"),
        _column("read_at", moment, null=True),
        _refers("notification", "person_id", "person"),
        _refers("notification", "notice_id", "notice", ondelete="CASCADE"),
    )
    whose = ("notification", "person_id", "notice_id")
    told = ("notification", "notice_id", "person_id")
    _index("notification_notice_id_person_id_key", *told, unique=True)
    _index("notification_shown_idx", *whose, where=sa.text("NOT folded"))
    _index("notification_unread_idx", *whose, where=sa.text(UNREAD))
    bundled = sa.text(f"bundle IS NOT NULL AND {UNREAD}")
    which = ("notification", "person_id", "kind", "bundle")
    _index("notification_bundle_idx", *which, where=bundled)


def downgrade() -> None:
    for name in ("notification", "notice"):
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


def _refers(
    table: str, column: str, to: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"maru.{to}.tenant_id", f"maru.{to}.id"],
        name=f"{table}_{column}_fkey",
        ondelete=ondelete,
    )


def _index(name: str, table: str, *columns: str, unique: bool = False, where: Any = None) -> None:
    op.create_index(name, table, ["tenant_id", *columns], unique=unique, postgresql_where=where)
