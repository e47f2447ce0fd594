"""Channels that plugins bring: addresses of people, deliveries to them, and companies' addresses by
the name of a channel."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk.db import all_tenants

revision = "0040_notification_channels"
down_revision = "0038_isolated_notices"
branch_labels = None
depends_on = None

DELIVERIES = """
UPDATE maru.notification_delivery d SET channel = h.channel
  FROM maru.notification_hook h WHERE h.tenant_id = d.tenant_id AND h.id = d.hook_id"""
STYLE = "style IN ('webhook', 'slack')"
ERRORS = """CASE WHEN error IS NOT NULL THEN jsonb_build_object(
  'code', split_part(error, ':', 1), 'text', error, 'details', '{}'::jsonb) END"""
UNKNOWN = "DELETE FROM maru.notification_choice WHERE channel NOT IN ('in_app', 'email')"
WAYS = "channel IN ('in_app', 'email')"


def upgrade() -> None:
    now = sa.text("now()")
    for table, check in (("notification_choice", "channel"), ("notification_hook", "style")):
        op.drop_constraint(op.f(f"{table}_{table}_{check}_check_check"), table)
    op.alter_column("notification_hook", "style", new_column_name="channel")
    _of_type("notification_delivery", "error", JSONB(), ERRORS)
    all_tenants(op, "UPDATE maru.notification_hook SET channel = 'core.' || channel")
    op.add_column("notification_delivery", sa.Column("channel", sa.Text()))
    op.add_column("notification_delivery", sa.Column("person_id", sa.Uuid()))
    all_tenants(op, DELIVERIES)
    op.alter_column("notification_delivery", "channel", nullable=False)
    op.alter_column("notification_delivery", "hook_id", nullable=True)
    _refers("notification_delivery")
    _unique("notification_delivery", "notice_id", "person_id", "channel")
    op.create_table(
        "notification_address",
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    _refers("notification_address")
    _unique("notification_address", "person_id", "channel")


def downgrade() -> None:
    op.drop_table("notification_address")
    all_tenants(op, "DELETE FROM maru.notification_delivery WHERE hook_id IS NULL")
    op.drop_index("notification_delivery_notice_id_person_id_channel_key")
    op.alter_column("notification_delivery", "hook_id", nullable=False)
    for column in ("channel", "person_id"):
        op.drop_column("notification_delivery", column)
    all_tenants(op, "DELETE FROM maru.notification_hook WHERE NOT starts_with(channel, 'core.')")
    all_tenants(op, "UPDATE maru.notification_hook SET channel = substr(channel, 6)")
    op.alter_column("notification_hook", "channel", new_column_name="style")
    _of_type("notification_delivery", "error", sa.Text(), "error->>'text'")
    all_tenants(op, UNKNOWN)
    op.create_check_constraint("notification_hook_style_check", "notification_hook", STYLE)
    op.create_check_constraint("notification_choice_channel_check", "notification_choice", WAYS)


def _of_type(table: str, column: str, kind: Any, using: str) -> None:
    op.alter_column(table, column, type_=kind, postgresql_using=using)


def _refers(table: str) -> None:
    name, ours = f"{table}_person_id_fkey", ["tenant_id", "person_id"]
    op.create_foreign_key(name, table, "person", ours, ["tenant_id", "id"])


def _unique(table: str, *columns: str) -> None:
    name = f"{table}_{'_'.join(columns)}_key"
    op.create_index(name, table, ["tenant_id", *columns], unique=True)
