"""Notifications by mail: what people and their companies choose, and what is still to be sent."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0030_notification_choices"
down_revision = "0029_notifications"
branch_labels = None
depends_on = None

HOW = "how IN ('off', 'now', 'daily', 'weekly')"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    _table(
        "notification_choice",
        _column("person_id", sa.Uuid(), null=True),
        _column("kind", sa.Text()),
        _column("channel", sa.Text()),
        _column("how", sa.Text()),
        _refers("notification_choice", "person_id", "person"),
        sa.CheckConstraint(
            "channel IN ('in_app', 'email')", name="notification_choice_channel_check"
        ),
        sa.CheckConstraint(HOW, name="notification_choice_how_check"),
    )
    op.create_index(
        "notification_choice_person_id_kind_channel_key",
        "notification_choice",
        ["tenant_id", "person_id", "kind", "channel"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    _table(
        "notification_hours",
        _column("person_id", sa.Uuid()),
        _column("quiet_from", sa.BigInteger(), null=True),
        _column("quiet_until", sa.BigInteger(), null=True),
        _column("digest_hour", sa.BigInteger(), default="8"),
        _column("daily_on", sa.Date(), null=True),
        _column("weekly_on", sa.Date(), null=True),
        _refers("notification_hours", "person_id", "person"),
    )
    _index("notification_hours_person_id_key", "notification_hours", "person_id", unique=True)
    op.add_column("notification", _column("mail", sa.Text(), null=True))
    op.add_column("notification", _column("mail_due", moment, null=True))
    op.create_check_constraint(
        "notification_mail_check", "notification", "mail IN ('now', 'daily', 'weekly')"
    )
    waiting = sa.text("mail IS NOT NULL")
    _index("notification_mail_idx", "notification", "mail", "person_id", "notice_id", where=waiting)


def downgrade() -> None:
    op.drop_index("notification_mail_idx", "notification")
    for name in ("mail", "mail_due"):
        op.drop_column("notification", name)
    for name in ("notification_hours", "notification_choice"):
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
    )


def _index(name: str, table: str, *columns: str, unique: bool = False, where: Any = None) -> None:
    op.create_index(name, table, ["tenant_id", *columns], unique=unique, postgresql_where=where)
